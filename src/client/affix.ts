import { toHex } from '../base/bytes.ts'
import type { Primitives } from '../base/primitives.ts'
import type { Refusal } from '../errors.ts'
import type { Prepared } from '../stamp/pdf/place.ts'
import { checkPlacement, type DocumentFacts, type HeldSignature } from '../stamp/pdf/document-facts.ts'
import { preflight } from '../stamp/pdf/preflight.ts'
import { lookUnderStamp, type PlacementWarning } from '../stamp/pdf/under-stamp.ts'
import type { Placement } from '../stamp/recipe.ts'
import { readSignature, type Affixing, type DocumentDetails, type SignatureData } from './affixing-answer.ts'
import { fetchArtwork } from './artwork.ts'
import { attemptsMax, signaturePollSeconds, signaturePollsMax } from './bounds.ts'
import { AnswerError, fieldsOf, textOf } from './json-fields.ts'
import { finishPrepared, placeByRecipe, type OpenOriginal } from './rebuild.ts'
import {
  affixingPath,
  cancelReservation,
  fetchAffixing,
  releasedRefusal,
  reserve,
  type ReservationRequest,
} from './reservation.ts'
import { callService, retryAfterSeconds, type Connection } from './transport.ts'

/** What to keep, durably, to go on after a crash: hand the key in again. */
export type Note = { idempotencyKey: string; affixingId?: string }

/** Where an affixing stands; `checked` brings what was found in the document and under the stamp, `waiting` how long until it is asked again. */
export type Progress =
  | { step: 'checked'; document: DocumentFacts; under: PlacementWarning[] }
  | { step: 'reserving' }
  | { step: 'placing'; affixing: Affixing }
  | { step: 'signing'; affixing: Affixing }
  | { step: 'waiting'; affixing: Affixing; seconds: number }
  | { step: 'embedding'; affixing: Affixing }

/** A placement whose page may be named `last`. */
export type WantedPlacement = Omit<Placement, 'page'> & { page: number | 'last' }

export type AffixOrder = OpenOriginal &
  Connection & {
    facts: DocumentDetails
    /** On the page as seen; `last` is the document's last page. A function chooses once the pages are known. */
    placement: WantedPlacement | ((document: DocumentFacts) => WantedPlacement)
    /** 1 to 128 visible ASCII characters. The same key and order go on where an earlier call ended. */
    idempotencyKey: string
    /** Makes the key of a new start after a released reservation; by default it follows from the last key. */
    newKey?: () => string
    /** Another stamp on a document that has one already. */
    additional?: boolean
    /** Where a session calls: what its person confirmed at `POST /v1/pin-confirmations`. A new start after a release needs another. */
    authorization?: string
    /** Instead of it: the paid order (`ord_...`) whose intent this is. */
    intent?: string
    /** The document of an open batch that this is for (`bit_...`). */
    batchItem?: string
    /** Verifies the signatures that are there: `heldSignatures` of stamp/check. Without it none is verified. */
    verifySignatures?: (bytes: Uint8Array) => readonly HeldSignature[]
    /** Times a signature that waits for its timestamp is asked about, where fewer are wanted than usual. */
    polls?: number
    /** Awaited before the call it is about; what it throws ends the affixing. */
    remember?: (note: Note) => Promise<void>
    onProgress?: (progress: Progress) => void
    /** The placed document, awaited before the signature is asked for. */
    onPrepared?: (prepared: Prepared, affixing: Affixing) => Promise<void>
  }

/** `tail` is what to append to the original; the affixing carries its signature and digest. */
export type AffixOutcome = { ok: true; affixing: Affixing; tail: Uint8Array } | { ok: false; refusal: Refusal }

type Attempt = AffixOutcome | { again: Refusal }

/**
 * Stamps a document: looks, reserves, places, has it signed and puts the signature in. The document never leaves the
 * caller; the service sees its digest. Sending is repeated, bounded, where no answer came. Refused before or in placing:
 * nothing stays spent. Throws AnswerError for answers outside the contract, and what the order's own functions throw.
 */
export async function affixDocument(order: AffixOrder): Promise<AffixOutcome> {
  const { original, primitives, password } = order
  const looked = preflight(original, primitives, {
    ...(password === undefined ? {} : { password }),
    ...(order.verifySignatures === undefined ? {} : { verify: order.verifySignatures }),
  })
  if (!looked.ok) return looked
  const pageCount = looked.document.pages.length
  const wanted = typeof order.placement === 'function' ? order.placement(looked.document) : order.placement
  const placement: Placement = { ...wanted, page: wanted.page === 'last' ? pageCount : wanted.page }
  const misplaced = checkPlacement(looked.document, placement)
  if (misplaced !== undefined) return { ok: false, refusal: misplaced }
  // only where somebody hears it: it reads the page's whole drawing
  order.onProgress?.({
    step: 'checked',
    document: looked.document,
    under: lookUnderStamp({ original, placement, primitives, password }),
  })
  const request: ReservationRequest = {
    facts: order.facts,
    placement,
    sourceSha256: digestOf(original, primitives),
    sourceLength: original.length,
    pageCount,
    additional: order.additional ?? false,
    ...(order.authorization === undefined ? {} : { authorization: order.authorization }),
    ...(order.intent === undefined ? {} : { intent: order.intent }),
    ...(order.batchItem === undefined ? {} : { batchItem: order.batchItem }),
  }
  let key = order.idempotencyKey
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt(order, request, key)
    if (!('again' in outcome)) return outcome
    if (attempts === attemptsMax) return { ok: false, refusal: outcome.again }
    key = order.newKey?.() ?? nextKey(key, primitives)
  }
}

