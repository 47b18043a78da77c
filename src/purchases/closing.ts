import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { readDebt } from '../ledger/balances.ts'

/**
 * Why an account cannot be closed yet: it has orders that wait for a second member or for their money, refunds on their way to it, quota on its way to another, or
 * stamps it owes. The caller holds the account's lock, so none of them begins meanwhile.
 */
export async function closingRefusal(tx: Tx, accountId: string): Promise<Refusal<'account_unsettled'> | undefined> {
  const [open] = await tx<{ orders: number; refunds: number; transfers: number }[]>`
    select (select count(*) from orders where account_id = ${accountId} and ended_at is null)::int as orders,
      (select count(*) from refund_cases where account_id = ${accountId} and state in ('due', 'approved'))::int as refunds,
      (select count(*) from quota_transfers where account_id = ${accountId} and state <> 'done')::int as transfers`
  const { orders, refunds, transfers } = open ?? { orders: 0, refunds: 0, transfers: 0 }
  const owed = Number(await readDebt(tx, { accountId, ledger: 'stamps' }))
  if (orders + refunds + transfers === 0 && owed <= 0) return undefined
  return { code: 'account_unsettled', values: { orders, refunds, transfers, owed } }
}
