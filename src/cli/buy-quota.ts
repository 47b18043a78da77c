import { randomUUID } from 'node:crypto'
import { fetchOrder, placeOrder, type Order } from '../client/orders.ts'
import { errorList } from '../errors.ts'
import { orderPollMilliseconds, orderPollsMax } from '../limits/purchases.ts'
import { qrLines } from '../purchases/qr-drawing.ts'
import type { Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { openServer, type Server } from './connection.ts'
import { badUsage, refusedOutcome, type Outcome } from './outcome.ts'

/** `meterai quota buy`: orders quota, shows how to pay, and waits for the money. */
export const buyCommand: Command = {
  name: 'quota buy',
  usage: 'meterai quota buy N [--method qris|virtual_account] [--bank BANK] [--tag TAG] [--no-wait]',
  says: 'cli.help.buy',
  options: {
    method: { type: 'string', value: 'METHOD', says: 'cli.option.method' },
    bank: { type: 'string', value: 'BANK', says: 'cli.option.bank' },
    tag: { type: 'string', value: 'TAG', says: 'cli.option.tag' },
    'no-wait': { type: 'boolean', says: 'cli.option.noWait' },
    test: { type: 'boolean', says: 'cli.option.test' },
  },
  run: buyQuota,
}

async function buyQuota(given: Arguments, context: CommandContext): Promise<Outcome> {
  const [amount, ...more] = given.words
  const quantity = amount !== undefined && /^[1-9]\d{0,8}$/.test(amount) ? Number(amount) : undefined
  if (quantity === undefined || more.length > 0)
    throw badUsage('cli.usage.words', { command: buyCommand.name, usage: buyCommand.usage })
  const [bank, tag] = [given.text('bank'), given.text('tag')]
  const method = given.text('method') ?? (bank === undefined ? 'qris' : 'virtual_account')
  const wish = { quantity, method, ...(bank === undefined ? {} : { bank }), ...(tag === undefined ? {} : { tag }) }
  const server = await openServer(context, { key: 'needed', test: given.flag('test') })
  const placed = await placeOrder(server, wish, randomUUID())
  if (!placed.ok) return refusedOutcome(context.screen, placed.refusal)
  if (placed.order.state === 'waiting_approval') return heldOutcome(context, server.url, placed.order)
  const known = await waitWhile(server, placed.order, (order) => order.state === 'waiting' && !canBePaid(order))
  await showPayment(context, server, known)
  if (given.flag('no-wait')) return toldOutcome(context, known)
  return toldOutcome(context, await waitWhile(server, known, (order) => order.state === 'waiting'))
}

/** Above the account's sum nothing can be paid yet: who can change that, and by when. */
function heldOutcome({ screen }: CommandContext, serviceUrl: string, order: Order): Outcome {
  const { id, quantity, totalRupiah, expiresAt } = order
  screen.say('cli.buy.order', { id, quantity, totalRupiah })
  const until = momentText(new Date(expiresAt), screen.language)
  screen.say('cli.buy.held', { id, until, url: `${serviceUrl}/beli/${id}` })
  const held = { id, state: order.state, quantity, totalRupiah, expiresAt }
  return refusedOutcome(screen, { code: 'order_waiting', values: { id } }, held)
}

const canBePaid = ({ qrText, accountNumber }: Order): boolean => qrText !== undefined || accountNumber !== undefined

/** Asks again while it is so, a bounded number of times; an answer that does not come changes nothing. */
async function waitWhile(server: Server, order: Order, isSo: (order: Order) => boolean): Promise<Order> {
  let newest = order
  for (let polls = 0; polls < orderPollsMax && isSo(newest); polls++) {
    await server.wait(orderPollMilliseconds)
    const fetched = await fetchOrder(server, order.id)
    if (fetched.ok) newest = fetched.order
  }
  return newest
}

async function showPayment({ screen }: CommandContext, server: Server, order: Order): Promise<void> {
  const { id, quantity, totalRupiah, bank = '', accountNumber, qrText, expiresAt } = order
  const until = new Date(expiresAt)
  screen.say('cli.buy.order', { id, quantity, totalRupiah })
  if (qrText !== undefined) for (const line of qrLines(qrText)) screen.line(line)
  if (qrText !== undefined) screen.say('cli.buy.qris', { until: momentText(until, screen.language) })
  if (accountNumber !== undefined)
    screen.say('cli.buy.account', {
      bank: bank.toUpperCase(),
      accountNumber,
      until: momentText(until, screen.language),
    })
  if (await isSimulated(server, id))
    screen.say('cli.buy.simulator', { url: `${server.url}/simulator/pembayaran/${id}` })
}

/** `27 November 2026 16.30 WIB` */
function momentText(at: Date, language: 'id' | 'en'): string {
  const locale = language === 'en' ? 'en-GB' : 'id-ID'
  const shown = new Intl.DateTimeFormat(locale, { timeZone: 'Asia/Jakarta', dateStyle: 'long', timeStyle: 'short' })
  return `${shown.format(at)} WIB`
}

async function isSimulated(server: Server, id: string): Promise<boolean> {
  const path = `/simulator/payments/${encodeURIComponent(id)}`
  const answer = await server.transport.request({ method: 'GET', path }).catch(() => undefined)
  return answer?.status === 200
}

function toldOutcome({ screen }: CommandContext, order: Order): Outcome {
  const { id, quantity, state } = order
  const payment = {
    ...(order.qrText === undefined ? {} : { qrText: order.qrText }),
    ...(order.accountNumber === undefined ? {} : { accountNumber: order.accountNumber }),
  }
  const { totalRupiah, method, bank, expiresAt } = order
  const told = { id, state, quantity, totalRupiah, method, ...(bank === undefined ? {} : { bank }), payment, expiresAt }
  if (state === 'paid') screen.say('cli.buy.paid', { quantity })
  else if (state === 'waiting') screen.say('cli.buy.waiting', { id })
  else screen.tell('cli.buy.over', { id })
  const isFine = state === 'paid' || state === 'waiting'
  return { exitCode: isFine ? 0 : errorList.order_unpaid.exit, json: { ok: isFine, ...told } }
}
