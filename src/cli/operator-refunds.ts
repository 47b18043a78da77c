import { parsePublicId, publicId } from '../base/ids.ts'
import type { Destination, RefundCase } from '../purchases/refunds/refund.ts'
import type { Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { badUsage, refusedOutcome, type Outcome } from './outcome.ts'
import type { ToldRefund } from './purchase-starters.ts'
import type { Screen } from './screen.ts'

/** `meterai operator refunds`: money that goes back, by two operators; works on the database itself. */
export const operatorRefundsCommand: Command = {
  name: 'operator refunds',
  usage: 'meterai operator refunds list | show ID | approve ID | pay ID',
  says: 'cli.help.refunds',
  options: {},
  run: workRefunds,
}

async function workRefunds(given: Arguments, context: CommandContext): Promise<Outcome> {
  const { screen, starters } = context
  const [verb, shownId, ...more] = given.words
  const usage = badUsage('cli.usage.words', {
    command: operatorRefundsCommand.name,
    usage: operatorRefundsCommand.usage,
  })
  if (verb === 'list' && shownId === undefined) return tellList(screen, await starters.purchases.listRefunds())
  if (shownId === undefined || more.length > 0) throw usage
  const id = parsePublicId('refund', shownId)
  const nobody = { code: 'not_found', values: { id: shownId } } as const
  if (id === undefined) return refusedOutcome(screen, nobody)
  if (verb === 'show') {
    const told = await starters.purchases.showRefund(id)
    return told === undefined ? refusedOutcome(screen, nobody) : tellRefund(screen, told)
  }
  if (verb !== 'approve' && verb !== 'pay') throw usage
  const { purchases } = starters
  const worked = await (verb === 'approve' ? purchases.approveRefund(id) : purchases.payRefund(id))
  return worked.ok ? tellRefund(screen, worked) : refusedOutcome(screen, worked.refusal)
}

function tellList(screen: Screen, refunds: readonly RefundCase[]): Outcome {
  screen.say('cli.refunds.count', { count: refunds.length })
  for (const refund of refunds) screen.line(rowOf(refund))
  return { exitCode: 0, json: { ok: true, items: refunds.map((refund) => refundJson(refund)) } }
}

function tellRefund(screen: Screen, { refund, destination }: ToldRefund): Outcome {
  screen.line(rowOf(refund))
  if (destination !== undefined)
    screen.line(`  ${destination.bank} ${destination.accountNumber} ${destination.accountName}`)
  return { exitCode: 0, json: { ok: true, ...refundJson(refund, destination) } }
}

function rowOf({
  id,
  state,
  reason,
  units,
  amountRupiah,
  currency,
  promisedOn,
  approvedBy,
  paidBy,
}: RefundCase): string {
  const by = [approvedBy, paidBy].filter((name) => name !== undefined).join(', ')
  return [
    publicId('refund', id),
    state,
    reason,
    `${currency === 'IDR' ? 'Rp' : `${currency} `}${amountRupiah}`,
    `${units}`,
    promisedOn,
    by,
  ]
    .join('  ')
    .trimEnd()
}

function refundJson(refund: RefundCase, destination?: Destination): Record<string, unknown> {
  const { state, reason, units, amountRupiah, currency, promisedOn, approvedBy, paidBy } = refund
  return {
    id: publicId('refund', refund.id),
    state,
    reason,
    units,
    amountRupiah: Number(amountRupiah),
    ...(currency === 'IDR' ? {} : { currency }),
    promisedOn,
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(paidBy === undefined ? {} : { paidBy }),
    ...(destination === undefined ? {} : { destination }),
  }
}
