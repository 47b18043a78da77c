import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Database, Tx } from '../database/database.ts'
import { RefusedError, type Refusal } from '../errors.ts'
import { apiKeysMax } from '../limits/people.ts'
import { addKey, changeKey, revokeKey, type AccountKey, type KeyChange } from './account-keys.ts'
import { actorOf, type Caller, type KeyKind, type KeyLimits } from './api-keys.ts'
import { spendAuthorization } from './confirmations.ts'
import { coolingRefusal } from './cooling.ts'
import type { Permission } from './roles.ts'

// What owners do about their account's keys: each act and its record in one commit. Whether the caller may is asked before.

/** `liveKeys`: whether this installation has somebody to sign for live keys. */
export type KeyActParts = { database: Database; liveKeys: boolean }

/** A key to be made; `authorization`: of a PIN confirmation, for a live key that a person makes. */
export type WantedKey = {
  name: string
  kind: KeyKind
  scopes?: readonly Permission[] | undefined
  expiresAt?: Date | undefined
  limits: KeyLimits
  authorization?: string | undefined
}

type Made = { ok: true; key: string; stored: AccountKey }

function recordAct(tx: Tx, act: { by: Caller; action: string; id: string; at: Date }): Promise<void> {
  const { by, action, id, at } = act
  const entry = { accountId: by.accountId, id: newUuid(at), actor: actorOf(by), action }
  return recordAudit(tx, [{ ...entry, objectId: publicId('key', id) }], at)
}

/** A new key, good at once; it is shown here and never again. */
export async function makeKeyFor(
  { database, liveKeys }: KeyActParts,
  by: Caller,
  wanted: WantedKey,
): Promise<Made | { ok: false; refusal: Refusal }> {
  const { kind, expiresAt, authorization } = wanted
  if (kind === 'live' && !liveKeys) return { ok: false, refusal: { code: 'issuer_not_configured' } }
  const { accountId } = by
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    if (expiresAt !== undefined && expiresAt <= at) {
      const values = { detail: 'expiresAt: it is over already' }
      return { ok: false, refusal: { code: 'request_malformed', values } }
    }
    if (kind === 'live') await proveConfirmed(tx, by, { authorization, at })
    const added = await addKey(tx, { ...wanted, accountId, at })
    // thrown, so that the confirmation is not spent
    if (added === undefined) throw new RefusedError({ code: 'too_many_keys', values: { limit: apiKeysMax } })
    await recordAct(tx, { by, action: 'key.added', id: added.stored.id, at })
    return { ok: true, ...added }
  })
}

/** A session's live key takes a PIN: whoever finds a phone unlocked must not carry the quota away. */
async function proveConfirmed(
  tx: Tx,
  by: Caller,
  given: { authorization: string | undefined; at: Date },
): Promise<void> {
  if (by.person === undefined) return
  const { authorization, at } = given
  if (authorization === undefined) throw new RefusedError({ code: 'authorization_missing' })
  const { personId } = by.person
  const what = { purpose: 'key', sourceSha256s: [], count: 1 } as const
  const spent = await spendAuthorization(tx, { accountId: by.accountId, personId, authorization, what }, at)
  if (!spent) throw new RefusedError({ code: 'authorization_unusable' })
}

/** Another name, other limits; undefined where the account has no such key. Throws `pin_cooling` while it may be somebody else who signed in. */
export function changeKeyFor(
  { database }: KeyActParts,
  by: Caller,
  change: KeyChange & { id: string },
): Promise<AccountKey | undefined> {
  const { accountId } = by
  return database.transaction(async (tx) => {
    const cooling = await coolingRefusal(tx, by)
    if (cooling !== undefined) throw new RefusedError(cooling)
    const at = await database.now(tx)
    const key = await changeKey(tx, { accountId, id: change.id }, change)
    if (key !== undefined) await recordAct(tx, { by, action: 'key.changed', id: change.id, at })
    return key
  })
}

/** Revokes a key at once, for ever. False where the account has no such key. */
export function revokeKeyFor({ database }: KeyActParts, by: Caller, id: string): Promise<boolean> {
  const { accountId } = by
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const isRevoked = await revokeKey(tx, { accountId, id, at })
    if (isRevoked) await recordAct(tx, { by, action: 'key.revoked', id, at })
    return isRevoked
  })
}
