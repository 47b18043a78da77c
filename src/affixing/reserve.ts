import { toHex } from '../base/bytes.ts'
import { faultPoint } from '../base/fault-points.ts'
import { newUuid, publicId } from '../base/ids.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { grantSpecimens } from '../identity/accounts.ts'
import { actorOf, type Caller } from '../identity/api-keys.ts'
import { readQuota } from '../ledger/balances.ts'
import { applyTransfers, type Transfer, type TransferResult } from '../ledger/transfers.ts'
import { reservationSeconds } from '../limits/stamping.ts'
import { documentTypeName } from '../stamp/document-types.ts'
import type { Placement, Recipe } from '../stamp/recipe.ts'
import { makeSerial } from '../stamp/serial.ts'
import type { StampSigner } from '../signing/stamp-signer.ts'
import type { Affixing, AffixingLedger, Facts } from './affixing.ts'
import { ledgerOf, signerFor, type AffixingGiven, type AffixingParts } from './affixing-parts.ts'
import type { RecipeForms } from './recipe-forms.ts'
import { factsText } from './stored-facts.ts'
import type { AffixingAct } from './record-acts.ts'
import { takeAuthorizations, type AuthorizationRefusal, type TakenAuthorizations } from './reserve-authorized.ts'
import {
  type BatchOpening,
  countReserved,
  readRoom,
  reservationLimits,
  takeAvailable,
  type LimitRefusal,
} from './reservation-limits.ts'
import { randomIntegers, registerSerials } from './serials.ts'
import { bindBatchItems, checkBatchItems, type BatchItemRefusal } from './batches/reserve-items.ts'
import { bindKeys, findEarlier, type Earlier } from './reserve-earlier.ts'
import { forcedRefusal, type ForcedRefusal } from './test-outcomes.ts'

// Locks: the lane holds the balance rows, by account id; no affixing is updated here.

/** What a caller asks for. Digests are 64 lower-case hex; the placement's page is a number by now. */
export type ReserveRequest = {
  caller: Caller
  /** `stamping`: the server does the client's part and holds the key's lease meanwhile. */
  operation: 'affixing' | 'stamping'
  key: string
  fingerprint: string
  leaseOwner?: string
  facts: Facts
  placement: Placement
  sourceSha256: string
  sourceLength: number
  pageCount: number
  additional: boolean
  /** What the person confirmed, where a session calls; no part of the fingerprint. */
  authorization?: string | undefined
  /** Instead of an authorization: one was spent for this before, by an order. */
  confirmed?: true
  /** Instead of an authorization: the paid order (UUID) that is for just this; no part of the fingerprint. */
  intentOrderId?: string | undefined
  /** The document of a batch that this is for (UUID); the reservation must be word for word what was prepared. */
  batchItemId?: string | undefined
}

type ReserveRefusal =
  | 'quota_empty'
  | 'already_reserved'
  | 'already_stamped'
  | 'key_reused'
  | 'affixing_released'
  | 'in_progress'
  | 'issuer_not_configured'
  | AuthorizationRefusal
  | ForcedRefusal
  | LimitRefusal
  | BatchItemRefusal

/** The affixing that now holds the quota; `repeated`, and known by its id alone, when an earlier call with this key made it. */
export type Reserved =
  | { ok: true; repeated: false; id: string; affixing?: Affixing }
  | { ok: true; repeated: true; id: string; affixing?: undefined }
  | { ok: false; refusal: Refusal<ReserveRefusal> }

/**
 * Holds one unit of quota for one stamp, with its serial number and recipe, in one transaction.
 * A refusal leaves nothing behind, not even the key.
 */
export async function reserveQuota(parts: AffixingParts, request: ReserveRequest): Promise<Reserved> {
  await faultPoint('affixing.beforeReserve')
  const forced = forcedRefusal(request.caller.keyKind, request.facts.number)
  if (forced !== undefined) return { ok: false, refusal: forced }
  const outcome = await parts.lanes.do({ kind: 'reserve', accountId: request.caller.accountId, request })
  await faultPoint('affixing.reservedNotAnswered')
  if (typeof outcome === 'string') throw new Error(`a reservation was answered "${outcome}"`)
  return outcome
}

