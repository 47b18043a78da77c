import type { Queryable } from '../database/database.ts'
import type { Ledger } from './transfers.ts'

/** A customer's quota in units: what can be reserved now, what is held, what was used. */
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
    select account_id, credits_posted - debits_posted - debits_pending as available, debits_pending as reserved,
      debits_posted as spent
    from ledger_accounts
    where account_id = any(${[...accounts.accountIds]}::uuid[]) and ledger = ${accounts.ledger} and kind = 'quota'`
  return new Map(rows.map(({ account_id: accountId, ...quota }) => [accountId, quota]))
}