/** SHA-256 in 64 lower-case hex characters; in pieces, so that a native hash does not copy a large file whole. */
export function digestOf(bytes: Uint8Array, primitives: Primitives): string {
  const pieceBytes = 1024 * 1024
  const hash = primitives.hash('sha256')
  for (let at = 0; at < bytes.length; at += pieceBytes) hash.update(bytes.subarray(at, at + pieceBytes))
  return toHex(hash.digest())
}

/**
 * The key for a new start after one whose affixing was released. Made from the old one, so that a repeat which
 * remembers only the first key walks the same way and finds what was begun.
 */
function nextKey(key: string, primitives: Primitives): string {
  return toHex(
    primitives
      .hash('sha256')
      .update(new TextEncoder().encode(`next key after ${key}`))
      .digest(),
  )
}

async function attempt(order: AffixOrder, request: ReservationRequest, key: string): Promise<Attempt> {
  await order.remember?.({ idempotencyKey: key })
  order.onProgress?.({ step: 'reserving' })
  const reserved = await reserve(order, request, key)
  if (reserved.kind === 'refused') return { ok: false, refusal: reserved.refusal }
  if (reserved.kind === 'again') return { again: reserved.refusal }
  const { affixing } = reserved
  await order.remember?.({ idempotencyKey: key, affixingId: affixing.id })
  order.onProgress?.({ step: 'placing', affixing })
  const drawn = await fetchArtwork(order, affixing.recipe, order.primitives)
  if (!drawn.ok) return drawn
  const placed = placeByRecipe({ ...order, artwork: drawn.artwork }, affixing.recipe)
  if (!placed.ok) {
    // Whether or not this arrives, the reservation ends by itself; the document's refusal is what people need.
    if (affixing.state === 'reserved') await cancelReservation(order, affixing.id)
    return placed
  }
  const { prepared } = placed
  await order.onPrepared?.(prepared, affixing)
  const signed = await signPlaced(order, affixing, prepared.digest)
  if ('again' in signed || !signed.ok) return signed
  const finished: Affixing = {
    ...signed.affixing,
    signature: signed.signature,
    digest: prepared.digest,
    state: 'affixed',
  }
  order.onProgress?.({ step: 'embedding', affixing: finished })
  const tail = finishPrepared({ ...order, prepared, affixing: finished })
  return { ok: true, affixing: finished, tail }
}

/** The signature over a placed document, why there is none, or that the reservation is over and a new one may be had. */
export type Signed =
  | { ok: true; affixing: Affixing; signature: SignatureData }
  | { ok: false; refusal: Refusal }
  | { again: Refusal }

/** The stored signature over this digest: the one that is there, or a new one. Throws AnswerError. */
export async function signPlaced(
  order: Connection & Pick<AffixOrder, 'onProgress' | 'polls'>,
  affixing: Affixing,
  digest: string,
): Promise<Signed> {
  if (affixing.signature !== undefined) return storedSignature(affixing, digest)
  order.onProgress?.({ step: 'signing', affixing })
  const path = `${affixingPath(affixing.id)}/signature`
  const called = await callService(order, { method: 'PUT', path, json: { digest } })
  if (!called.ok) {
    const { refusal } = called
    // Released meanwhile, or by the service because its signature needs more room: the quota is back, a new one may be had.
    const again = refusal.code === 'affixing_released' || refusal.code === 'signature_too_large'
    return again ? { again: refusal } : called
  }
  const { answer } = called
  if (answer.status === 202)
    return pollSignature(order, affixing, { digest, seconds: retryAfterSeconds(answer) ?? signaturePollSeconds })
  const fields = fieldsOf(answer.json, 'signature answer')
  const signature = readSignature(fields)
  if (signature === undefined) throw new AnswerError('the signature is missing')
  if (textOf(fields, 'serial') !== affixing.serial)
    throw new AnswerError(`a signature of another stamp than ${affixing.serial}`)
  return { ok: true, affixing, signature }
}

/** The digest is bound and nothing charged yet: the service finishes as soon as it has its timestamp. */
async function pollSignature(
  order: Connection & Pick<AffixOrder, 'onProgress' | 'polls'>,
  affixing: Affixing,
  bound: { digest: string; seconds: number },
): Promise<Signed> {
  for (let polls = 0; polls < (order.polls ?? signaturePollsMax); polls++) {
    order.onProgress?.({ step: 'waiting', affixing, seconds: bound.seconds })
    await order.wait(bound.seconds * 1000)
    const found = await fetchAffixing(order, affixing.id)
    if (!found.ok) return found
    if (found.affixing.state === 'released') return { ok: false, refusal: releasedRefusal(found.affixing) }
    if (found.affixing.state === 'affixed') return storedSignature(found.affixing, bound.digest)
  }
  return { ok: false, refusal: { code: 'timestamp_unavailable', values: { affixingId: affixing.id } } }
}

function storedSignature(affixing: Affixing, digest: string): Signed {
  const { signature, serial } = affixing
  if (signature === undefined) throw new AnswerError(`affixing ${affixing.id} is affixed and has no signature`)
  if (affixing.digest !== digest) return { ok: false, refusal: { code: 'digest_differs', values: { serial } } }
  return { ok: true, affixing, signature }
}