/** A batch's reservations in turns: requests that could answer each other (same key, same document) never stand in one. */
export function turnsOf(requests: readonly ReserveRequest[]): ReserveRequest[][] {
  const turns: ReserveRequest[][] = []
  for (let left = [...requests]; left.length > 0;) {
    const taken = new Set<string>()
    const turn: ReserveRequest[] = []
    const later: ReserveRequest[] = []
    for (const request of left) {
      const marks = [
        `key ${request.caller.accountId} ${request.operation} ${request.key}`,
        `source ${request.caller.accountId} ${request.sourceSha256}`,
      ]
      const free = marks.every((mark) => !taken.has(mark))
      for (const mark of marks) taken.add(mark)
      ;(free ? turn : later).push(request)
    }
    turns.push(turn)
    left = later
  }
  return turns
}

type Candidate = { request: ReserveRequest; id: string; signer: StampSigner; earlier: Earlier }

/** A turn's requests that may have a stamp where there is quota, and the answers of the others. */
export type Decided = {
  candidates: readonly Candidate[]
  /** There is quota for all of them: what the ledger will answer is known. */
  foreseen: boolean
  outcomes: Map<ReserveRequest, Reserved>
  contentsRoom: ReadonlyMap<string, number>
  /** Spent already; `holdReservations` gives back those of whoever gets no stamp. */
  authorizations: TakenAuthorizations
}

/** Decides what needs no quota to be known. `opening`: the statement that takes the accounts' locks, answered or on its way before this. */
export async function decideReservations(
  tx: Tx,
  given: AffixingGiven,
  turn: { requests: readonly ReserveRequest[]; opening: Promise<BatchOpening> },
): Promise<Decided> {
  const outcomes = new Map<ReserveRequest, Reserved>()
  const candidates: Candidate[] = []
  const callers = turn.requests.map(({ caller }) => caller)
  const [opening, earlierOf, contentsRoom, batchItems] = await Promise.all([
    turn.opening,
    findEarlier(tx, turn.requests),
    readContentsRoom(tx, given.signers),
    checkBatchItems(tx, turn.requests),
  ])
  const { now } = opening
  const room = await readRoom(tx, given.limits ?? reservationLimits, { callers, ...opening })
  const fresh: Omit<Candidate, 'id'>[] = []
  for (const [request, earlier] of earlierOf) {
    const decided = decideByEarlier(request, earlier)
    const signer = signerFor(given.signers, request.caller.keyKind)
    if (decided !== undefined) outcomes.set(request, decided)
    else if (signer === undefined) outcomes.set(request, { ok: false, refusal: { code: 'issuer_not_configured' } })
    else {
      const refusal = batchItems.refusalOf(request)
      if (refusal === undefined) fresh.push({ request, signer, earlier })
      else outcomes.set(request, { ok: false, refusal })
    }
  }
  const authorizations = await takeAuthorizations(
    tx,
    fresh.map(({ request }) => request),
    { now, isConfirmed: (request) => batchItems.isConfirmed(request) },
  )
  for (const one of fresh) {
    const refusal = authorizations.refusalOf(one.request) ?? room.take(one.request.caller)
    if (refusal !== undefined) outcomes.set(one.request, { ok: false, refusal })
    else candidates.push({ ...one, id: newUuid(now) })
  }
  const foreseen = takeAvailable(opening, candidates.map(holdOf))
  return { candidates, foreseen, outcomes, contentsRoom, authorizations }
}

type Hold = Extract<Transfer, { type: 'pending' | 'posted' }> & { ledger: AffixingLedger }

/** The pending transfer of a candidate. */
export function holdOf({ request, id }: Candidate): Hold {
  return {
    accountId: request.caller.accountId,
    id,
    type: 'pending',
    ledger: ledgerOf(request.caller.keyKind),
    debit: 'quota',
    credit: 'spent',
    amount: 1n,
    purpose: 'affixing',
  }
}

/** Reservations on their way into the store, with the acts to record and the answers of their turn. */
export type Holding = {
  outcomes: Map<ReserveRequest, Reserved>
  acts: AffixingAct[]
  /** Writes what the reservations are made of. Throws SerialTaken where a serial number is another's already. */
  store(): Promise<void>
}

