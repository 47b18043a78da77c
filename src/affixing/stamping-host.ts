import { Overloaded } from '../base/batching.ts'
import { faultPoint } from '../base/fault-points.ts'
import { parsePublicId, publicId } from '../base/ids.ts'
import { errorList, RefusedError, type Refusal } from '../errors.ts'
import { actorOf } from '../identity/api-keys.ts'
import { pagesMax } from '../limits/stamping.ts'
import { affixStamp } from './affix.ts'
import { findArtwork } from './artworks.ts'
import { affixingJson, signedJson, waitingJson } from './affixing-json.ts'
import type { AffixingParts } from './affixing-parts.ts'
import type { Layout } from './pdf-process-messages.ts'
import type { PdfJobHost } from './pdf-conversation.ts'
import { cancelAffixing } from './release.ts'
import { reserveQuota } from './reserve.ts'
import type { StampingRequest } from './stampings.ts'
import type { StampingKey } from './stamping-keys.ts'

type Answer = Awaited<ReturnType<PdfJobHost['request']>>

/** What an attempt gives the PDF process, and what it can be asked afterwards. */
export type StampingHost = PdfJobHost & {
  /** The affixing this attempt reserved or resumed. */
  affixingId(): string | undefined
  /** Its signature is stored, or waits only for a timestamp: the process is not needed any more. */
  settled(): boolean
}

/**
 * Answers the calls of the PDF process as the API would, for this one upload. The process holds an untrusted file, so it
 * is believed only what it alone can know: the number of pages, the page that `last` is, and the digest.
 */
export function stampingHost(
  parts: AffixingParts,
  attempt: {
    request: StampingRequest
    stamping: StampingKey
    leaseOwner: string
    abandon(): void
    keepPrepared(id: string, layout: Layout): Promise<void>
  },
): StampingHost {
  const { request, stamping, leaseOwner } = attempt
  const { caller } = request
  const actor = actorOf(caller)
  let current: string | undefined
  let settled = false

  async function reserve(json: unknown): Promise<Answer> {
    const { page, pageCount } = pagesOf(json)
    const { sha256, length } = request.upload
    const outcome = await reserveQuota(parts, {
      caller,
      operation: 'stamping',
      key: stamping.key,
      fingerprint: stamping.fingerprint,
      leaseOwner,
      facts: request.facts,
      placement: { ...request.placement, page },
      sourceSha256: sha256,
      sourceLength: length,
      pageCount,
      additional: request.additional,
      authorization: request.authorization,
      intentOrderId: request.intentOrderId,
    })
    if (!outcome.ok) return problem(outcome.refusal)
    await faultPoint('stamping.reservedNotPrepared')
    return show(outcome.id, 201)
  }

  async function show(id: string, status: number): Promise<Answer> {
    const found = await parts.lanes.find({ accountId: caller.accountId, id })
    if (found === undefined) return problem({ code: 'not_found', values: { id: publicId('affixing', id) } })
    current = id
    return { status, headers: {}, json: affixingJson(found.affixing, found.signature) }
  }

  async function sign(id: string, json: unknown): Promise<Answer> {
    const digest = typeof json === 'object' && json !== null && 'digest' in json ? String(json.digest) : ''
    if (!/^[0-9a-f]{64}$/.test(digest))
      return problem({ code: 'digest_malformed', values: { digest: digest.slice(0, 80) } })
    const outcome = await affixStamp(parts, { accountId: caller.accountId, id, digest, actor })
    if (!outcome.ok) return problem(outcome.refusal)
    settled = true
    if (outcome.state === 'affixed')
      return { status: 200, headers: {}, json: signedJson(outcome.signed.affixing, outcome.signed.signature) }
    attempt.abandon()
    return { status: 202, headers: {}, json: waitingJson(outcome.affixing) }
  }

  async function cancel(id: string): Promise<Answer> {
    const outcome = await cancelAffixing(parts, { accountId: caller.accountId, id, actor, reason: 'refused' })
    if (current === id) current = undefined
    return outcome.ok ? { status: 200, headers: {}, json: affixingJson(outcome.affixing) } : problem(outcome.refusal)
  }

  return {
    affixingId: () => current,
    settled: () => settled,
    async prepared(layout) {
      if (current === undefined) throw new Error('a prepared file without its affixing')
      await attempt.keepPrepared(current, layout)
      await faultPoint('stamping.preparedNotSigned')
    },
    async request({ method, path, json }) {
      try {
        if (method === 'POST' && path === '/v1/affixings') return await reserve(json)
        const artwork = /^\/v1\/artworks\/([0-9a-f]{64})$/.exec(path)?.[1]
        if (artwork !== undefined) return await showArtwork(parts, artwork)
        const id = affixingOfPath(path)
        if (method === 'PUT' && path.endsWith('/signature')) return await sign(id, json)
        if (method === 'DELETE') return await cancel(id)
        return await show(id, 200)
      } catch (error) {
        if (error instanceof RefusedError) return problem(error.refusal)
        if (error instanceof Overloaded) return problem({ code: 'overloaded', values: { seconds: 1 } })
        throw error
      }
    },
  }
}

/** An artwork as `GET /v1/artworks/<sha256>` answers it. */
export async function showArtwork({ database }: AffixingParts, sha256: string): Promise<Answer> {
  const artwork = await findArtwork(database, sha256)
  return artwork === undefined
    ? problem({ code: 'not_found', values: { id: sha256 } })
    : { status: 200, headers: {}, json: { sha256, text: artwork.text } }
}

function problem(refusal: Refusal): Answer {
  const { status } = errorList[refusal.code]
  return { status, headers: {}, json: { ...refusal.values, code: refusal.code, status } }
}

function pagesOf(json: unknown): { page: number; pageCount: number } {
  const body = typeof json === 'object' && json !== null ? json : {}
  const placement =
    'placement' in body && typeof body.placement === 'object' && body.placement !== null ? body.placement : {}
  const page = 'page' in placement ? Number(placement.page) : Number.NaN
  const pageCount = 'pageCount' in body ? Number(body.pageCount) : Number.NaN
  const whole =
    Number.isInteger(page) && Number.isInteger(pageCount) && page >= 1 && page <= pageCount && pageCount <= pagesMax
  if (!whole) throw new Error('the PDF process sent pages that cannot be')
  return { page, pageCount }
}

/** The UUID of an affixing in a path of the API; throws `not_found` as the API would. */
function affixingOfPath(path: string): string {
  const id = parsePublicId('affixing', path.split('/')[3] ?? '')
  if (id === undefined) throw new RefusedError({ code: 'not_found', values: { id: path } })
  return id
}
