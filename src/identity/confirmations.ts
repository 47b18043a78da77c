import { createHash, randomBytes } from 'node:crypto'
import { newUuid, publicId } from '../base/ids.ts'
import { jakartaDay, jakartaDaySecondsLeft, jakartaTime } from '../base/jakarta.ts'
import { recordAudit } from '../audit/audit.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Database, Tx } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Refusal } from '../errors.ts'
import {
  authorizationSeconds,
  confirmationKeepDays,
  otherConfirmationsMax,
  otherConfirmationTriesMax,
} from '../limits/people.ts'
import type { PasskeyProof, PersonProofs } from './person-proofs.ts'
import { checkPin, readPinState, untilValues, type PinParts } from './pins.ts'

// What a signed-in person confirms is handed out as an authorization: one use, ten minutes, for one account, person, purpose, set of
// documents and number of stamps. Affixings confirmed together are spent one by one, each of its document once. An authorization is
// spent in the transaction that does what was confirmed, so a refusal or a rollback spends nothing.
// Locks: the accounts' balance rows first, then confirmations.

/**
 * What can be confirmed: affixings one by one (also that of an order), a batch as a whole; a new live key; more rights for a member (or an owner
 * fewer), and what the second member's rule lets pass; what takes money or quota away, and an order that is let pass.
 */
export const confirmationPurposes = ['affixing', 'batch', 'key', 'members', 'money'] as const
export type ConfirmationPurpose = (typeof confirmationPurposes)[number]

/** What exactly. Digests: 64 lower-case hex, in any order; none for `key`, `members` and `money`. `count`: stamps it may spend, of affixings one a digest. */
export type Confirmed = { purpose: ConfirmationPurpose; sourceSha256s: readonly string[]; count: number }

/** Who confirms, for which account; UUIDs. `actor`: as audit entries name them. */
export type Confirming = { accountId: string; personId: string; actor: string }

/** What confirming stands on. */
export type ConfirmParts = PinParts & { proofs: PersonProofs }

/** The authorization, shown here only: 256 random bits. */
export type Confirmation = { ok: true; authorization: string; expiresAt: Date }

const authorizationPattern = /^ma_[A-Za-z0-9_-]{43}$/

/** SHA-256 of what was confirmed: equal only for the same purpose, documents (in any order) and number. */
function boundTo({ purpose, sourceSha256s, count }: Confirmed): Buffer {
  const text = JSON.stringify([purpose, count, sourceSha256s.toSorted()])
  return createHash('sha256').update(text).digest()
}

/** One stamp on this document: what the spending of a reservation names. */
export function oneAffixing(sourceSha256: string): Confirmed {
  return { purpose: 'affixing', sourceSha256s: [sourceSha256], count: 1 }
}

const hashOf = (authorization: string): Buffer => createHash('sha256').update(authorization).digest()

async function insertConfirmation(
  tx: Tx,
  made: { who: Confirming; what: Confirmed; way: 'pin' | OtherProof['kind']; at: Date },
): Promise<Confirmation> {
  const { who, what, way, at } = made
  const { accountId, personId, actor } = who
  const authorization = `ma_${randomBytes(32).toString('base64url')}`
  const id = newUuid(at)
  const expiresAt = new Date(at.getTime() + authorizationSeconds * 1000)
  const bounds = what.purpose === 'affixing' ? what.sourceSha256s.map(oneAffixing).map(boundTo) : [boundTo(what)]
  await tx`
    insert into confirmations (account_id, token_hash, confirmation_id, person_id, bound_sha256, created_at, expires_at)
    select ${accountId}, ${hashOf(authorization)}, ${id}, ${personId}, bound, ${at}, ${expiresAt}
    from unnest(${tx.array(bounds, arrayOid.bytea)}::bytea[]) u(bound)`
  const detail = { purpose: what.purpose, way, count: what.count }
  const entry = { accountId, id: newUuid(at), actor, action: 'confirmation.made', detail }
  await recordAudit(tx, [{ ...entry, objectId: publicId('confirmation', id) }], at)
  return { ok: true, authorization, expiresAt }
}

/**
 * Confirms by PIN. During the cooling time after a reset the PIN confirms nothing; while whoever signs in may be somebody else, it
 * confirms affixings alone, one at a time. A try that locks the PIN is told to its owner.
 */
