import { concatBytes } from '../base/bytes.ts'
import type { VerifyPrimitives } from '../base/primitives.ts'
import { RefusedError, type Refusal } from '../errors.ts'
import { check } from '../stamp/check/check.ts'
import { heldSignatures } from '../stamp/check/held-signatures.ts'
import { registryQuestions, verdictOf, type Verdict } from '../stamp/check/verdict.ts'
import type { Prepared } from '../stamp/pdf/place.ts'
import { fetchQuota, listAffixed, type Quota } from './account.ts'
import { affixDocument, digestOf, signPlaced, type AffixOrder, type Signed } from './affix.ts'
import type { Affixing } from './affixing-answer.ts'
import { fetchArtwork } from './artwork.ts'
import { clientPagesMax } from './bounds.ts'
import { fetchTransport, type FetchedService } from './fetch-transport.ts'
import { fieldsOf, listOf, optionalTextOf } from './json-fields.ts'
import { finishPrepared, placeByRecipe, rebuildDocument } from './rebuild.ts'
import { askRegistry, fetchTrustBundle } from './registry.ts'
import { cancelReservation, fetchAffixing, reserve, type Reservation, type ReservationRequest } from './reservation.ts'
import { callService, type Connection, type Wait } from './transport.ts'

/** Which service, and with whose key: `mk_live_...` or `mk_test_...`; without one only public calls are answered. */
export type ClientOptions = { url: string; key?: string; language?: 'id' | 'en'; fetch?: typeof fetch }

/** What a client needs of the place it runs in. */
export type ClientSurroundings = { primitives: VerifyPrimitives; fetch: typeof fetch; wait: Wait }

/** A value, or the refusal: its code stands in docs/errors.md, `values.sentence` says it in words. */
export type Outcome<Value> = ({ ok: true } & Value) | { ok: false; refusal: Refusal }

/** What stamp is wanted. The same `idempotencyKey` with the same order goes on where an earlier call ended, and costs one stamp. */
export type ClientOrder = Pick<
  AffixOrder,
  'facts' | 'placement' | 'idempotencyKey' | 'additional' | 'password' | 'remember' | 'onProgress'
>

/** Any call of `/v1`. With `idempotencyKey` a POST may be sent again where no answer came; without, it is sent once. */
export type ClientCall = { method: string; path: string; json?: unknown; idempotencyKey?: string }

/**
 * A service as programs use it. Documents stay where this runs: the service sees digests. What can be refused answers
 * `{ok: false, refusal}`; AnswerError is thrown for answers outside the contract.
 */
export type Client = {
  /** Looks, reserves, places, has it signed, embeds: `pdf` is the stamped file. Refused: nothing stays spent. */
  stamp(original: Uint8Array, order: ClientOrder): Promise<Outcome<{ pdf: Uint8Array; affixing: Affixing }>>
  /** The verdict on a file, by its signatures and the service's register. With `standing: 'unreachable'` only the first was to be had. */
  verify(pdf: Uint8Array, options?: { password?: string }): Promise<Outcome<{ verdict: Verdict }>>
  /** The stamped file again, byte for byte, from its original; it costs nothing. */
  rebuild(original: Uint8Array, affixing: Affixing, password?: string): Promise<Outcome<{ pdf: Uint8Array }>>
  quota(): Promise<Outcome<{ quota: Quota }>>
  affixing(id: string): Promise<Outcome<{ affixing: Affixing }>>
  /** Affixed stamps of one original, newest first. */
  stampsOf(original: Uint8Array): Promise<Outcome<{ affixings: Affixing[] }>>
  /** Gives a reservation's unit back; undefined when that is done. */
  cancel(id: string): Promise<Refusal | undefined>
  /** The first of the four steps, for whoever takes them one by one. */
  reserve(request: ReservationRequest, idempotencyKey: string): Promise<Reservation>
  /** The second: the stamp of this affixing in its place, unsigned. */
  place(original: Uint8Array, affixing: Affixing, password?: string): Promise<Outcome<{ prepared: Prepared }>>
  /** The third: the stored signature over `prepared.digest`; `again` where the reservation is over. */
  sign(affixing: Affixing, digest: string): Promise<Signed>
  /** The fourth: the stamped file. Throws Error where the affixing has no signature. */
  embed(original: Uint8Array, prepared: Prepared, affixing: Affixing, password?: string): Uint8Array
  /** SHA-256 in 64 lower-case hex, as `sourceSha256` wants it. */
  digestOf(bytes: Uint8Array): string
  /** Any call of `/v1`: orders, webhooks, members. */
  call(call: ClientCall): Promise<Outcome<{ status: number; headers: Record<string, string>; json: unknown }>>
  /** The items of a list, page after page. Throws RefusedError. */
  items(path: string): AsyncGenerator<unknown, void, void>
}

