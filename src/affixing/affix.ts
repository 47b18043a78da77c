import { faultPoint } from '../base/fault-points.ts'
import { derivedUuid, publicId } from '../base/ids.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Sql, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import type { Transfer } from '../ledger/transfers.ts'
import { finishRoundsMax, reservationWaitingSeconds, timestampRetrySeconds } from '../limits/stamping.ts'
import { TimestampUnavailable } from '../signing/timestamp-source.ts'
import type { Affixing, SignedAffixing, StoredSignature } from './affixing.ts'
import { signerOfRecipe, type AffixingParts } from './affixing-parts.ts'
import { lockOpen } from './lock-open.ts'
import type { AffixingAct } from './record-acts.ts'
import { storeSignatures } from './signatures.ts'
import { findsTimestampDown, losesAnswer } from './test-outcomes.ts'

// Locks: the lane holds the balance rows, by account id; then affixings by id.

/** Whose stamp is signed over which digest (64 lower-case hex, SHA-256 over the ByteRange). */
export type AffixRequest = { accountId: string; id: string; digest: string; actor: string }

type AffixRefusal =
  | 'not_found'
  | 'digest_differs'
  | 'affixing_released'
  | 'signature_too_large'
  | 'issuer_not_configured'

/**
 * Affixed with its stored signature, `lost` where a test key asked that this answer get lost; or waiting for a timestamp, not yet
 * charged; or refused.
 */
export type Affixed =
  | { ok: true; state: 'affixed'; signed: SignedAffixing & { signature: StoredSignature }; lost?: true }
  | { ok: true; state: 'waiting'; affixing: Affixing }
  | { ok: false; refusal: Refusal<AffixRefusal> }

/**
 * Signs, then stores the signature and posts the charge in one transaction; answers what was committed, read back.
 * The same digest again gets the stored answer; without a timestamp in time the digest is bound and the server
 * finishes later.
 */
export async function affixStamp(parts: AffixingParts, request: AffixRequest): Promise<Affixed> {
  const opened = await openForSigning(parts, request)
  if ('answer' in opened) return opened.answer
  const { affixing } = opened
  await faultPoint('affixing.beforeSign')
  const signature = await sign(parts, affixing, request.digest)
  if (signature === 'issuer_not_configured') return { ok: false, refusal: { code: signature } }
  if (signature === 'timestamp_unavailable') return waitForTimestamp(parts, request)
  if (signature.cms.length > affixing.recipe.contentsBytes) return refuseTooLarge(parts, affixing, signature.cms.length)
  await faultPoint('affixing.signedNotStored')
  await parts.lanes.do({ kind: 'post', accountId: request.accountId, item: { ...request, signature } })
  await faultPoint('affixing.affixedNotAnswered')
  return committedAnswer(parts, affixing, request.digest)
}

/**
 * The affixing to sign for, or the answer that needs no signature. What this process reserved lately is not read first: if it was
 * settled since, its signature is not stored, and the answer is what is.
 */
async function openForSigning(
  parts: AffixingParts,
  request: AffixRequest,
): Promise<{ affixing: Affixing } | { answer: Affixed }> {
  const reserved = parts.lanes.reserved(request)
  if (reserved !== undefined) return { affixing: reserved }
  const found = await parts.lanes.find(request)
  if (found === undefined)
    return { answer: { ok: false, refusal: { code: 'not_found', values: { id: publicId('affixing', request.id) } } } }
  const answer = settledAnswer(found, request.digest)
  return answer === undefined ? { affixing: found.affixing } : { answer }
}

/** The answer that needs no signature: affixed or released already, or bound to another digest. */
function settledAnswer({ affixing, signature }: SignedAffixing, digest: string): Affixed | undefined {
  if (affixing.state === 'released') {
    const values = { reason: affixing.releaseReason ?? '', affixingId: publicId('affixing', affixing.id) }
    return { ok: false, refusal: { code: 'affixing_released', values } }
  }
  if (affixing.digest !== undefined && affixing.digest !== digest) {
    return { ok: false, refusal: { code: 'digest_differs', values: { serial: affixing.serial } } }
  }
  if (affixing.state === 'reserved') return undefined
  if (signature === undefined) throw new Error(`affixing ${affixing.id} is affixed but its signature is not stored`)
  return { ok: true, state: 'affixed', signed: { affixing, signature } }
}

