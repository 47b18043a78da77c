import type { Queryable } from '../database/database.ts'
import type { Ledger } from './transfers.ts'

/** A customer's quota in units: what can be reserved now, what is held, what was used: what was set aside to be paid back was not. */
export type Quota = { available: bigint; reserved: bigint; spent: bigint }

/** The quota of one account in one ledger; all zero where it was never opened. */
export async function readQuota(sql: Queryable, account: { accountId: string; ledger: Ledger }): Promise<Quota> {
  const { accountId, ledger } = account
  const quotas = await readQuotas(sql, { accountIds: [accountId], ledger })
  return quotas.get(accountId) ?? { available: 0n, reserved: 0n, spent: 0n }
}

/** The quotas of several accounts in one ledger, by account id; absent where one was never opened. */
export async function readQuotas(
  sql: Queryable,
  accounts: { accountIds: readonly string[]; ledger: Ledger },
): Promise<Map<string, Quota>> {
  const rows = await sql<(Quota & { account_id: string })[]>`
    select q.account_id, q.credits_posted - q.debits_posted - q.debits_pending as available, q.debits_pending as reserved,
      q.debits_posted - coalesce(r.credits_posted, 0) as spent
    from ledger_accounts q left join ledger_accounts r on r.account_id = q.account_id and r.ledger = q.ledger and r.kind = 'refunding'
    where q.account_id = any(${[...accounts.accountIds]}::uuid[]) and q.ledger = ${accounts.ledger} and q.kind = 'quota'`
  return new Map(rows.map(({ account_id: accountId, ...quota }) => [accountId, quota]))
}

/** Units that accounts wait to have paid back, one row an account that has any. */
export async function listRefunding(sql: Queryable, ledger: Ledger): Promise<{ accountId: string; units: bigint }[]> {
  const rows = await sql<{ account_id: string; units: bigint }[]>`
    select account_id, credits_posted - debits_posted as units from ledger_accounts
    where ledger = ${ledger} and kind = 'refunding' and credits_posted <> debits_posted`
  return rows.map((row) => ({ accountId: row.account_id, units: row.units }))
}

/** Units that an account drew on credit and has not paid for; nothing where it never drew any. */
export async function readDebt(sql: Queryable, account: { accountId: string; ledger: Ledger }): Promise<bigint> {
  const [row] = await sql<{ owed: bigint }[]>`
    select debits_posted - credits_posted as owed from ledger_accounts
    where account_id = ${account.accountId} and ledger = ${account.ledger} and kind = 'debt'`
  return row?.owed ?? 0n
}
