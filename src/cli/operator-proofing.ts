import type { Arguments } from './arguments.ts'
import type { Command, CommandContext, OperatorProofing } from './command.ts'
import { badUsage, localExits, Stopped, type Outcome } from './outcome.ts'
import type { Screen } from './screen.ts'

/** `meterai operator proofing`: what no provider decided about account holders; works on the database itself. */
export const operatorProofingCommand: Command = {
  name: 'operator proofing',
  usage: 'meterai operator proofing list | show ACCOUNT | approve ACCOUNT | refuse ACCOUNT',
  says: 'cli.help.operatorProofing',
  options: {},
  run,
}

const answers = { approve: 'proven', refuse: 'refused' } as const

function run(given: Arguments, { screen, starters }: CommandContext): Promise<Outcome> {
  const [action = '', account, ...more] = given.words
  const usage = badUsage('cli.usage.words', {
    command: operatorProofingCommand.name,
    usage: operatorProofingCommand.usage,
  })
  if (more.length > 0) throw usage
  if (action === 'list' && account === undefined) return list(screen, starters.operatorProofing)
  if (account === undefined) throw usage
  if (action === 'show') return show(screen, starters.operatorProofing, account)
  if (action !== 'approve' && action !== 'refuse') throw usage
  return decide(screen, starters.operatorProofing, { account, answer: answers[action] })
}

async function list(screen: Screen, proofing: OperatorProofing): Promise<Outcome> {
  const items = await proofing.list()
  if (items.length === 0) screen.say('cli.proofing.none')
  for (const { account, kind, openedAt, asksProvider } of items) {
    const waitsFor = asksProvider ? 'provider' : 'operator'
    screen.say('cli.proofing.item', { account, kind, openedAt, waitsFor })
  }
  return { exitCode: 0, json: { ok: true, items } }
}

async function show(screen: Screen, proofing: OperatorProofing, account: string): Promise<Outcome> {
  const shown = await proofing.show(account)
  if (shown === undefined) throw new Stopped('cli.proofing.unknown', { account }, localExits.inputMissing)
  const { identity, warnings, photo, papers } = shown
  for (const [field, value] of Object.entries(identity)) screen.line(`${field}: ${value}`)
  for (const warning of warnings) screen.say('cli.proofing.warning', { warning })
  if (photo !== undefined) screen.say('cli.proofing.photo', { path: photo })
  for (const { paper, path } of papers) screen.say('cli.proofing.paper', { paper, path })
  screen.say('cli.proofing.recorded')
  return { exitCode: 0, json: { ok: true, account, ...shown } }
}

async function decide(
  screen: Screen,
  proofing: OperatorProofing,
  decision: { account: string; answer: 'proven' | 'refused' },
): Promise<Outcome> {
  const { account, answer } = decision
  const isDecided = await proofing.decide(decision)
  if (!isDecided) throw new Stopped('cli.proofing.notWaiting', { account }, localExits.inputMissing)
  screen.say('cli.proofing.decided', { account, answer })
  return { exitCode: 0, json: { ok: true, account, proofing: answer } }
}
