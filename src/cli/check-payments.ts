import type { PaymentCheck } from '../purchases/check-payments.ts'
import type { Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { badUsage, localExits, type Outcome } from './outcome.ts'
import type { Screen } from './screen.ts'

/** `meterai check payments`: compares orders, payments, the ledger and the gateways; works on the database itself. */
export const checkPaymentsCommand: Command = {
  name: 'check payments',
  usage: 'meterai check payments [--all]',
  says: 'cli.help.payments',
  options: { all: { type: 'boolean', says: 'cli.option.allOrders' } },
  run: comparePayments,
}

async function comparePayments(given: Arguments, { screen, starters }: CommandContext): Promise<Outcome> {
  if (given.words.length > 0)
    throw badUsage('cli.usage.words', { command: checkPaymentsCommand.name, usage: checkPaymentsCommand.usage })
  return tellPayments(screen, await starters.purchases.checkPayments({ all: given.flag('all') }))
}

/** Says what a comparison found. */
export function tellPayments(screen: Screen, { clean, orders, payments, asked, faults }: PaymentCheck): Outcome {
  screen.say('cli.payments.totals', { orders, payments, asked })
  if (clean) screen.say('cli.payments.clean')
  else screen.tell('cli.payments.faults', { count: faults.length })
  for (const { rule, subject, detail } of faults) screen.line(`- ${rule} ${subject} ${detail}`)
  return { exitCode: clean ? 0 : localExits.dataWrong, json: { ok: clean, clean, orders, payments, asked, faults } }
}
