import { createHash, randomBytes } from 'node:crypto'
import { newUuid, publicId } from '../base/ids.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Queryable, Sql, Tx } from '../database/database.ts'
import type { Permission, Role } from './roles.ts'

/** `live` spends stamps, `test` spends specimens of the account's twin. */
export type KeyKind = 'live' | 'test'

/** What a key may do besides its account's limits: stamps a day in Jakarta, and reservations open at once. */
export type KeyLimits = { dailyLimit?: number; openLimit?: number }

/** Who signed in, for calls that come with a session instead of a key. `personId`, `sessionId`: UUIDs. */
export type SignedIn = { personId: string; sessionId: string; role: Role }

/**
 * Whose call this is: the account that pays, and by which key (`keyId`: its public id, or the person's where a session calls).
 * `keyLimits` is there where the key has any; `scopes` where the key may not do everything; `person` where a session calls;
 * `unproven` where it is not proven who holds the account, which then may use few stamps.
 */
export type Caller = {
  accountId: string
  keyKind: KeyKind
  keyId: string
  keyLimits?: KeyLimits
  scopes?: readonly Permission[]
  person?: SignedIn
  unproven?: true
}

/** The caller as audit entries name actors: `key:<key id>` or `person:<person id>`. */
export function actorOf(caller: Caller): string {
  return `${caller.person === undefined ? 'key' : 'person'}:${caller.keyId}`
}

/** 256 random bits; the prefix says the kind, so that a leaked key is recognised and a wrong one explained. */
export function makeApiKey(kind: KeyKind): string {
  return `mk_${kind}_${randomBytes(32).toString('base64url')}`
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** Stores the hash of a key that its owner keeps; a key already known stays as it is. */
export async function storeApiKey(
  tx: Tx,
  stored: { key: string; accountId: string; kind: KeyKind; label: string; at: Date },
): Promise<void> {
  await tx`
    insert into api_keys (key_hash, key_id, account_id, kind, label, created_at)
    values (${hashOf(stored.key)}, ${newUuid(stored.at)}, ${stored.accountId}, ${stored.kind}, ${stored.label}, ${stored.at})
    on conflict (key_hash) do nothing`
}

/** SHA-256 of the key in `Authorization: Bearer <key>`; undefined for anything that is not of a key's form. */
export function keyHashOf(authorization: string | undefined): Buffer | undefined {
  const key = /^Bearer (mk_(?:live|test)_[A-Za-z0-9_-]{43})$/i.exec(authorization ?? '')?.[1]
  return key === undefined ? undefined : hashOf(key)
}

type KeyRow = {
  key_hash: Buffer
  account_id: string
  kind: KeyKind
  key_id: string
  daily_limit: number | null
  open_limit: number | null
  unproven: boolean
}

/** Whose keys these are, by the hex of their hash; absent where a key is unknown or revoked. */
export async function findCallers(sql: Sql, hashes: readonly Buffer[]): Promise<Map<string, Caller>> {
  const rows = await sql<KeyRow[]>`
    select key_hash, account_id, k.kind, key_id, daily_limit, open_limit, h.proofing <> 'proven' as unproven
    from api_keys k join account_holders h using (account_id)
    where key_hash = any(${sql.array([...hashes], arrayOid.bytea)}::bytea[]) and revoked_at is null`
  return new Map(
    rows.map((row) => [
      row.key_hash.toString('hex'),
      {
        accountId: row.account_id,
        keyKind: row.kind,
        keyId: publicId('key', row.key_id),
        ...limitsOf(row),
        ...(row.unproven ? { unproven: true } : {}),
      },
    ]),
  )
}

function limitsOf({ daily_limit: dailyLimit, open_limit: openLimit }: KeyRow): { keyLimits?: KeyLimits } {
  if (dailyLimit === null && openLimit === null) return {}
  return {
    keyLimits: { ...(dailyLimit === null ? {} : { dailyLimit }), ...(openLimit === null ? {} : { openLimit }) },
  }
}

/** Sets a key's limits, from its next call on; what is left out is none. False where the account has no such key. */
export async function setKeyLimits(
  sql: Queryable,
  key: { accountId: string; keyId: string; limits: KeyLimits },
): Promise<boolean> {
  const { dailyLimit = null, openLimit = null } = key.limits
  const rows = await sql`
    update api_keys set daily_limit = ${dailyLimit}, open_limit = ${openLimit}
    where account_id = ${key.accountId} and key_id = ${key.keyId} returning 1`
  return rows.length === 1
}
