import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import type { Caller } from '../identity/api-keys.ts'
import { unprovenRoom } from '../identity/proofing.ts'
import { unprovenStampsMax } from '../limits/people.ts'

export type BuyerRefusal = Refusal<'order_above_limit' | 'proofing_needed'>

/** Whether one order costs more than its member may spend at once; undefined where it does not, or there is no such limit. */
export function memberRefusal({ memberLimits }: Caller, totalRupiah: bigint): Refusal<'order_above_limit'> | undefined {
  const limit = memberLimits?.orderLimitRupiah ?? null
  if (limit === null || totalRupiah <= limit) return undefined
  return { code: 'order_above_limit', values: { totalRupiah: Number(totalRupiah), limitRupiah: Number(limit) } }
}

/**
 * Whether an account whose holder is not proven would own more stamps than it may, with what it ordered and has yet to pay. The caller
 * holds the account's lock, so orders that come together count each other.
 */
export async function unprovenRefusal(tx: Tx, caller: Caller, quantity: number): Promise<BuyerRefusal | undefined> {
  if (caller.unproven !== true || caller.keyKind !== 'live') return undefined
  const { accountId } = caller
  const room = (await unprovenRoom(tx, [accountId])).get(accountId)
  const [ordered] = await tx<{ units: bigint }[]>`
    select coalesce(sum(quantity), 0)::bigint as units from orders
    where account_id = ${accountId} and ended_at is null and ledger = 'stamps'`
  if (quantity + Number(ordered?.units ?? 0n) <= (room?.buy ?? 0)) return undefined
  return { code: 'proofing_needed', values: { limit: unprovenStampsMax } }
}
