import type { Queryable, Tx } from '../database/database.ts'
import { apiKeysMax } from '../limits/people.ts'
import { makeApiKey, storeApiKey, type KeyKind, type KeyLimits } from './api-keys.ts'
import { permissions, type Permission } from './roles.ts'

// What owners do with their account's keys: those of its live account and of its test twin. Of a key only its hash is stored.

/** A key as its owner sees it; never the key itself. `scopes` undefined: everything. `lastFour` undefined: older than this list. */
export type AccountKey = {
  id: string
  name: string
  kind: KeyKind
  lastFour: string | undefined
  scopes: readonly Permission[] | undefined
  limits: KeyLimits
  createdAt: Date
  expiresAt: Date | undefined
  /** The day in Jakarta, YYYY-MM-DD. */
  lastUsedOn: string | undefined
}

type Row = {
  key_id: string
  label: string
  kind: KeyKind
  last_four: string | null
  scopes: string[] | null
  daily_limit: number | null
  open_limit: number | null
  created_at: Date
  expires_at: Date | null
  last_used: string | null
}

function keyFromRow(row: Row): AccountKey {
  return {
    id: row.key_id,
    name: row.label,
    kind: row.kind,
    lastFour: row.last_four ?? undefined,
    scopes: row.scopes === null ? undefined : permissions.filter((one) => row.scopes?.includes(one)),
    limits: {
      ...(row.daily_limit === null ? {} : { dailyLimit: row.daily_limit }),
      ...(row.open_limit === null ? {} : { openLimit: row.open_limit }),
    },
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedOn: row.last_used ?? undefined,
  }
}

/** The account and its test twin, whose keys its owners manage together. */
const ownedBy = (sql: Queryable, accountId: string) => sql`
  account_id in (select account_id from account_holders where account_id = ${accountId} or twin_of = ${accountId})`

/** The account's keys that are not revoked, the oldest first; of one id where one is given. `accountId`: the live account's. */
export async function findKeys(sql: Queryable, wanted: { accountId: string; id?: string }): Promise<AccountKey[]> {
  const rows = await sql<Row[]>`
    select key_id, label, kind, last_four, scopes, daily_limit, open_limit, created_at, expires_at, last_used::text from api_keys
    where ${ownedBy(sql, wanted.accountId)} and revoked_at is null ${wanted.id === undefined ? sql`` : sql`and key_id = ${wanted.id}`}
    order by key_id`
  return rows.map(keyFromRow)
}

/** A new key, shown here only, live at once; undefined where the account has as many as it may. A test key is its twin's. */
export async function addKey(
  tx: Tx,
  added: {
    accountId: string
    kind: KeyKind
    name: string
    scopes?: readonly Permission[] | undefined
    expiresAt?: Date | undefined
    limits: KeyLimits
    at: Date
  },
): Promise<{ key: string; stored: AccountKey } | undefined> {
  const { accountId, kind, name, scopes, expiresAt, limits, at } = added
  // two owners at once must not go one beyond the bound
  await tx`select pg_advisory_xact_lock(hashtextextended(${`keys ${accountId}`}, 0))`
  if ((await findKeys(tx, { accountId })).length >= apiKeysMax) return undefined
  const [holder] = await tx<{ account_id: string }[]>`
    select account_id from account_holders where ${kind === 'live' ? tx`account_id` : tx`twin_of`} = ${accountId}`
  if (holder === undefined) throw new Error(`account ${accountId} has no ${kind} side`)
  const key = makeApiKey(kind)
  const given = { key, accountId: holder.account_id, kind, label: name, scopes, expiresAt, limits, at }
  const id = await storeApiKey(tx, given)
  const [stored] = await findKeys(tx, { accountId, id })
  if (stored === undefined) throw new Error(`key ${id} is gone after it was made`)
  return { key, stored }
}

/** What of a key may change: left out stays, null is none. */
export type KeyChange = {
  name?: string | undefined
  dailyLimit?: number | null | undefined
  openLimit?: number | null | undefined
}

/** The key as it is then, its limits from its next call on; undefined where the account has none of this id. */
export async function changeKey(
  sql: Queryable,
  wanted: { accountId: string; id: string },
  { name, dailyLimit, openLimit }: KeyChange,
): Promise<AccountKey | undefined> {
  await sql`
    update api_keys set label = coalesce(${name ?? null}, label),
      daily_limit = case when ${dailyLimit === undefined} then daily_limit else ${dailyLimit ?? null}::int end,
      open_limit = case when ${openLimit === undefined} then open_limit else ${openLimit ?? null}::int end
    where ${ownedBy(sql, wanted.accountId)} and key_id = ${wanted.id} and revoked_at is null`
  return (await findKeys(sql, wanted))[0]
}

/** Revokes a key: its next call is a stranger's. False where the account has none of this id that is not revoked. */
export async function revokeKey(tx: Tx, wanted: { accountId: string; id: string; at: Date }): Promise<boolean> {
  const rows = await tx`
    update api_keys set revoked_at = ${wanted.at}
    where ${ownedBy(tx, wanted.accountId)} and key_id = ${wanted.id} and revoked_at is null returning 1`
  return rows.length === 1
}