/** What follows of the ledger's answers to the candidates' holds, in their order. A test account that is empty is filled up first. */
export async function holdReservations(
  tx: Tx,
  given: AffixingGiven,
  turn: { decided: Decided; results: readonly TransferResult[]; now: Date; forms: RecipeForms },
): Promise<Holding> {
  const { decided, now } = turn
  const outcomes = new Map(decided.outcomes)
  const held: Candidate[] = []
  for (const [i, candidate] of decided.candidates.entries()) {
    const result = turn.results[i]?.result
    if (result !== 'ok' && result !== 'exceeds_balance')
      throw new Error(`the ledger answered ${result ?? 'nothing'} to a reservation`)
    if (result === 'ok' || (await holdSpecimen(tx, candidate, now))) held.push(candidate)
    else outcomes.set(candidate.request, await quotaEmpty(tx, candidate.request))
  }
  await decided.authorizations.keepFor(tx, held)
  const random = randomIntegers(given.randomBytes)
  const made = held.map((candidate) => {
    const serial = makeSerial(candidate.signer.specimen, now, random)
    return { candidate, recipe: recipeOf(given, { ...decided, candidate, serial, now }) }
  })
  for (const one of made)
    outcomes.set(one.candidate.request, {
      ok: true,
      id: one.candidate.id,
      repeated: false,
      affixing: reservedNow(one, now),
    })
  return {
    outcomes,
    acts: made.map(({ candidate, recipe }) => ({
      accountId: candidate.request.caller.accountId,
      id: candidate.id,
      actor: actorOf(candidate.request.caller),
      action: 'affixing.reserved',
      detail: { serial: recipe.serial, ...paidBy(candidate.request) },
    })),
    async store() {
      await Promise.all([
        registerSerials(
          tx,
          made.map(({ candidate, recipe }) => ({
            serial: recipe.serial,
            accountId: candidate.request.caller.accountId,
            id: candidate.id,
          })),
        ),
        insertAffixings(tx, { recipes: made, now, forms: turn.forms }),
        bindKeys(tx, { bound: held, now }),
        bindBatchItems(tx, { held, now }),
        countReserved(tx, {
          reserved: held.map(({ request, id }) => ({ caller: request.caller, affixingId: id })),
          now,
        }),
      ])
    },
  }
}

/** The order that paid for just this reservation, where one did. */
const paidBy = ({ intentOrderId }: ReserveRequest): { order?: string } =>
  intentOrderId === undefined ? {} : { order: publicId('order', intentOrderId) }

/** What an earlier call already settled; undefined when this request makes a new reservation. */
function decideByEarlier(request: ReserveRequest, earlier: Earlier): Reserved | undefined {
  const { keyRow, sameSource } = earlier
  if (keyRow !== undefined) {
    if (request.operation === 'stamping') {
      if (keyRow.leaseOwner !== request.leaseOwner)
        return { ok: false, refusal: { code: 'in_progress', values: { seconds: 1 } } }
    } else if (keyRow.fingerprint !== request.fingerprint) {
      return { ok: false, refusal: { code: 'key_reused', values: { key: request.key } } }
    }
    if (keyRow.affixingId !== undefined) {
      if (keyRow.state !== 'released') return { ok: true, id: keyRow.affixingId, repeated: true }
      if (request.operation === 'affixing') {
        const affixingId = publicId('affixing', keyRow.affixingId)
        return {
          ok: false,
          refusal: { code: 'affixing_released', values: { reason: keyRow.releaseReason ?? '', affixingId } },
        }
      }
    }
  }
  if (sameSource !== undefined && !request.additional) {
    const values = { affixingId: publicId('affixing', sameSource.affixingId), serial: sameSource.serial }
    const code = sameSource.state === 'affixed' ? 'already_stamped' : 'already_reserved'
    return { ok: false, refusal: { code, values } }
  }
  return undefined
}

/** Whether an account of specimens that was empty holds the unit now. */
async function holdSpecimen(tx: Tx, candidate: Candidate, now: Date): Promise<boolean> {
  const { accountId, keyKind } = candidate.request.caller
  if (ledgerOf(keyKind) !== 'specimens') return false
  await grantSpecimens(tx, { accountId, id: newUuid(now), at: now })
  const [again] = await applyTransfers(tx, [holdOf(candidate)], now)
  return again?.result === 'ok'
}

async function quotaEmpty(tx: Tx, request: ReserveRequest): Promise<Reserved> {
  const quota = await readQuota(tx, { accountId: request.caller.accountId, ledger: ledgerOf(request.caller.keyKind) })
  return { ok: false, refusal: { code: 'quota_empty', values: { available: Number(quota.available) } } }
}

type WithRecipe = { candidate: Candidate; recipe: Recipe }

