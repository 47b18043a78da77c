import type { Recount } from '../ledger/recount.ts'
import type { Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { badUsage, localExits, type Outcome } from './outcome.ts'
import type { Screen } from './screen.ts'

/** `meterai check ledger`: recounts every balance from the transfers; works on the database itself. */
export const checkLedgerCommand: Command = {
  name: 'check ledger',
  usage: 'meterai check ledger [--all]',
  says: 'cli.help.ledger',
  options: { all: { type: 'boolean', says: 'cli.option.all' } },
  run: checkLedger,
}

async function checkLedger(given: Arguments, { screen, starters }: CommandContext): Promise<Outcome> {
  if (given.words.length > 0)
    throw badUsage('cli.usage.words', { command: 'check ledger', usage: checkLedgerCommand.usage })
  const recount = await starters.checkLedger({ all: given.flag('all') })
  return tellRecount(screen, recount)
}

/** Says what a recount found: the totals of each ledger, and every fault. */
export function tellRecount(screen: Screen, { clean, totals, faults }: Recount): Outcome {
  const sums = totals.map((total) => numbersOf(total))
  // A ledger nobody uses yet says nothing to people; programs get it all the same.
  for (const sum of sums.filter(({ transfers }) => transfers !== 0)) screen.say('cli.ledger.totals', sum)
  if (clean) screen.say('cli.ledger.clean')
  else screen.tell('cli.ledger.faults', { count: faults.length })
  for (const { rule, ledger, accountId, detail } of faults)
    screen.line(['-', rule, ledger, accountId, detail].filter(Boolean).join(' '))
  return { exitCode: clean ? 0 : localExits.dataWrong, json: { ok: clean, clean, totals: sums, faults } }
}

/** Totals fit a number by far: a year of every stamp in the country is under 10^9. */
function numbersOf(total: Recount['totals'][number]): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(total).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  )
}
