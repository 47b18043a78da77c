import { recordAudit } from '../../audit/audit.ts'
import { derivedUuid, newUuid, publicId } from '../../base/ids.ts'
import type { Receiver } from '../../base/receiver.ts'
import type { Tx } from '../../database/database.ts'
import type { Refusal } from '../../errors.ts'
import { lockAccounts } from '../../ledger/transfers.ts'
import { findLateContact, isClosed } from '../late-money.ts'
import type { PurchaseParts } from '../purchase-parts.ts'
import { moveUnits, type RefundAnswer } from './ask-refund.ts'
import {
  destinationOf,
  findAnyRefund,
  lockRefund,
  sealDestination,
  type Destination,
  type RefundCase,
} from './refund.ts'

/** An operator's act on a refund; `operator` is the name that the audit keeps. */
export type OperatorAct = { id: string; operator: string }
type OperatorRefusal = Refusal<
  'not_found' | 'refund_not_open' | 'refund_same_operator' | 'refund_destination_missing' | 'refund_has_owner'
>
type OperatorAnswer = RefundAnswer<OperatorRefusal['code']>

/** The first of two operators: the money may go back, to where its owner said. */
export function approveRefund(parts: PurchaseParts, act: OperatorAct): Promise<OperatorAnswer> {
  const step = { ...act, from: 'due', action: 'refund.approved', needsDestination: true } as const
  return onRefund(parts, step, async (tx, refund, at) => {
    await tx`
      update refund_cases set state = 'approved', approved_by = ${act.operator}, approved_at = ${at}
      where account_id = ${refund.accountId} and refund_id = ${refund.id}`
    return undefined
  })
}

/** Where the money of a closed account goes: nobody of it can say so any more. Two others, or this one and another, still pay it out. */
export function setDestinationOfClosed(
  parts: PurchaseParts,
  act: OperatorAct & { destination: Destination },
): Promise<OperatorAnswer> {
  const { id, operator, destination } = act
  const step = { id, operator, from: 'due', action: 'refund.destination_set', needsDestination: false } as const
  return onRefund(parts, step, async (tx, { accountId }) => {
    if (!(await isClosed(tx, accountId))) return { code: 'refund_has_owner', values: { id: publicId('refund', id) } }
    const sealed = sealDestination(parts.sealing, id, destination)
    await tx`update refund_cases set destination = ${sealed} where account_id = ${accountId} and refund_id = ${id}`
    return undefined
  })
}

/** The second one: the money went back, and with it the units that were set aside. */
export function payRefund(parts: PurchaseParts, act: OperatorAct): Promise<OperatorAnswer> {
  const step = { ...act, from: 'approved', action: 'refund.paid', needsDestination: true } as const
  return onRefund(parts, step, async (tx, refund, at) => {
    const { accountId, units } = refund
    const transferId = units === 0 ? undefined : derivedUuid(refund.id, 'paid out')
    if (transferId !== undefined)
      await moveUnits(tx, { accountId, id: transferId, from: 'refunding', to: 'sold', units, at })
    await tx`
      update refund_cases set state = 'paid', paid_by = ${act.operator}, ended_at = ${at}, transfer_id = ${transferId ?? null}
      where account_id = ${accountId} and refund_id = ${refund.id}`
    return undefined
  })
}

async function onRefund(
  parts: PurchaseParts,
  act: OperatorAct & { from: 'due' | 'approved'; action: string; needsDestination: boolean },
  work: (tx: Tx, refund: RefundCase, at: Date) => Promise<OperatorRefusal | undefined>,
): Promise<OperatorAnswer> {
  const values = { id: publicId('refund', act.id) }
  const named = await findAnyRefund(parts.database.sql, act.id)
  if (named === undefined) return { ok: false, refusal: { code: 'not_found', values } }
  const { accountId, id } = named
  return parts.database.transaction(async (tx): Promise<OperatorAnswer> => {
    await lockAccounts(tx, [accountId])
    const refund = await lockRefund(tx, { accountId, id })
    if (refund?.state !== act.from)
      return { ok: false, refusal: { code: 'refund_not_open', values: { ...values, state: refund?.state ?? '' } } }
    // once it is approved its owner can say nothing any more: it would wait for ever
    if (act.needsDestination && refund.destination === undefined)
      return { ok: false, refusal: { code: 'refund_destination_missing', values } }
    if (refund.approvedBy === act.operator)
      return { ok: false, refusal: { code: 'refund_same_operator', values: { ...values, operator: act.operator } } }
    const at = await parts.database.now(tx)
    const refusal = await work(tx, refund, at)
    if (refusal !== undefined) return { ok: false, refusal }
    const entry = {
      accountId,
      id: newUuid(at),
      actor: `operator:${act.operator}`,
      action: act.action,
      objectId: values.id,
    }
    await recordAudit(tx, [entry], at)
    return { ok: true, refund: (await lockRefund(tx, { accountId, id })) ?? refund }
  })
}

/**
 * A refund with where its money goes, and of a closed account the contact that was kept, for an operator; that either was read stands in the
 * account's audit. Undefined: there is none.
 */
export async function readDestination(
  parts: PurchaseParts,
  act: OperatorAct,
): Promise<{ refund: RefundCase; destination: Destination | undefined; contact: Receiver | undefined } | undefined> {
  const refund = await findAnyRefund(parts.database.sql, act.id)
  if (refund === undefined) return undefined
  const destination = destinationOf(parts.sealing, refund)
  const kept = await findLateContact(parts.database.sql, parts.sealing, refund.accountId)
  if (destination !== undefined || kept !== undefined)
    await parts.database.transaction(async (tx) => {
      const at = await parts.database.now(tx)
      const entry = { accountId: refund.accountId, id: newUuid(at), actor: `operator:${act.operator}` }
      const objectId = publicId('refund', refund.id)
      await recordAudit(tx, [{ ...entry, action: 'refund.destination_read', objectId }], at)
    })
  return { refund, destination, contact: kept?.receiver }
}