function recipeOf(
  given: AffixingGiven,
  made: { candidate: Candidate; serial: string; now: Date; contentsRoom: ReadonlyMap<string, number> },
): Recipe {
  const { request, signer } = made.candidate
  return {
    format: 1,
    pictureVersion: 1,
    artworkSha256: given.artwork?.sha256 ?? null,
    sourceSha256: request.sourceSha256,
    sourceLength: request.sourceLength,
    placement: request.placement,
    documentType: request.facts.documentType,
    reason: `[${made.serial}] ${documentTypeName(request.facts.documentType) ?? request.facts.documentType}`,
    location: request.facts.location ?? given.location,
    serial: made.serial,
    checkUrl: `${given.publicUrl}/cek/${made.serial}`,
    specimen: signer.specimen,
    signedAt: `${made.now.toISOString().slice(0, 19)}Z`,
    seed: toHex(given.randomBytes(32)),
    signerKeyId: signer.signerKeyId,
    contentsBytes: Math.max(signer.contentsBytes, made.contentsRoom.get(signer.signerKeyId) ?? 0),
    profile: 'B-LT',
  }
}

/** The affixing as its row has it now. */
function reservedNow({ candidate: { id, request }, recipe }: WithRecipe, now: Date): Affixing {
  return {
    accountId: request.caller.accountId,
    id,
    state: 'reserved',
    ledger: ledgerOf(request.caller.keyKind),
    serial: recipe.serial,
    recipe,
    facts: request.facts,
    pageCount: request.pageCount,
    additional: request.additional,
    createdAt: now,
    expiresAt: expiryOf(now),
    digest: undefined,
    affixedAt: undefined,
    releasedAt: undefined,
    releaseReason: undefined,
  }
}

const expiryOf = (reservedAt: Date): Date => new Date(reservedAt.getTime() + reservationSeconds * 1000)

/** Room that signatures of these keys were found to need beyond the signer's own measure. */
async function readContentsRoom(tx: Tx, { issuer, specimen }: AffixingGiven['signers']): Promise<Map<string, number>> {
  const keyIds = [issuer, specimen].flatMap((signer) => signer?.signerKeyId ?? [])
  const rows = await tx<{ signer_key_id: string; contents_bytes: number }[]>`
    select signer_key_id, contents_bytes from signer_keys where signer_key_id = any(${keyIds}::text[])`
  return new Map(rows.map((row) => [row.signer_key_id, row.contents_bytes]))
}

async function insertAffixings(
  tx: Tx,
  turn: { recipes: readonly WithRecipe[]; now: Date; forms: RecipeForms },
): Promise<void> {
  if (turn.recipes.length === 0) return
  const requests = turn.recipes.map(({ candidate }) => candidate.request)
  const recipes = turn.recipes.map(({ recipe }) => recipe)
  const forms = await turn.forms.idsOf(tx, recipes, turn.now)
  const bytes = (hexes: readonly string[]) =>
    tx.array(
      hexes.map((hex) => Buffer.from(hex, 'hex')),
      arrayOid.bytea,
    )
  await tx`
    insert into affixings (account_id, affixing_id, state, ledger, serial, source_sha256, page_count, additional, facts,
      recipe_form, source_length, page, box_left, box_bottom, seed, person_id, created_at, expires_at)
    select u.account_id, u.affixing_id, 'reserved', u.ledger, u.serial, u.source_sha256, u.page_count, u.additional, u.facts::jsonb,
      u.recipe_form, u.source_length, u.page, u.box_left, u.box_bottom, u.seed, u.person_id,
      ${turn.now}, ${expiryOf(turn.now)}
    from unnest(
      ${requests.map((request) => request.caller.accountId)}::uuid[], ${turn.recipes.map(({ candidate }) => candidate.id)}::uuid[],
      ${requests.map((request) => ledgerOf(request.caller.keyKind))}::text[], ${recipes.map(({ serial }) => serial)}::text[],
      ${bytes(recipes.map(({ sourceSha256 }) => sourceSha256))}::bytea[], ${requests.map((request) => request.pageCount)}::int[],
      ${tx.array(
        requests.map((request) => request.additional),
        arrayOid.bool,
      )}::boolean[], ${requests.map((request) => factsText(request.facts))}::text[],
      ${forms}::int[], ${recipes.map(({ sourceLength }) => sourceLength)}::int[], ${recipes.map(({ placement }) => placement.page)}::int[],
      ${recipes.map(({ placement }) => placement.left)}::float8[], ${recipes.map(({ placement }) => placement.bottom)}::float8[],
      ${bytes(recipes.map(({ seed }) => seed))}::bytea[], ${requests.map(({ caller }) => caller.person?.personId ?? null)}::uuid[]
    ) u(account_id, affixing_id, ledger, serial, source_sha256, page_count, additional, facts, recipe_form, source_length, page,
      box_left, box_bottom, seed, person_id)`
}
