import { randomBytes } from 'node:crypto'
import type { Database } from '../../database/database.ts'
import { findSimulated, type SimulatedPayment } from './simulated-payment.ts'
import { simulatorSignature, simulatorSignatureHeader, type SimulatorNotification } from './simulator-gateway.ts'

/**
 * What a payer, a bank or the network may do. pay: as it should be. pay_late: after the order's end too. pay_twice: two payments.
 * pay_wrong_amount: Rp1,000 more. pay_silently: no notification ever comes. pay_and_repeat: five notifications, in any order.
 */
export const simulatorActs = [
  'pay',
  'pay_late',
  'pay_twice',
  'pay_wrong_amount',
  'pay_silently',
  'pay_and_repeat',
] as const
export type SimulatorAct = (typeof simulatorActs)[number]

/** Sends one notification to the service's own door; answers its status, undefined where nobody answered. */
export type Notify = (body: string, headers: Record<string, string>) => Promise<number | undefined>

/** What the simulator stands on. */
export type SimulatorParts = { database: Database; secret: Buffer; notify: Notify }

/** Whether it was paid, and how each notification was answered (0: not at all). `over`: a bank takes nothing after the end. */
export type Acted =
  | { ok: true; payment: SimulatedPayment; answers: number[] }
  | { ok: false; reason: 'unknown' | 'over' }

/** Plays one act. Each call is a payment of its own. */
export async function actAsPayer(parts: SimulatorParts, reference: string, act: SimulatorAct): Promise<Acted> {
  const found = await findSimulated(parts.database.sql, reference)
  if (found === undefined) return { ok: false, reason: 'unknown' }
  const now = await parts.database.now()
  if (act !== 'pay_late' && (found.isClosed || found.expiresAt <= now)) return { ok: false, reason: 'over' }
  const amount = act === 'pay_wrong_amount' ? found.amountRupiah + 1_000n : found.amountRupiah
  const transactionIds = Array.from(
    { length: act === 'pay_twice' ? 2 : 1 },
    () => `simtx-${randomBytes(12).toString('hex')}`,
  )
  await parts.database.sql`
    insert into simulated_transactions (transaction_id, reference, amount_rupiah, paid_at)
    select u.id, ${reference}, ${amount}, ${now} from unnest(${transactionIds}::text[]) u(id)`
  const notifications = notificationsOf(act, { reference, transactionIds, amountRupiah: Number(amount) })
  const answers = await Promise.all(notifications.map((one) => send(parts, one)))
  const payment = await findSimulated(parts.database.sql, reference)
  return { ok: true, payment: payment ?? found, answers }
}

function notificationsOf(
  act: SimulatorAct,
  paid: { reference: string; transactionIds: readonly string[]; amountRupiah: number },
): SimulatorNotification[] {
  if (act === 'pay_silently') return []
  const { reference, amountRupiah } = paid
  const told = paid.transactionIds.map((transactionId): SimulatorNotification => ({
    reference,
    state: 'paid',
    transactionId,
    amountRupiah,
    currency: 'IDR',
  }))
  if (act !== 'pay_and_repeat') return told
  const earlier = told.map((one): SimulatorNotification => ({ ...one, state: 'waiting' }))
  return [...told, ...earlier, ...told, ...earlier, ...told]
}

async function send({ secret, notify }: SimulatorParts, notification: SimulatorNotification): Promise<number> {
  const body = JSON.stringify(notification)
  const headers = { 'content-type': 'application/json', [simulatorSignatureHeader]: simulatorSignature(secret, body) }
  return (await notify(body, headers)) ?? 0
}
