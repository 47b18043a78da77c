import { createHash, randomBytes } from 'node:crypto'
import { newUuid, publicId } from '../base/ids.ts'
import type { Sql, Tx } from '../database/database.ts'

/** `live` spends stamps, `test` spends specimens of the account's twin. */
export type KeyKind = 'live' | 'test'

/** Whose call this is: the account that pays, and by which key. */
export type Caller = { accountId: string; keyKind: KeyKind; keyId: string }

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

/** The caller behind `Authorization: Bearer <key>`; undefined for anything that is not a key in force. */
export async function findCaller(sql: Sql, authorization: string | undefined): Promise<Caller | undefined> {
  const key = /^Bearer (mk_(?:live|test)_[A-Za-z0-9_-]{43})$/i.exec(authorization ?? '')?.[1]
  if (key === undefined) return undefined
  const rows = await sql<{ account_id: string; kind: KeyKind; key_id: string }[]>`
    select account_id, kind, key_id from api_keys where key_hash = ${hashOf(key)} and revoked_at is null`
  const row = rows[0]
  return row && { accountId: row.account_id, keyKind: row.kind, keyId: publicId('key', row.key_id) }
}
