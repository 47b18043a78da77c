import { toHex } from '../base/bytes.ts'
import { faultPoint } from '../base/fault-points.ts'
import { newUuid, publicId } from '../base/ids.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { grantSpecimens } from '../identity/accounts.ts'
import { actorOf, type Caller } from '../identity/api-keys.ts'
import { readQuota } from '../ledger/balances.ts'
import { applyTransfers, type Transfer } from '../ledger/transfers.ts'
import { reservationSeconds, serialDrawsMax } from '../limits.ts'
import { documentTypeName } from '../stamp/document-types.ts'
import type { Placement, Recipe } from '../stamp/recipe.ts'
import { makeSerial } from '../stamp/serial.ts'
import type { StampSigner } from '../signing/stamp-signer.ts'
import type { Affixing, Facts } from './affixing.ts'
import { ledgerOf, signerFor, type AffixingGiven, type AffixingParts } from './affixing-parts.ts'
import { storeRecipeForms } from './recipe-forms.ts'
import { factsText } from './stored-facts.ts'
import { recordActs } from './record-acts.ts'
import { takeAuthorizations, type AuthorizationRefusal } from './reserve-authorized.ts'
import { countReserved, readRoom, reservationLimits, type LimitRefusal } from './reservation-limits.ts'
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
  /** Instead of an authorization: one was spent for this before, by an order or a batch. */
  confirmed?: true
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

/** Reserves for many at once; answers stand in the order of the requests. The caller holds the accounts' locks. */
export async function reserveBatch(
  tx: Tx,
  given: AffixingGiven,
  batch: { requests: readonly ReserveRequest[]; now: Date },
): Promise<Reserved[]> {
  const { requests, now } = batch
  const outcomes = new Map<ReserveRequest, Reserved>()
  // Requests of one batch that could answer each other (same key, same document) take turns.
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
    for (const [request, outcome] of await reserveTurn(tx, given, { requests: turn, now }))
      outcomes.set(request, outcome)
    left = later
  }
  return requests.map((request) => {
    const outcome = outcomes.get(request)
    if (outcome === undefined) throw new Error('a reservation got no answer')
    return outcome
  })
}

type Candidate = { request: ReserveRequest; id: string; signer: StampSigner; earlier: Earlier }

async function reserveTurn(
  tx: Tx,
  given: AffixingGiven,
  turn: { requests: readonly ReserveRequest[]; now: Date },
): Promise<Map<ReserveRequest, Reserved>> {
  const outcomes = new Map<ReserveRequest, Reserved>()
  const candidates: Candidate[] = []
  const callers = turn.requests.map(({ caller }) => caller)
  const [earlierOf, room, contentsRoom] = await Promise.all([
    findEarlier(tx, turn.requests),
    readRoom(tx, given.limits ?? reservationLimits, { callers, now: turn.now }),
    readContentsRoom(tx, given.signers),
  ])
  const fresh: Omit<Candidate, 'id'>[] = []
  for (const [request, earlier] of earlierOf) {
    const decided = decideByEarlier(request, earlier)
    const signer = signerFor(given.signers, request.caller.keyKind)
    if (decided !== undefined) outcomes.set(request, decided)
    else if (signer === undefined) outcomes.set(request, { ok: false, refusal: { code: 'issuer_not_configured' } })
    else fresh.push({ request, signer, earlier })
  }
  const authorizations = await takeAuthorizations(
    tx,
    fresh.map(({ request }) => request),
    turn.now,
  )
  for (const one of fresh) {
    const refusal = authorizations.refusalOf(one.request) ?? room.take(one.request.caller)
    if (refusal !== undefined) outcomes.set(one.request, { ok: false, refusal })
    else candidates.push({ ...one, id: newUuid(turn.now) })
  }
  const held: Candidate[] = []
  const results = await holdUnits(tx, candidates, turn.now)
  for (const [i, candidate] of candidates.entries()) {
    if (results[i] === 'ok') held.push(candidate)
    else outcomes.set(candidate.request, await quotaEmpty(tx, candidate.request))
  }
  await authorizations.keepFor(
    tx,
    held.map(({ request }) => request),
  )
  const recipes = await makeRecipes(tx, given, { candidates: held, now: turn.now, contentsRoom })
  await Promise.all([
    insertAffixings(tx, { recipes, now: turn.now }),
    bindKeys(tx, { bound: held, now: turn.now }),
    countReserved(tx, {
      reserved: held.map(({ request, id }) => ({ caller: request.caller, affixingId: id })),
      now: turn.now,
    }),
    recordActs(
      tx,
      recipes.map(({ candidate, recipe }) => ({
        accountId: candidate.request.caller.accountId,
        id: candidate.id,
        actor: actorOf(candidate.request.caller),
        action: 'affixing.reserved',
        detail: { serial: recipe.serial },
      })),
      turn.now,
    ),
  ])
  for (const one of recipes)
    outcomes.set(one.candidate.request, {
      ok: true,
      id: one.candidate.id,
      repeated: false,
      affixing: reservedNow(one, turn.now),
    })
  return outcomes
}

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

