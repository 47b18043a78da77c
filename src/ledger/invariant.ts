import { inTransaction, mayWalkTables, type Sql } from '../database/database.ts'

/**
 * Whether every ledger balances: over customers' balances and the system's sums, in one snapshot, what was debited is what was
 * credited, held and posted alike. So every unit given is available, reserved, on its way back or spent. Costs a look at each
 * balance, none at the transfers: `recountLedger` proves the balances themselves.
 */
export async function ledgerBalances(sql: Sql): Promise<boolean> {
  return inTransaction(sql, 'read only', async (tx) => {
    await mayWalkTables(tx)
    const rows = await tx<{ ledger: string }[]>`
    select ledger from (
      select ledger, debits_pending, debits_posted, credits_pending, credits_posted from ledger_accounts
      union all
      select ledger, debits_pending, debits_posted, credits_pending, credits_posted from system_deltas
    ) every_account
    group by ledger
    having sum(debits_pending) <> sum(credits_pending) or sum(debits_posted) <> sum(credits_posted)`
    return rows.length === 0
  })
}
