import { newUuid, publicId } from '../base/ids.ts'
import type { Database } from '../database/database.ts'
import { readQuotas } from '../ledger/balances.ts'
import { quotaLowBatchMax, quotaLowRoundsMax, quotaLowShare, quotaLowUnits } from '../limits/purchases.ts'
import { recordEvents } from '../notices/outbox.ts'

/** Below so many stamps an account has little left: a share of its last purchase, some at least. */
export function lowBelow(lastBought: number | undefined): number {
  return Math.max(quotaLowUnits, Math.ceil((lastBought ?? 0) * quotaLowShare))
}

type Watched = { account_id: string; is_low: boolean | null; last_bought: number | null }

/**
 * Tells accounts that subscribed to `quota.low` when their quota fell below what is little for them, once each time it falls. It looks
 * now and then, beside the reservations and not in them. Safe in several processes at once. Returns how many were told.
 */
export async function tellLowQuota(database: Database, stopping: AbortSignal): Promise<number> {
  let told = 0
  let after = '00000000-0000-0000-0000-000000000000'
  for (let round = 0; round < quotaLowRoundsMax && !stopping.aborted; round++) {
    const watched = await database.sql<Watched[]>`
      select s.account_id, q.is_low, b.quantity as last_bought
      from subscriptions s left join quota_alerts q using (account_id)
      left join lateral (
        select o.quantity from orders o where o.account_id = s.account_id and o.state = 'paid' and o.ledger = 'stamps'
        order by o.order_id desc limit 1
      ) b on true
      where s.event = 'quota.low' and s.account_id > ${after} order by s.account_id limit ${quotaLowBatchMax}`
    told += await tellThese(database, watched)
    const last = watched.at(-1)
    if (last === undefined || watched.length < quotaLowBatchMax) break
    after = last.account_id
  }
  return told
}

async function tellThese(database: Database, watched: readonly Watched[]): Promise<number> {
  const accountIds = watched.map((row) => row.account_id)
  const quotas = await readQuotas(database.sql, { accountIds, ledger: 'stamps' })
  const moved = watched.flatMap((row) => {
    const quota = quotas.get(row.account_id)
    const below = lowBelow(row.last_bought ?? undefined)
    // who never had any is not running low
    const isLow = quota !== undefined && quota.available < BigInt(below)
    return isLow === (row.is_low ?? false)
      ? []
      : [{ accountId: row.account_id, isLow, available: Number(quota?.available ?? 0n), below }]
  })
  if (moved.length === 0) return 0
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const rows = await tx<{ account_id: string; version: number }[]>`
      insert into quota_alerts (account_id, is_low, changed_at)
      select u.account_id, u.is_low, ${at}
      from unnest(${moved.map(({ accountId }) => accountId)}::uuid[], ${moved.map(({ isLow }) => String(isLow))}::text[]::boolean[])
        u(account_id, is_low) order by u.account_id
      on conflict (account_id) do update set is_low = excluded.is_low, version = quota_alerts.version + 1, changed_at = excluded.changed_at
      where quota_alerts.is_low <> excluded.is_low
      returning account_id, version`
    const versions = new Map(rows.map((row) => [row.account_id, row.version]))
    const events = moved.flatMap(({ accountId, isLow, available, below }) => {
      const version = versions.get(accountId)
      if (version === undefined || !isLow) return []
      const objectId = publicId('account', accountId)
      return [
        { accountId, id: newUuid(at), event: 'quota.low' as const, objectId, version, detail: { available, below } },
      ]
    })
    await recordEvents(tx, events, at)
    return events.length
  })
}