/** A client of the service at `options.url`. Throws TypeError where that is no web address. */
export function openClientIn(surroundings: ClientSurroundings, options: ClientOptions): Client {
  const { primitives } = surroundings
  const connection: Connection = {
    transport: fetchTransport(serviceOf(surroundings, options)),
    wait: surroundings.wait,
  }
  const open = (original: Uint8Array, password?: string) => ({
    original,
    primitives,
    ...(password === undefined ? {} : { password }),
  })
  return {
    async stamp(original, order) {
      const verifySignatures = (bytes: Uint8Array) => heldSignatures(bytes, primitives)
      const outcome = await affixDocument({ ...order, ...connection, original, primitives, verifySignatures })
      if (!outcome.ok) return outcome
      return { ok: true, pdf: concatBytes([original, outcome.tail]), affixing: outcome.affixing }
    },
    async verify(pdf, { password } = {}) {
      const fetched = await fetchTrustBundle(connection, primitives)
      if (!fetched.ok) return fetched
      const given = { ...fetched.bundle.trust, ...(password === undefined ? {} : { password }) }
      const report = check(pdf, given, primitives)
      const asked = await askRegistry(connection, registryQuestions(report))
      return { ok: true, verdict: verdictOf(report, asked.ok ? asked.answers : 'unreachable') }
    },
    async rebuild(original, affixing, password) {
      const drawn = await fetchArtwork(connection, affixing.recipe, primitives)
      if (!drawn.ok) return drawn
      const rebuilt = rebuildDocument({ ...open(original, password), artwork: drawn.artwork, affixing })
      return rebuilt.ok ? { ok: true, pdf: concatBytes([original, rebuilt.tail]) } : rebuilt
    },
    quota: () => fetchQuota(connection),
    affixing: (id) => fetchAffixing(connection, id),
    stampsOf: (original) => listAffixed(connection, digestOf(original, primitives)),
    cancel: (id) => cancelReservation(connection, id),
    reserve: (request, idempotencyKey) => reserve(connection, request, idempotencyKey),
    async place(original, affixing, password) {
      const drawn = await fetchArtwork(connection, affixing.recipe, primitives)
      if (!drawn.ok) return drawn
      return placeByRecipe({ ...open(original, password), artwork: drawn.artwork }, affixing.recipe)
    },
    sign: (affixing, digest) => signPlaced(connection, affixing, digest),
    embed: (original, prepared, affixing, password) =>
      concatBytes([original, finishPrepared({ ...open(original, password), prepared, affixing })]),
    digestOf: (bytes) => digestOf(bytes, primitives),
    call: (call) => callOnceOrMore(connection, call),
    items: (path) => itemsOf(connection, path),
  }
}

function serviceOf(surroundings: ClientSurroundings, options: ClientOptions): FetchedService {
  const { url, key, language = 'id' } = options
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new TypeError(`"${url}" is no web address; the service's begins with https://`)
  return { url: url.replace(/\/+$/, ''), key, language, fetch: options.fetch ?? surroundings.fetch }
}

/** A POST or PATCH without a key may have been done although no answer came, so it is not sent again. */
async function callOnceOrMore(
  connection: Connection,
  { method, path, json, idempotencyKey }: ClientCall,
): Promise<Outcome<{ status: number; headers: Record<string, string>; json: unknown }>> {
  const isRepeatable = ['GET', 'HEAD', 'PUT', 'DELETE'].includes(method) || idempotencyKey !== undefined
  const called = await callService(isRepeatable ? connection : { ...connection, sends: 1 }, {
    method,
    path,
    ...(json === undefined ? {} : { json }),
    ...(idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } }),
  })
  return called.ok ? { ok: true, ...called.answer } : called
}

async function* itemsOf(connection: Connection, path: string): AsyncGenerator<unknown, void, void> {
  const join = path.includes('?') ? '&' : '?'
  let cursor: string | undefined
  for (let pages = 0; pages < clientPagesMax; pages++) {
    const after = cursor === undefined ? '' : `${join}cursor=${encodeURIComponent(cursor)}`
    const called = await callService(connection, { method: 'GET', path: path + after })
    if (!called.ok) throw new RefusedError(called.refusal)
    const fields = fieldsOf(called.answer.json, 'list')
    yield* listOf(fields, 'items', (item) => item)
    cursor = optionalTextOf(fields, 'nextCursor')
    if (cursor === undefined) return
  }
}
