import { parsePublicId } from '../base/ids.ts'
import { creditUnitsMax } from '../limits/purchases.ts'
import type { Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { badUsage, localExits, refusedOutcome, Stopped, type Outcome } from './outcome.ts'

/** `meterai operator credit`: how much a collector may owe; works on the database itself. */
export const operatorCreditCommand: Command = {
  name: 'operator credit',
  usage: 'meterai operator credit ACCOUNT LIMIT',
  says: 'cli.help.credit',
  options: {},
  run: setLimit,
}

/** `meterai operator link`: makes an account the child of another; works on the database itself. */
export const operatorLinkCommand: Command = {
  name: 'operator link',
  usage: 'meterai operator link CHILD PARENT',
  says: 'cli.help.link',
  options: {},
  run: linkChild,
}

async function setLimit(given: Arguments, { screen, starters }: CommandContext): Promise<Outcome> {
  const [account = '', typed = '', ...more] = given.words
  const limit = /^\d{1,9}$/.test(typed) ? Number(typed) : -1
  if (limit < 0 || limit > creditUnitsMax || more.length > 0)
    throw badUsage('cli.usage.words', { command: operatorCreditCommand.name, usage: operatorCreditCommand.usage })
  const accountId = parsePublicId('account', account)
  const said =
    accountId === undefined ? 'account_unknown' : await starters.purchases.setCreditLimit({ accountId, limit })
  if (said === 'account_unknown') return refusedOutcome(screen, { code: 'not_found', values: { id: account } })
  screen.say(said === 'set' ? 'cli.credit.set' : 'cli.credit.waiting', { account, limit })
  return { exitCode: 0, json: { ok: true, account, limit, state: said } }
}

async function linkChild(given: Arguments, { screen, starters }: CommandContext): Promise<Outcome> {
  const [child = '', parent = '', ...more] = given.words
  if (parent === '' || more.length > 0)
    throw badUsage('cli.usage.words', { command: operatorLinkCommand.name, usage: operatorLinkCommand.usage })
  const [childId, parentId] = [parsePublicId('account', child), parsePublicId('account', parent)]
  const linked =
    childId === undefined || parentId === undefined
      ? ({ ok: false, problem: 'account_unknown' } as const)
      : await starters.purchases.linkAccounts({ childId, parentId })
  if (!linked.ok) throw new Stopped(`cli.link.${linked.problem}`, { child, parent }, localExits.dataWrong)
  screen.say('cli.link.done', { child, parent })
  return { exitCode: 0, json: { ok: true, child, parent } }
}