export async function confirmByPin(
  parts: ConfirmParts,
  asked: { who: Confirming; what: Confirmed; pin: string },
): Promise<Confirmation | { ok: false; refusal: Refusal<'pin_wrong' | 'pin_locked' | 'pin_not_set' | 'pin_cooling'> }> {
  const { database, proofs } = parts
  const checked = await checkOwnPin(parts, asked)
  if (!checked.ok) return checked
  const isOneStamp = asked.what.purpose === 'affixing' && asked.what.count === 1
  const personCooling = isOneStamp ? undefined : await proofs.coolingUntil(asked.who.personId)
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    for (const until of [checked.coolingUntil, personCooling])
      if (until !== undefined && until > at)
        return { ok: false, refusal: { code: 'pin_cooling', values: untilValues(until, at) } }
    return insertConfirmation(tx, { who: asked.who, what: asked.what, way: 'pin', at })
  })
}

/** Checks the PIN as `checkPin` does; the try that locks it leaves an audit entry and a notice. */
export async function checkOwnPin(
  parts: ConfirmParts,
  asked: { who: Confirming; pin: string },
): Promise<
  { ok: true; coolingUntil?: Date } | { ok: false; refusal: Refusal<'pin_wrong' | 'pin_locked' | 'pin_not_set'> }
> {
  const { database, proofs } = parts
  const { accountId, personId, actor } = asked.who
  const checked = await checkPin(parts, { personId, pin: asked.pin })
  if (checked.ok || !checked.lockedNow) return checked
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    const entry = { accountId, id: newUuid(at), actor, action: 'pin.locked', objectId: publicId('person', personId) }
    await recordAudit(tx, [entry], at)
    const minutes = Math.ceil(Number(checked.refusal.values?.['seconds'] ?? 0) / 60)
    const values = { minutes, time: jakartaTime(at) }
    await proofs.notify(tx, { personId, accountId, template: 'pin_locked', values, at })
  })
  return checked
}

/** What confirms instead of the PIN. `codeId`: as `requestCode` gave it. */
export type OtherProof =
  | { kind: 'code'; password: string; codeId: string; code: string }
  | { kind: 'passkey'; passkey: PasskeyProof }

/**
 * Confirms one affixing by password and one-time code, or by passkey, for whom the PIN is locked, cooling or forgotten: three a day,
 * each with a notice. Tries are counted before anything is compared, so that a stolen session is no way to guess the password.
 */
export async function confirmOtherwise(
  parts: ConfirmParts,
  asked: { who: Confirming; what: Confirmed; proof: OtherProof },
): Promise<Confirmation | { ok: false; refusal: Refusal }> {
  const { database, proofs } = parts
  const { who, what, proof } = asked
  const { accountId, personId } = who
  if (what.purpose !== 'affixing' || what.count !== 1 || what.sourceSha256s.length !== 1)
    return { ok: false, refusal: { code: 'pin_needed' } }
  const counted = await countOtherTry(parts, personId)
  if (!counted.ok) return counted
  const proven = await checkOtherProof(proofs, personId, proof)
  if (!proven.ok) return proven
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const done = await tx`
      update pins set other_done = other_done + 1
      where person_id = ${personId} and other_day = ${jakartaDay(at)}::date and other_done < ${otherConfirmationsMax} returning 1`
    if (done.length === 0) return { ok: false, refusal: usedUp(at) }
    const values = { time: jakartaTime(at) }
    await proofs.notify(tx, { personId, accountId, template: 'affixing_confirmed', values, at })
    return insertConfirmation(tx, { who, what, way: proof.kind, at })
  })
}

/** The password first: a code costs a message, and is used up by looking at it. */
async function checkOtherProof(proofs: PersonProofs, personId: string, proof: OtherProof) {
  if (proof.kind === 'passkey') return proofs.checkPasskey(personId, proof.passkey)
  const password = await proofs.provePassword(personId, proof.password)
  return password.ok ? proofs.checkCode({ personId, purpose: 'affixing', ...proof }) : password
}

function usedUp(at: Date): Refusal<'confirmations_used_up'> {
  const values = { limit: otherConfirmationsMax, seconds: jakartaDaySecondsLeft(at) }
  return { code: 'confirmations_used_up', values }
}