/** The pending transfers; a test account that is empty is filled up and tried once more. */
async function holdUnits(tx: Tx, candidates: readonly Candidate[], now: Date): Promise<string[]> {
  const hold = ({ request, id }: Candidate): Transfer => ({
    accountId: request.caller.accountId,
    id,
    type: 'pending',
    ledger: ledgerOf(request.caller.keyKind),
    debit: 'quota',
    credit: 'spent',
    amount: 1n,
    purpose: 'affixing',
  })
  const results = (await applyTransfers(tx, candidates.map(hold), now)).map(({ result }) => result)
  for (const [i, candidate] of candidates.entries()) {
    if (results[i] !== 'exceeds_balance' || ledgerOf(candidate.request.caller.keyKind) !== 'specimens') continue
    await grantSpecimens(tx, { accountId: candidate.request.caller.accountId, id: newUuid(now), at: now })
    const again = await applyTransfers(tx, [hold(candidate)], now)
    results[i] = again[0]?.result ?? 'exceeds_balance'
  }
  for (const result of results) {
    if (result !== 'ok' && result !== 'exceeds_balance')
      throw new Error(`the ledger answered ${result} to a reservation`)
  }
  return results
}

async function quotaEmpty(tx: Tx, request: ReserveRequest): Promise<Reserved> {
  const quota = await readQuota(tx, { accountId: request.caller.accountId, ledger: ledgerOf(request.caller.keyKind) })
  return { ok: false, refusal: { code: 'quota_empty', values: { available: Number(quota.available) } } }
}

type WithRecipe = { candidate: Candidate; recipe: Recipe }

/** Draws serial numbers into the registry (again where one is taken) and completes the recipes. */
async function makeRecipes(
  tx: Tx,
  given: AffixingGiven,
  turn: { candidates: readonly Candidate[]; now: Date; contentsRoom: ReadonlyMap<string, number> },
): Promise<WithRecipe[]> {
  const random = randomIntegers(given.randomBytes)
  const done: WithRecipe[] = []
  let left = [...turn.candidates]
  for (let draw = 0; left.length > 0; draw++) {
    if (draw === serialDrawsMax) throw new Error(`no free serial number after ${serialDrawsMax} draws`)
    const drawn = left.map((candidate) => ({
      candidate,
      serial: makeSerial(candidate.signer.specimen, turn.now, random),
    }))
    const free = await tx<{ serial: string }[]>`
      insert into serials (serial, account_id, affixing_id)
      select serial, account_id, affixing_id from unnest(
        ${drawn.map((item) => item.serial)}::text[], ${drawn.map((item) => item.candidate.request.caller.accountId)}::uuid[],
        ${drawn.map((item) => item.candidate.id)}::uuid[]) u(serial, account_id, affixing_id)
      on conflict do nothing returning serial`
    const freed = new Set(free.map((row) => row.serial))
    left = []
    for (const { candidate, serial } of drawn) {
      if (!freed.delete(serial)) left.push(candidate)
      else done.push({ candidate, recipe: recipeOf(given, { ...turn, candidate, serial }) })
    }
  }
  return done
}

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

async function insertAffixings(tx: Tx, turn: { recipes: readonly WithRecipe[]; now: Date }): Promise<void> {
  if (turn.recipes.length === 0) return
  const requests = turn.recipes.map(({ candidate }) => candidate.request)
  const recipes = turn.recipes.map(({ recipe }) => recipe)
  const forms = await storeRecipeForms(tx, recipes, turn.now)
  const bytes = (hexes: readonly string[]) =>
    tx.array(
      hexes.map((hex) => Buffer.from(hex, 'hex')),
      arrayOid.bytea,
    )
  await tx`
    insert into affixings (account_id, affixing_id, state, ledger, serial, source_sha256, page_count, additional, facts,
      recipe_form, source_length, page, box_left, box_bottom, seed, created_at, expires_at)
    select u.account_id, u.affixing_id, 'reserved', u.ledger, u.serial, u.source_sha256, u.page_count, u.additional, u.facts::jsonb,
      u.recipe_form, u.source_length, u.page, u.box_left, u.box_bottom, u.seed,
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
      ${bytes(recipes.map(({ seed }) => seed))}::bytea[]
    ) u(account_id, affixing_id, ledger, serial, source_sha256, page_count, additional, facts, recipe_form, source_length, page,
      box_left, box_bottom, seed)`
}

/** Uniform integers in [0, below) for below <= 256, by drawing again outside the largest multiple. Bytes are drawn in bulk. */
function randomIntegers(randomBytes: (count: number) => Uint8Array): (below: number) => number {
  let drawn: Iterator<number> = [].values()
  return (below) => {
    const bound = 256 - (256 % below)
    for (;;) {
      const { value, done } = drawn.next()
      if (done === true) drawn = randomBytes(1024).values()
      else if (value < bound) return value % below
    }
  }
}
