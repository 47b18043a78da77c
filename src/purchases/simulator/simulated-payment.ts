import { createHash } from 'node:crypto'
import type { Queryable } from '../../database/database.ts'
import { banks, type GatewayOrder, type PaymentMethod } from '../gateways/gateway.ts'
import { qrisText } from '../qris.ts'

/** What the simulated bank or wallet knows of one order. */
export type SimulatedPayment = {
  reference: string
  gatewayId: string
  method: PaymentMethod
  amountRupiah: bigint
  qrText: string | undefined
  accountNumber: string | undefined
  expiresAt: Date
  isClosed: boolean
  transactions: { transactionId: string; amountRupiah: bigint }[]
}

/** Opens it, or finds it open: how it is paid comes of the reference alone, so a repeat gets the same. */
export async function openSimulated(sql: Queryable, order: GatewayOrder): Promise<void> {
  const digest = createHash('sha256').update(order.reference).digest()
  const gatewayId = `sim-${digest.toString('hex').slice(0, 24)}`
  const isQris = order.method === 'qris'
  const digits = String(digest.readUIntBE(0, 6)).padStart(12, '0').slice(-12)
  const bank = order.bank === undefined ? 0 : banks.indexOf(order.bank) + 1
  await sql`
    insert into simulated_payments (reference, gateway_id, method, amount_rupiah, qr_text, account_number, expires_at, created_at)
    values (${order.reference}, ${gatewayId}, ${order.method}, ${order.amountRupiah}, ${isQris ? qrisOf(order, digits) : null},
      ${isQris ? null : `8${bank}${digits}`}, ${order.expiresAt}, ${order.now})
    on conflict (reference) do nothing`
}

/** A text as acquirers make them, with merchant numbers that nobody has. */
function qrisOf(order: GatewayOrder, digits: string): string {
  const nested = (parts: readonly (readonly [string, string])[]) =>
    parts.map(([tag, value]) => `${tag}${String(value.length).padStart(2, '0')}${value}`).join('')
  return qrisText([
    ['00', '01'],
    ['01', '12'],
    [
      '26',
      nested([
        ['00', 'ID.CO.SIMULATOR.WWW'],
        ['01', `936000000${digits.slice(0, 9)}`],
        ['02', '0'],
        ['03', 'UMI'],
      ]),
    ],
    [
      '51',
      nested([
        ['00', 'ID.CO.QRIS.WWW'],
        ['02', 'ID0000000000000'],
        ['03', 'UMI'],
      ]),
    ],
    ['52', '9399'],
    ['53', '360'],
    ['54', order.amountRupiah.toString()],
    ['58', 'ID'],
    ['59', 'SIMULATOR OPENMETERAI'],
    ['60', 'JAKARTA'],
    ['61', '10110'],
    ['62', nested([['01', digits]])],
  ])
}

/** What stands at the simulator under this reference. */
export async function findSimulated(sql: Queryable, reference: string): Promise<SimulatedPayment | undefined> {
  const [row] = await sql<
    {
      gateway_id: string
      method: string
      amount_rupiah: bigint
      qr_text: string | null
      account_number: string | null
      expires_at: Date
      is_closed: boolean
    }[]
  >`
    select gateway_id, method, amount_rupiah, qr_text, account_number, expires_at, is_closed from simulated_payments
    where reference = ${reference}`
  if (row === undefined) return undefined
  const transactions = await sql<{ transaction_id: string; amount_rupiah: bigint }[]>`
    select transaction_id, amount_rupiah from simulated_transactions where reference = ${reference} order by paid_at, transaction_id`
  return {
    reference,
    gatewayId: row.gateway_id,
    method: row.method === 'qris' ? 'qris' : 'virtual_account',
    amountRupiah: row.amount_rupiah,
    qrText: row.qr_text ?? undefined,
    accountNumber: row.account_number ?? undefined,
    expiresAt: row.expires_at,
    isClosed: row.is_closed,
    transactions: transactions.map((one) => ({ transactionId: one.transaction_id, amountRupiah: one.amount_rupiah })),
  }
}
