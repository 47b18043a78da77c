import type { Refusal } from '../errors.ts'
import type { Placement } from '../stamp/recipe.ts'
import { readAffixing, type Affixing, type DocumentDetails } from './affixing-answer.ts'
import { callService, type Connection } from './transport.ts'

/** What a reservation asks for; the body of POST /v1/affixings. */
export type ReservationRequest = {
  facts: DocumentDetails
  placement: Placement
  sourceSha256: string
  sourceLength: number
  pageCount: number
  additional: boolean
  /** Where a session calls: what its person confirmed, for one new reservation. */
  authorization?: string
  /** Instead: the order (`ord_...`) that was placed and paid for this very reservation. */
  intent?: string
  /** The document of a batch; what was reserved for it has its key, so nothing else is taken over for it. */
  batchItem?: string
}

/**
 * `held`: an affixing that is this request's own, new or begun earlier. `again`: what stood in the way is gone or must
 * not be used any more; ask anew with another key.
 */
export type Reservation =
  | { kind: 'held'; affixing: Affixing }
  | { kind: 'again'; refusal: Refusal }
  | { kind: 'refused'; refusal: Refusal }

export type Fetched = { ok: true; affixing: Affixing } | { ok: false; refusal: Refusal }

/**
 * Reserves, or goes on with what an earlier call began: the same key gives the same affixing, and without the key an
 * open reservation of the same document is resumed where facts and placement are equal, else cancelled.
 */
export async function reserve(connection: Connection, request: ReservationRequest, key: string): Promise<Reservation> {
  const called = await callService(connection, {
    method: 'POST',
    path: '/v1/affixings',
    headers: { 'idempotency-key': key },
    json: request,
  })
  if (called.ok) {
    const affixing = readAffixing(called.answer.json)
    return affixing.state === 'released'
      ? { kind: 'again', refusal: releasedRefusal(affixing) }
      : { kind: 'held', affixing }
  }
  const { refusal } = called
  if (refusal.code === 'affixing_released') return { kind: 'again', refusal }
  if (refusal.code === 'already_reserved') return takeOver(connection, request, refusal)
  return { kind: 'refused', refusal }
}

async function takeOver(connection: Connection, request: ReservationRequest, refusal: Refusal): Promise<Reservation> {
  const id = refusal.values?.['affixingId']
  if (typeof id !== 'string') return { kind: 'refused', refusal }
  const found = await fetchAffixing(connection, id)
  if (!found.ok) return { kind: 'refused', refusal: found.refusal }
  const { affixing } = found
  if (affixing.state === 'affixed') {
    return {
      kind: 'refused',
      refusal: { code: 'already_stamped', values: { affixingId: id, serial: affixing.serial } },
    }
  }
  if (affixing.state === 'released') return { kind: 'again', refusal }
  if (request.batchItem === undefined && isSameRequest(affixing, request)) return { kind: 'held', affixing }
  const cancelled = await cancelReservation(connection, id)
  if (cancelled === undefined || cancelled.code === 'affixing_released') return { kind: 'again', refusal }
  return {
    kind: 'refused',
    refusal: cancelled.code === 'affixing_affixed' ? { ...refusal, code: 'already_stamped' } : cancelled,
  }
}

/** The affixing with its signature, where it has one. */
export async function fetchAffixing(connection: Connection, id: string): Promise<Fetched> {
  const called = await callService(connection, { method: 'GET', path: affixingPath(id) })
  return called.ok ? { ok: true, affixing: readAffixing(called.answer.json) } : called
}

/** Gives the reserved unit back; undefined when that is done. */
export async function cancelReservation(connection: Connection, id: string): Promise<Refusal | undefined> {
  const called = await callService(connection, { method: 'DELETE', path: affixingPath(id) })
  return called.ok ? undefined : called.refusal
}

export function affixingPath(id: string): string {
  return `/v1/affixings/${encodeURIComponent(id)}`
}

export function releasedRefusal(affixing: Affixing): Refusal {
  return { code: 'affixing_released', values: { affixingId: affixing.id, reason: affixing.releaseReason ?? '' } }
}

/** Whether an affixing was reserved for just this: the same document, facts, place and copy. */
export function isSameRequest(affixing: Affixing, request: ReservationRequest): boolean {
  const { recipe } = affixing
  return (
    recipe.sourceSha256 === request.sourceSha256 &&
    affixing.additional === request.additional &&
    factsText(affixing.facts) === factsText(request.facts) &&
    placementText(recipe.placement) === placementText(request.placement)
  )
}

/** One text for facts that mean the same: the document's number is "0" where it is left out. */
export function factsText(facts: Readonly<Record<string, unknown>>): string {
  const said = Object.entries({ number: '0', ...definedOf(facts) })
  return JSON.stringify(said.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function definedOf(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== null))
}

/** One text for placements that are equal. */
export function placementText({ page, left, bottom, width, height, unit }: Placement): string {
  return JSON.stringify([page, left, bottom, width, height, unit])
}
