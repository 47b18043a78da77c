import type { Queryable, Tx } from '../database/database.ts'

/** Units of one ledger never meet another's. `stamps` and `specimens` count stamps, `rupiah` counts rupiah. */
export const ledgers = ['stamps', 'rupiah', 'specimens'] as const
export type Ledger = (typeof ledgers)[number]

/** A customer's balances; each lies under its account_id. */
export type CustomerKind = 'quota' | 'refunding' | 'debt'
/** The system's accounts: sums, never balance rows. */
export type SystemKind = 'treasury' | 'sold' | 'spent' | 'transit'
export type AccountKind = CustomerKind | SystemKind

/**
 * One movement of value. `id` comes from the caller, so that sending it again is harmless.
 * `posted` moves at once; `pending` holds; `post_pending` and `void_pending` end a hold of the same account, whole.
 * `chain`: neighbours of a batch with the same number succeed or fail together.
 */
export type Transfer = { accountId: string; id: string; chain?: number; purpose: string } & (
  | { type: 'posted' | 'pending'; ledger: Ledger; debit: AccountKind; credit: AccountKind; amount: bigint }
  | { type: 'post_pending' | 'void_pending'; pendingId: string }
)

/** Fields by which a repeat may differ from what is stored, in the order they are compared. */
export type TransferField = 'type' | 'pending_id' | 'ledger' | 'debit' | 'credit' | 'amount'

/** The answer to one transfer. `exists`: an exact repeat, already done. `differs`: the id is taken by another transfer. */
export type TransferResult =
  | { result: 'ok' | 'exists' }
  | { result: 'differs'; field: TransferField }
  | {
      result:
        | 'exceeds_balance'
        | 'account_unknown'
        | 'pending_unknown'
        | 'pending_posted'
        | 'pending_voided'
        | 'chain_failed'
    }

/**
 * Applies a batch in order, inside the caller's transaction or, asked of the pool, in one of its own; answers each transfer in the same
 * order. One refused transfer never fails its neighbours. Takes the balance rows' locks in account order.
 */
export async function applyTransfers(sql: Queryable, batch: readonly Transfer[], at: Date): Promise<TransferResult[]> {
  if (batch.length === 0) return []
  const direct = batch.map((item) => ('pendingId' in item ? undefined : item))
  const rows = await sql<{ ordinal: number; result: TransferResult['result']; field: TransferField | null }[]>`
    select ordinal, result, field from apply_transfers(
      ${batch.map((item) => item.accountId)}::uuid[],
      ${batch.map((item) => item.id)}::uuid[],
      ${direct.map((item) => item?.ledger ?? null)}::text[],
      ${batch.map((item) => item.type)}::text[],
      ${direct.map((item) => item?.debit ?? null)}::text[],
      ${direct.map((item) => item?.credit ?? null)}::text[],
      ${direct.map((item) => item?.amount.toString() ?? null)}::bigint[],
      ${batch.map((item) => ('pendingId' in item ? item.pendingId : null))}::uuid[],
      ${batch.map((item) => item.chain ?? null)}::int[],
      ${batch.map((item) => item.purpose)}::text[],
      ${at}
    ) order by ordinal`
  return rows.map(({ result, field }) => {
    if (result !== 'differs') return { result }
    if (field === null) throw new Error('apply_transfers answered "differs" without the field')
    return { result, field }
  })
}

/**
 * Locks these accounts until the transaction ends, each as a whole (all its balance rows), in account order.
 * Whoever decides on an account's affixings holds this lock.
 */
export async function lockAccounts(tx: Tx, accountIds: readonly string[]): Promise<void> {
  await tx`select lock_accounts(${[...accountIds]}::uuid[])`
}

/** Opens the balances of a customer; repeating is harmless. */
export async function openAccount(
  tx: Tx,
  account: { accountId: string; ledger: Ledger; kinds: readonly CustomerKind[] },
): Promise<void> {
  for (const kind of account.kinds) {
    const bound = kind === 'debt' ? 'credits_must_not_exceed_debits' : 'debits_must_not_exceed_credits'
    await tx`
      insert into ledger_accounts (account_id, ledger, kind, bound)
      values (${account.accountId}, ${account.ledger}, ${kind}, ${bound}) on conflict do nothing`
  }
}
