import type { Tx } from '../database/database.ts'
import type { AffixingState } from './affixing.ts'

/** What decides about an affixing that is still reserved. `digest`: 64 lower-case hex, bound while a timestamp is awaited. */
export type OpenAffixing = { id: string; digest: string | undefined; expiresAt: Date }

type Row = { affixing_id: string; state: AffixingState; digest: Buffer | null; expires_at: Date }

/**
 * Those of these affixings that are still reserved, locked in id order; by id. The caller holds the accounts' locks.
 *
 * The state is no condition of the statement: with it the planner takes the index of all that is open for a short way, and walks
 * every reservation of the service for each batch.
 */
export async function lockOpen(
  tx: Tx,
  items: readonly { accountId: string; id: string }[],
): Promise<Map<string, OpenAffixing>> {
  const rows = await tx<Row[]>`
    select affixing_id, state, digest, expires_at from affixings
    where (account_id, affixing_id) in (select * from unnest(
      ${items.map((item) => item.accountId)}::uuid[], ${items.map((item) => item.id)}::uuid[]))
    order by account_id, affixing_id for update`
  return new Map(
    rows.flatMap((row) => {
      const { affixing_id: id, digest, expires_at: expiresAt } = row
      return row.state === 'reserved' ? [[id, { id, digest: digest?.toString('hex'), expiresAt }]] : []
    }),
  )
}