/** What the committed row says; an affixing that is still open here was held back by another call's digest. */
async function committedAnswer(parts: AffixingParts, affixing: Affixing, digest: string): Promise<Affixed> {
  const answer = settledAnswer(await parts.lanes.settled(affixing), digest)
  if (answer === undefined) throw new Error(`affixing ${affixing.id} is not settled after its transaction`)
  return answer.ok && answer.state === 'affixed' && losesAnswer(affixing) ? { ...answer, lost: true } : answer
}

async function sign(
  parts: AffixingParts,
  affixing: Affixing,
  digest: string,
): Promise<StoredSignature | 'timestamp_unavailable' | 'issuer_not_configured'> {
  const signer = signerOfRecipe(parts.signers, affixing.recipe.signerKeyId)
  if (signer === undefined) return 'issuer_not_configured'
  if (findsTimestampDown(affixing)) return 'timestamp_unavailable'
  try {
    await faultPoint('affixing.beforeTimestamp')
    const validation = await signer.validation()
    const cms = await signer.sign({ digest, serial: affixing.serial })
    return { cms, validation }
  } catch (error) {
    if (error instanceof TimestampUnavailable) return 'timestamp_unavailable'
    throw error
  }
}

/** A signature on its way into the ledger and the store. */
export type PostItem = AffixRequest & { signature: StoredSignature }

/**
 * Which of them are to be charged, their affixings locked; the caller holds the accounts' locks. An item whose affixing was settled
 * meanwhile is dropped: the first one to take the lock has won.
 */
export async function openPosts(tx: Tx, items: readonly PostItem[]): Promise<PostItem[]> {
  if (items.length === 0) return []
  const open = await lockOpen(tx, items)
  return items.filter((item) => {
    const affixing = open.get(item.id)
    if (affixing === undefined || (affixing.digest !== undefined && affixing.digest !== item.digest)) return false
    return open.delete(item.id)
  })
}

/** The charge of an item. */
export function chargeOf({ accountId, id }: PostItem): Transfer {
  return { accountId, id: derivedUuid(id, 'post'), type: 'post_pending', pendingId: id, purpose: 'affixing' }
}

/** What is recorded of an item. */
export function affixedAct({ accountId, id, actor }: PostItem): AffixingAct {
  return { accountId, id, actor, action: 'affixing.affixed' }
}

/** Stores the signatures of charged items; their affixings are affixed. */
export async function storePosts(tx: Tx, batch: { items: readonly PostItem[]; now: Date; pool: Sql }): Promise<void> {
  const { items } = batch
  if (items.length === 0) return
  await Promise.all([
    storeSignatures(
      tx,
      items.map(({ accountId, id, signature }) => ({ accountId, affixingId: id, signature })),
      batch.pool,
    ),
    tx`
      update affixings a set state = 'affixed', digest = u.digest, affixed_at = ${batch.now}, retry_at = null
      from unnest(${items.map((item) => item.accountId)}::uuid[], ${items.map((item) => item.id)}::uuid[],
        ${tx.array(
          items.map((item) => Buffer.from(item.digest, 'hex')),
          arrayOid.bytea,
        )}::bytea[]) u(account_id, affixing_id, digest)
      where a.account_id = u.account_id and a.affixing_id = u.affixing_id`,
  ])
}

/**
 * Binds digests that wait for a timestamp and gives their affixings a day; the caller holds the accounts' locks. Nothing is
 * charged, their owners may still cancel.
 */
export async function bindBatch(tx: Tx, batch: { items: readonly AffixRequest[]; now: Date }): Promise<void> {
  const open = await lockOpen(tx, batch.items)
  const bound = batch.items.flatMap((item) => {
    const affixing = open.get(item.id)
    if (affixing === undefined || (affixing.digest !== undefined && affixing.digest !== item.digest)) return []
    open.delete(item.id)
    return [{ ...item, expiresAt: affixing.digest === undefined ? undefined : affixing.expiresAt }]
  })
  if (bound.length === 0) return
  const aDay = new Date(batch.now.getTime() + reservationWaitingSeconds * 1000)
  await tx`
    update affixings a set digest = u.digest, expires_at = u.expires_at,
      retry_at = ${new Date(batch.now.getTime() + timestampRetrySeconds * 1000)}
    from unnest(${bound.map((item) => item.accountId)}::uuid[], ${bound.map((item) => item.id)}::uuid[],
      ${tx.array(
        bound.map((item) => Buffer.from(item.digest, 'hex')),
        arrayOid.bytea,
      )}::bytea[],
      ${tx.array(
        bound.map(({ expiresAt }) => expiresAt ?? aDay),
        arrayOid.timestamptz,
      )}::timestamptz[]) u(account_id, affixing_id, digest, expires_at)
    where a.account_id = u.account_id and a.affixing_id = u.affixing_id`
}

