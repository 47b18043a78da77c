import { parsePublicId, publicId } from '../base/ids.ts'
import { accountNameLengthMax, bankNameLengthMax } from '../limits/purchases.ts'
import type { Destination, RefundCase } from '../purchases/refunds/refund.ts'
import type { Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { badUsage, refusedOutcome, type Outcome } from './outcome.ts'
import type { ToldRefund } from './purchase-starters.ts'
import type { Screen } from './screen.ts'

/** `meterai operator refunds`: money that goes back, by two operators; works on the database itself. */
export const operatorRefundsCommand: Command = {
  name: 'operator refunds',
  usage: 'meterai operator refunds list | show ID | destination ID BANK NUMBER NAME | approve ID | pay ID',
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
  if (shownId === undefined || more.length !== (verb === 'destination' ? 3 : 0)) throw usage
  const id = parsePublicId('refund', shownId)
  const nobody = { code: 'not_found', values: { id: shownId } } as const
  if (id === undefined) return refusedOutcome(screen, nobody)
  if (verb === 'show') {
    const told = await starters.purchases.showRefund(id)
    return told === undefined ? refusedOutcome(screen, nobody) : tellRefund(screen, told)
  }
  const { purchases } = starters
  if (verb === 'destination') {
    const destination = destinationTyped(more)
    if (destination === undefined) throw usage
    const said = await purchases.setRefundDestination(id, destination)
    return said.ok ? tellRefund(screen, said) : refusedOutcome(screen, said.refusal)
  }
  if (verb !== 'approve' && verb !== 'pay') throw usage
  const worked = await (verb === 'approve' ? purchases.approveRefund(id) : purchases.payRefund(id))
  return worked.ok ? tellRefund(screen, worked) : refusedOutcome(screen, worked.refusal)
}

/** Bank, number and name as the API takes them; undefined where they are not. */
function destinationTyped([bank = '', accountNumber = '', accountName = '']: readonly string[]):
  | Destination
  | undefined {
  const isText = (value: string, longest: number) => value !== '' && value.length <= longest && !/\p{Cc}/u.test(value)
  const isFine =
    isText(bank, bankNameLengthMax) && /^\d{5,20}$/.test(accountNumber) && isText(accountName, accountNameLengthMax)
  return isFine ? { bank, accountNumber, accountName } : undefined
}

function tellList(screen: Screen, refunds: readonly RefundCase[]): Outcome {
  screen.say('cli.refunds.count', { count: refunds.length })
  for (const refund of refunds) screen.line(rowOf(refund))
  return { exitCode: 0, json: { ok: true, items: refunds.map((refund) => refundJson(refund)) } }
}

function tellRefund(screen: Screen, { refund, destination, contact }: ToldRefund): Outcome {
  screen.line(rowOf(refund))
  if (destination !== undefined)
    screen.line(`  ${destination.bank} ${destination.accountNumber} ${destination.accountName}`)
  if (contact !== undefined) screen.line(`  ${contact.route} ${contact.address}`)
  return {
    exitCode: 0,
    json: { ok: true, ...refundJson(refund, destination), ...(contact === undefined ? {} : { contact }) },
  }
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
