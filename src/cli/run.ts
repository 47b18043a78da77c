import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { AnswerError } from '../client/json-fields.ts'
import type { Wait } from '../client/transport.ts'
import { RefusedError } from '../errors.ts'
import { agentCommand } from './agent/agent.ts'
import { listenCommand, triggerCommand } from './listen/listen.ts'
import { parseArguments } from './arguments.ts'
import { buyCommand } from './buy-quota.ts'
import { bulkCommand } from './bulk.ts'
import { checkAuditCommand } from './check-audit.ts'
import { checkLedgerCommand } from './check-ledger.ts'
import { checkPaymentsCommand } from './check-payments.ts'
import type { Command, CommandContext, Starters } from './command.ts'
import { demoPeopleCommand } from './demo-people/demo-people.ts'
import { showHelp } from './help.ts'
import { operatorAccessCommand } from './operator-access.ts'
import { operatorCreditCommand, operatorLinkCommand } from './operator-accounts.ts'
import { operatorRefundsCommand } from './operator-refunds.ts'
import { badUsage, localExits, refusedOutcome, Stopped, stoppedOutcome, type Outcome } from './outcome.ts'
import type { Terminal } from './pdf-password.ts'
import { operatorProofingCommand } from './operator-proofing.ts'
import { rebuildCommand } from './rebuild-file.ts'
import { demoCommand } from './run-demo.ts'
import { migrateCommand, serveCommand } from './serve.ts'
import { languageOf, openScreen, type Screen, type Stream } from './screen.ts'
import { grantCommand, quotaCommand } from './show-quota.ts'
import { stampCommand } from './stamp-file.ts'
import { verifyCommand } from './verify-file.ts'

export type { Starters } from './command.ts'

/** In the order help lists them. */
const commands: readonly Command[] = [
  serveCommand,
  stampCommand,
  rebuildCommand,
  bulkCommand,
  verifyCommand,
  agentCommand,
  listenCommand,
  triggerCommand,
  quotaCommand,
  buyCommand,
  grantCommand,
  operatorProofingCommand,
  operatorAccessCommand,
  checkLedgerCommand,
  checkAuditCommand,
  checkPaymentsCommand,
  operatorRefundsCommand,
  operatorCreditCommand,
  operatorLinkCommand,
  migrateCommand,
  demoCommand,
  demoPeopleCommand,
]

/** What the command line runs in. Folder, terminal and waiting are the process's own unless given. */
export type CliSurroundings = {
  environment: Readonly<Record<string, string | undefined>>
  starters: Starters
  out: Stream
  err: Stream
  workingFolder?: string
  terminal?: Terminal
  wait?: Wait
}

const sleepFor: Wait = (milliseconds) => sleep(milliseconds)

/**
 * Runs one command and answers its exit code (errors.ts, verdicts, sysexits.h). Results go to `out`, progress and
 * refusals to `err`; with `--json` the last line of `out` is one JSON object. Never throws for what people can cause.
 */
export async function runCli(argv: readonly string[], surroundings: CliSurroundings): Promise<number> {
  const { environment, out, err, starters } = surroundings
  const options = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
  const wanted = languageOption(options)
  const language = wanted === 'id' || wanted === 'en' ? wanted : languageOf(environment)
  const screen = openScreen(language, out, err)
  const { workingFolder = process.cwd(), terminal = process.stdin, wait = sleepFor } = surroundings
  const outcome = await runSafely(screen, async () => {
    if (wanted !== undefined && wanted !== language) throw badUsage('cli.usage.lang', { value: wanted })
    return runCommand(argv, { environment, workingFolder, screen, starters, terminal, wait })
  })
  if (options.includes('--json')) out.write(`${JSON.stringify(outcome.json)}\n`)
  return outcome.exitCode
}

/** Read before everything else: even a refusal of the arguments is told in this language. */
function languageOption(options: readonly string[]): string | undefined {
  const at = options.findLastIndex((option) => option === '--lang' || option.startsWith('--lang='))
  const option = options[at]
  return option === '--lang' ? options[at + 1] : option?.slice('--lang='.length)
}

async function runCommand(argv: readonly string[], context: CommandContext): Promise<Outcome> {
  const { screen } = context
  const [first = 'help', second = ''] = argv
  if (first === '--version' || first === '-v') return showVersion(screen)
  if (first === 'help' || first.startsWith('-')) return help(argv.slice(first === 'help' ? 1 : 0), screen)
  const command = commandOf(first, second)
  if (command === undefined)
    throw badUsage('cli.usage.command', { command: first === 'check' && second !== '' ? `${first} ${second}` : first })
  const given = parseArguments(command.name, argv.slice(command.name.split(' ').length), command.options)
  if (!given.flag('help')) return command.run(given, context)
  showHelp(screen, commands, command)
  return { exitCode: 0, json: { ok: true, command: command.name } }
}

/** The command of these words; of two words where there is one, such as `quota grant`. */
function commandOf(first: string, second: string): Command | undefined {
  return commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first)
}

function help(argv: readonly string[], screen: Screen): Outcome {
  const { words } = parseArguments('help', argv, {})
  const [first, second = ''] = words
  const command = first === undefined ? undefined : commandOf(first, second)
  if (first !== undefined && command === undefined) throw badUsage('cli.usage.command', { command: words.join(' ') })
  showHelp(screen, commands, command)
  return { exitCode: 0, json: { ok: true, commands: commands.map(({ name }) => name) } }
}

async function showVersion(screen: Screen): Promise<Outcome> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0'
  screen.line(version)
  return { exitCode: 0, json: { ok: true, version } }
}

/** Every way a command can end, as an outcome in words. */
async function runSafely(screen: Screen, run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Stopped) return stoppedOutcome(screen, error)
    if (error instanceof RefusedError) return refusedOutcome(screen, error.refusal)
    if (error instanceof AnswerError)
      return stoppedOutcome(screen, new Stopped('cli.answer.unusable', { detail: error.what }, localExits.failed))
    if (error instanceof Error && messagesForPeople.has(error.name)) return misconfigured(screen, error)
    const detail = error instanceof Error ? error.message : String(error)
    if (error instanceof Error && error.stack !== undefined) screen.tellLine(error.stack)
    return stoppedOutcome(screen, new Stopped('cli.failed', { detail }, localExits.failed))
  }
}

/** Errors of the start whose message says everything; their classes stand above the command line, so their names count. */
const messagesForPeople = new Set(['ConfigError', 'StartRefused', 'SchemaTooNew'])

function misconfigured(screen: Screen, error: Error): Outcome {
  screen.tellLine(error.message)
  const { misconfigured: exitCode } = localExits
  return { exitCode, json: { ok: false, code: 'misconfigured', detail: error.message, exitCode } }
}
