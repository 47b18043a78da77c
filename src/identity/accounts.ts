import { derivedUuid, newUuid, publicId } from '../base/ids.ts'
import type { Queryable, Tx } from '../database/database.ts'
import { applyTransfers, openAccount } from '../ledger/transfers.ts'
import { specimenGrantUnits, transferAmountMax } from '../limits/stamping.ts'
import type { AccountKind, ProofingState } from './account-identity.ts'

/** An account and its test twin: an account of its own whose specimens cost nothing. */
export type Account = { accountId: string; testAccountId: string; name: string }

/** `name`: for accounts that an operator or a demo opens; the public id where it is left out, for a registered name is kept sealed. */
export type NewHolder = { name?: string; kind?: AccountKind; proofing?: ProofingState; at: Date }

/** Opens an account with its balances and its test twin, which gets its first specimens at birth and needs no proofing. */
export async function openHolder(tx: Tx, holder: NewHolder): Promise<Account> {
  const { kind = 'personal', proofing = 'proven', at } = holder
  const accountId = newUuid(at)
  const testAccountId = derivedUuid(accountId, 'test twin')
  const name = holder.name ?? publicId('account', accountId)
  await tx`
    insert into account_holders (account_id, name, twin_of, kind, proofing, created_at) values
    (${accountId}, ${name}, null, ${kind}, ${proofing}, ${at}), (${testAccountId}, ${name}, ${accountId}, ${kind}, 'proven', ${at})`
  await openAccount(tx, { accountId, ledger: 'stamps', kinds: ['quota'] })
  await openAccount(tx, { accountId: testAccountId, ledger: 'specimens', kinds: ['quota'] })
  await grantSpecimens(tx, {
    accountId: testAccountId,
    id: derivedUuid(testAccountId, 'first specimens'),
    at: holder.at,
  })
  return { accountId, testAccountId, name }
}

/** Gives a test account its units: at birth and again when it is empty. */
export async function grantSpecimens(tx: Tx, grant: { accountId: string; id: string; at: Date }): Promise<void> {
  await grantUnits(tx, { ...grant, ledger: 'specimens', units: BigInt(specimenGrantUnits) })
}

/** A treasury transfer to an account's quota. */
export async function grantUnits(
  tx: Tx,
  grant: { accountId: string; id: string; ledger: 'stamps' | 'specimens'; units: bigint; at: Date },
): Promise<void> {
  if (grant.units < 1n || grant.units > transferAmountMax) {
    throw new RangeError(`a grant of ${grant.units} units: choose 1 to ${transferAmountMax}`)
  }
  const [outcome] = await applyTransfers(
    tx,
    [
      {
        accountId: grant.accountId,
        id: grant.id,
        type: 'posted',
        ledger: grant.ledger,
        debit: 'treasury',
        credit: 'quota',
        amount: grant.units,
        purpose: 'grant',
      },
    ],
    grant.at,
  )
  if (outcome?.result !== 'ok' && outcome?.result !== 'exists')
    throw new Error(`grant refused: ${JSON.stringify(outcome)}`)
}

/** Finds an open live account by its public id's UUID or by its exact name; undefined when there is none or several. */
export async function findAccount(
  sql: Queryable,
  named: { accountId?: string | undefined; name?: string },
): Promise<Account | undefined> {
  const rows = await sql<{ account_id: string; twin_id: string; name: string }[]>`
    select h.account_id, t.account_id as twin_id, h.name from account_holders h join account_holders t on t.twin_of = h.account_id
    where h.twin_of is null and h.closed_at is null and (h.account_id = ${named.accountId ?? null} or h.name = ${named.name ?? null}) limit 2`
  const row = rows[0]
  if (row === undefined || rows.length > 1) return undefined
  return { accountId: row.account_id, testAccountId: row.twin_id, name: row.name }
}
