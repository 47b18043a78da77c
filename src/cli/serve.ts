import { drainSeconds } from '../limits/traffic.ts'
import type { Arguments } from './arguments.ts'
import type { Command, CommandContext, RunningService } from './command.ts'
import { badUsage, localExits, Stopped, type Outcome } from './outcome.ts'
import { systemCode } from './pdf-file.ts'
import { nextStopSignal } from './stop-signal.ts'

/** `meterai serve`: the whole service, until it is told to stop. */
export const serveCommand: Command = {
  name: 'serve',
  usage: 'meterai serve',
  says: 'cli.help.serve',
  options: {},
  run: runService,
}

/** `meterai migrate`: brings the database to this version, once, under a lock. */
export const migrateCommand: Command = {
  name: 'migrate',
  usage: 'meterai migrate',
  says: 'cli.help.migrate',
  options: {},
  async run(given, { screen, starters }) {
    refuseWords(given, migrateCommand)
    const { applied, total } = await starters.migrate()
    screen.say('cli.migrated', { applied: applied.length, total })
    return { exitCode: 0, json: { ok: true, applied, total } }
  },
}

async function runService(given: Arguments, context: CommandContext): Promise<Outcome> {
  refuseWords(given, serveCommand)
  const { screen } = context
  const stopSignal = nextStopSignal()
  const service = await started(context)
  const { url, demo } = service
  screen.say('cli.serve.ready', { url })
  screen.say('cli.serve.check', { url })
  screen.say('cli.serve.api', { url })
  if (demo !== undefined) {
    screen.say('cli.serve.account', { account: demo.accountId })
    screen.say('cli.serve.next')
  }
  await stopSignal
  screen.tell('cli.serve.stopping')
  await drained(service)
  screen.tell('cli.serve.stopped')
  return { exitCode: 0, json: { ok: true, url } }
}

async function started({ starters, environment }: CommandContext): Promise<RunningService> {
  try {
    return await starters.serve()
  } catch (error) {
    if (systemCode(error) !== 'EADDRINUSE') throw error
    throw new Stopped('cli.serve.portTaken', { port: environment['PORT']?.trim() || '8080' }, localExits.unreachable)
  }
}

/** Stops in bounded time: what did not end by then is safe to cut off, as after a crash. */
async function drained(service: RunningService): Promise<void> {
  const late = setTimeout(() => process.exit(localExits.failed), drainSeconds * 1000)
  await service.stop()
  clearTimeout(late)
}

function refuseWords(given: Arguments, { name, usage }: Command): void {
  if (given.words.length > 0) throw badUsage('cli.usage.words', { command: name, usage })
}
