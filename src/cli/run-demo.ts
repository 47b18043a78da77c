import { join } from 'node:path'
import { parseArguments, type Arguments } from './arguments.ts'
import { tellRecount } from './check-ledger.ts'
import type { Command, CommandContext, TemporaryService } from './command.ts'
import { badUsage, type Outcome } from './outcome.ts'
import { stampedName, writeWhole } from './pdf-file.ts'
import { sampleLetter } from './sample-letter.ts'
import { quotaCommand } from './show-quota.ts'
import { stampCommand } from './stamp-file.ts'
import { verifyCommand } from './verify-file.ts'

/** Enough to see the quota move. */
const demoUnits = 10

/** `meterai demo`: a service of its own, a grant, a stamp, its check, the ledger; leaves nothing behind. */
export const demoCommand: Command = {
  name: 'demo',
  usage: 'meterai demo',
  says: 'cli.help.demo',
  options: {},
  run: runDemo,
}

async function runDemo(given: Arguments, context: CommandContext): Promise<Outcome> {
  if (given.words.length > 0) throw badUsage('cli.usage.words', { command: 'demo', usage: demoCommand.usage })
  context.screen.tell('cli.demo.starting')
  const temporary = await context.starters.startTemporary()
  try {
    return await tour(temporary, context)
  } finally {
    await temporary.stop()
  }
}

async function tour(temporary: TemporaryService, context: CommandContext): Promise<Outcome> {
  const { screen } = context
  const { service, folder } = temporary
  if (service.demo === undefined) throw new Error('the temporary service has no demo account')
  const { accountId, liveKey } = service.demo
  const environment = {
    ...context.environment,
    METERAI_URL: service.url,
    METERAI_KEY: liveKey,
    METERAI_STATE: join(folder, 'state'),
  }
  const inside: CommandContext = { ...context, environment }
  const run = (command: Command, argv: string[]) =>
    command.run(parseArguments(command.name, argv, command.options), inside)
  const letter = join(folder, 'surat.pdf')
  await writeWhole(letter, [sampleLetter()], true)
  const granted = await temporary.grantQuota({ account: accountId, units: demoUnits })
  if (!granted.ok) throw new Error(`the demo account got no quota: ${granted.reason}`)
  screen.say('cli.granted', { units: demoUnits, account: accountId, available: granted.available })
  screen.tell('cli.demo.stamping')
  const stamped = await run(stampCommand, [letter, '--type', 'surat-pernyataan'])
  screen.tell('cli.demo.verifying')
  const verified = await run(verifyCommand, [stampedName(letter)])
  const quota = await run(quotaCommand, [])
  screen.tell('cli.demo.ledger')
  const ledger = tellRecount(screen, await temporary.checkLedger())
  const steps = { stamp: stamped, verify: verified, quota, ledger }
  const exitCode = Object.values(steps).find((step) => step.exitCode !== 0)?.exitCode ?? 0
  if (exitCode === 0) screen.say('cli.demo.done')
  const json = Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, step.json]))
  return { exitCode, json: { ok: exitCode === 0, ...json } }
}