/** Counts a try of the other way in a commit of its own; refused once the day's tries or confirmations are used up. */
async function countOtherTry(
  parts: ConfirmParts,
  personId: string,
): Promise<{ ok: true } | { ok: false; refusal: Refusal<'confirmations_used_up' | 'pin_not_set'> }> {
  const now = await parts.database.now()
  const day = jakartaDay(now)
  const counted = await parts.database.sql`
    update pins set other_day = ${day}::date,
      other_tries = case when other_day = ${day}::date then other_tries + 1 else 1 end,
      other_done = case when other_day = ${day}::date then other_done else 0 end
    where person_id = ${personId} and (other_day is distinct from ${day}::date
      or (other_tries < ${otherConfirmationTriesMax} and other_done < ${otherConfirmationsMax}))
    returning 1`
  if (counted.length === 1) return { ok: true }
  const { isSet } = await readPinState(parts, personId)
  return { ok: false, refusal: isSet ? usedUp(now) : { code: 'pin_not_set' } }
}

/** An authorization as a call brought it, and what it should be good for. */
export type Spending = { accountId: string; personId: string; authorization: string; what: Confirmed }

/** Rows' keys of spendings whose authorization is of the right form; `nr` is their place. */
function spendable(spendings: readonly Spending[]): { nr: number; hash: Buffer; spending: Spending }[] {
  return spendings.flatMap((spending, nr) =>
    authorizationPattern.test(spending.authorization) ? [{ nr, hash: hashOf(spending.authorization), spending }] : [],
  )
}

/**
 * Spends authorizations in the transaction that does what they confirmed, all in one statement; answers the places of those that
 * were good. The others are spent, lapsed, unknown, or for something else: nobody learns which.
 */
export async function spendAuthorizations(
  tx: Tx,
  spendings: readonly Spending[],
  now: Date,
): Promise<ReadonlySet<number>> {
  const given = spendable(spendings)
  if (given.length === 0) return new Set()
  const bytes = (values: readonly Buffer[]) => tx.array([...values], arrayOid.bytea)
  const rows = await tx<{ nr: number }[]>`
    update confirmations c set spent_at = ${now}
    from unnest(${given.map(({ spending }) => spending.accountId)}::uuid[], ${given.map(({ spending }) => spending.personId)}::uuid[],
      ${bytes(given.map(({ hash }) => hash))}::bytea[], ${bytes(given.map(({ spending }) => boundTo(spending.what)))}::bytea[],
      ${given.map(({ nr }) => nr)}::int[]) u(account_id, person_id, token_hash, bound_sha256, nr)
    where c.account_id = u.account_id and c.token_hash = u.token_hash and c.person_id = u.person_id
      and c.bound_sha256 = u.bound_sha256 and c.spent_at is null and c.expires_at > ${now}
    returning u.nr`
  return new Set(rows.map(({ nr }) => nr))
}

/** Spends one, such as for an order's intended affixing. False where it is not good for this. */
export async function spendAuthorization(tx: Tx, spending: Spending, now: Date): Promise<boolean> {
  return (await spendAuthorizations(tx, [spending], now)).size === 1
}

/** Takes back what this very transaction spent, for what was refused after all. */
export async function returnAuthorizations(tx: Tx, spendings: readonly Spending[]): Promise<void> {
  const given = spendable(spendings)
  if (given.length === 0) return
  const bytes = (values: readonly Buffer[]) => tx.array([...values], arrayOid.bytea)
  await tx`
    update confirmations c set spent_at = null
    from unnest(${given.map(({ spending }) => spending.accountId)}::uuid[], ${bytes(given.map(({ hash }) => hash))}::bytea[],
      ${bytes(given.map(({ spending }) => boundTo(spending.what)))}::bytea[]) u(account_id, token_hash, bound_sha256)
    where c.account_id = u.account_id and c.token_hash = u.token_hash and c.bound_sha256 = u.bound_sha256`
}

/** Deletes confirmations that lapsed a day ago. Returns how many. */
export async function dropOldConfirmations(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from confirmations where (account_id, token_hash, bound_sha256) in (
        select account_id, token_hash, bound_sha256 from confirmations
        where expires_at < database_now() - make_interval(days => ${confirmationKeepDays}) limit ${rowsMax})`
    return gone.count
  })
}
