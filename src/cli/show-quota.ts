import { fetchQuota } from '../client/account.ts'
import { transferAmountMax } from '../limits/stamping.ts'
import type { Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { openServer } from './connection.ts'
import { badUsage, localExits, refusedOutcome, Stopped, type Outcome } from './outcome.ts'

/** `meterai quota`: what the account of this key holds. */
export const quotaCommand: Command = {
  name: 'quota',
  usage: 'meterai quota',
  says: 'cli.help.quota',
  options: { test: { type: 'boolean', says: 'cli.option.test' } },
  run: showQuota,
}

/** `meterai quota grant`: stands in for buying, in demo mode; works on the database itself. */
export const grantCommand: Command = {
  name: 'quota grant',
  usage: 'meterai quota grant ACCOUNT N',
  says: 'cli.help.grant',
  options: {},
  run: grantQuota,
}

async function showQuota(given: Arguments, context: CommandContext): Promise<Outcome> {
  if (given.words.length > 0) throw badUsage('cli.usage.words', { command: 'quota', usage: quotaCommand.usage })
  const server = await openServer(context, { key: 'needed', test: given.flag('test') })
  const fetched = await fetchQuota(server)
  if (!fetched.ok) return refusedOutcome(context.screen, fetched.refusal)
  const { available, reserved, spent, ledger, specimen } = fetched.quota
  context.screen.say('cli.quota', { available, reserved, spent })
  if (specimen) context.screen.say('cli.quota.specimen')
  return { exitCode: 0, json: { ok: true, available, reserved, spent, ledger, specimen } }
}

async function grantQuota(given: Arguments, { screen, starters }: CommandContext): Promise<Outcome> {
  const [account, amount, ...more] = given.words
  if (account === undefined || amount === undefined || more.length > 0) {
    throw badUsage('cli.usage.words', { command: grantCommand.name, usage: grantCommand.usage })
  }
  const units = /^\d{1,12}$/.test(amount) ? Number(amount) : 0
  const most = Number(transferAmountMax)
  if (units < 1 || units > most) throw badUsage('cli.usage.units', { value: amount, most })
  const granted = await starters.grantQuota({ account, units })
  if (!granted.ok && granted.reason === 'production')
    throw new Stopped('cli.grant.production', {}, localExits.notAllowed)
  if (!granted.ok) throw new Stopped('cli.grant.accountUnknown', { account }, localExits.inputMissing)
  const { accountId, available } = granted
  screen.say('cli.granted', { units, account: accountId, available })
  return { exitCode: 0, json: { ok: true, accountId, units, available } }
}