/** The stamp waits for its timestamp: the server finishes it. */
async function waitForTimestamp(parts: AffixingParts, request: AffixRequest): Promise<Affixed> {
  await parts.lanes.do({ kind: 'bind', accountId: request.accountId, item: request })
  await faultPoint('affixing.boundNotAnswered')
  const stored = await parts.lanes.find(request)
  if (stored === undefined) throw new Error(`affixing ${request.id} is gone`)
  return settledAnswer(stored, request.digest) ?? { ok: true, state: 'waiting', affixing: stored.affixing }
}

/** Remembers how much room this key needs, so that a new try fits, and gives the quota back. */
async function refuseTooLarge(parts: AffixingParts, affixing: Affixing, cmsBytes: number): Promise<Affixed> {
  const roomBytes = Math.ceil((cmsBytes * 1.25) / 256) * 256
  const { accountId, id, recipe } = affixing
  await parts.database.sql`
    insert into signer_keys (signer_key_id, contents_bytes) values (${recipe.signerKeyId}, ${roomBytes})
    on conflict (signer_key_id) do update set contents_bytes = greatest(signer_keys.contents_bytes, excluded.contents_bytes)`
  await parts.lanes.do({
    kind: 'release',
    accountId,
    item: { accountId, id, reason: 'refused', actor: 'system:signing' },
  })
  const values = { bytes: cmsBytes, room: affixing.recipe.contentsBytes }
  return { ok: false, refusal: { code: 'signature_too_large', values } }
}

type Due = { account_id: string; affixing_id: string; digest: Buffer }

/**
 * Finishes what waits for a timestamp, `itemsMax` at a time, until nothing is due, the source fails again or `stopping` says so;
 * several processes may do so at once. Returns how many were finished.
 */
export async function finishWaiting(parts: AffixingParts, itemsMax: number, stopping?: AbortSignal): Promise<number> {
  let finished = 0
  for (let round = 0; round < finishRoundsMax; round++) {
    if (stopping?.aborted === true) return finished
    const [first, ...others] = await claimDue(parts, itemsMax)
    if (first === undefined) return finished
    await faultPoint('affixing.dueNotFinished')
    const asked = await finishOne(parts, first)
    if (asked === 'affixed') finished++
    // a source that is still down is asked by one affixing a round, not by all
    if (asked === 'waiting') return finished
    const outcomes = await Promise.all(others.map((due) => finishOne(parts, due)))
    finished += outcomes.filter((outcome) => outcome === 'affixed').length
    if (others.length + 1 < itemsMax) return finished
  }
  return finished
}

/** Takes what is due; whoever takes it keeps the others off it for a while. */
async function claimDue(parts: AffixingParts, itemsMax: number): Promise<readonly Due[]> {
  return parts.database.transaction(async (tx) => {
    const now = await parts.database.now(tx)
    return tx<Due[]>`
      update affixings a set retry_at = ${new Date(now.getTime() + timestampRetrySeconds * 1000)}
      from (
        select account_id, affixing_id from affixings where state = 'reserved' and retry_at <= ${now}
        order by retry_at limit ${itemsMax} for update skip locked
      ) due
      where a.account_id = due.account_id and a.affixing_id = due.affixing_id
      returning a.account_id, a.affixing_id, a.digest`
  })
}

async function finishOne(parts: AffixingParts, due: Due): Promise<'affixed' | 'waiting' | 'refused'> {
  const outcome = await affixStamp(parts, {
    accountId: due.account_id,
    id: due.affixing_id,
    digest: due.digest.toString('hex'),
    actor: 'system:timestamps',
  })
  return outcome.ok ? outcome.state : 'refused'
}
