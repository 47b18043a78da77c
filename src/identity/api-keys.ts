import { createHash, randomBytes } from 'node:crypto'
import { newUuid, publicId } from '../base/ids.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Sql, Tx } from '../database/database.ts'
import type { MemberLimits } from './memberships.ts'
import { permissions, type Permission, type Role } from './roles.ts'

/** `live` spends stamps, `test` spends specimens of the account's twin. */
export type KeyKind = 'live' | 'test'

/** What a key may do besides its account's limits: stamps a day in Jakarta, and reservations open at once. */
export type KeyLimits = { dailyLimit?: number; openLimit?: number }

/** Who signed in, for calls that come with a session instead of a key. `personId`, `sessionId`: UUIDs. */
export type SignedIn = { personId: string; sessionId: string; role: Role }

/**
 * Whose call this is: the account that pays, and by which key (`keyId`: its public id, or the person's where a session calls).
 * `keyLimits` is there where the key has any; `scopes` where the key may not do everything; `expires` where it has an end; `person`
 * where a session calls, `memberLimits` where its member has any; `unproven` where it is not proven who holds the account, which then may use few stamps.
 */
export type Caller = {
  accountId: string
  keyKind: KeyKind
  keyId: string
  keyLimits?: KeyLimits
  scopes?: readonly Permission[]
  expires?: true
  person?: SignedIn
  memberLimits?: MemberLimits
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

/** A key to be stored. `scopes` left out: everything; `expiresAt` left out: never. */
export type StoredKey = {
  key: string
  accountId: string
  kind: KeyKind
  label: string
  scopes?: readonly Permission[] | undefined
  expiresAt?: Date | undefined
  limits?: KeyLimits
  at: Date
}

/** Stores the hash of a key that its owner keeps, with its last four characters; a key already known stays as it is. Answers its UUID. */
export async function storeApiKey(tx: Tx, stored: StoredKey): Promise<string> {
  const { key, accountId, kind, label, scopes, expiresAt = null, limits = {}, at } = stored
  const id = newUuid(at)
  await tx`
    insert into api_keys (key_hash, key_id, account_id, kind, label, created_at, last_four, scopes, expires_at, daily_limit, open_limit)
    values (${hashOf(key)}, ${id}, ${accountId}, ${kind}, ${label}, ${at}, ${key.slice(-4)},
      ${scopes === undefined ? null : [...scopes]}::text[], ${expiresAt}, ${limits.dailyLimit ?? null}, ${limits.openLimit ?? null})
    on conflict (key_hash) do nothing`
  return id
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
  scopes: string[] | null
  expires: boolean
}

/** Whose keys these are, by the hex of their hash; absent where a key is unknown, revoked or past its time. */
export async function findCallers(sql: Sql, hashes: readonly Buffer[]): Promise<Map<string, Caller>> {
  const rows = await sql<KeyRow[]>`
    select key_hash, account_id, k.kind, key_id, daily_limit, open_limit, scopes, expires_at is not null as expires,
      h.proofing <> 'proven' as unproven
    from api_keys k join account_holders h using (account_id)
    where key_hash = any(${sql.array([...hashes], arrayOid.bytea)}::bytea[]) and revoked_at is null
      and (expires_at is null or expires_at > database_now())`
  return new Map(
    rows.map((row) => [
      row.key_hash.toString('hex'),
      {
        accountId: row.account_id,
        keyKind: row.kind,
        keyId: publicId('key', row.key_id),
        ...limitsOf(row),
        ...scopesOf(row.scopes),
        ...(row.expires ? { expires: true } : {}),
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

function scopesOf(scopes: readonly string[] | null): { scopes?: readonly Permission[] } {
  return scopes === null ? {} : { scopes: permissions.filter((one) => scopes.includes(one)) }
}
