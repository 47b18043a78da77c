import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { faultPoint } from '../base/fault-points.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { Refusal } from '../errors.ts'
import { actorOf, type Caller } from '../identity/api-keys.ts'
import { leaseSeconds, stampingWaitMilliseconds } from '../limits/stamping.ts'
import type { Placement } from '../stamp/recipe.ts'
import type { AffixingParts } from './affixing-parts.ts'
import type { Affixing, Facts } from './affixing.ts'
import { fingerprintOf } from './fingerprint.ts'
import { keepDocument, readDocument } from './kept-documents.ts'
import type { PdfWorker } from './pdf-worker.ts'
import { rebuildUpload } from './rebuild-upload.ts'
import { cancelAffixing } from './release.ts'
import { stampingHost } from './stamping-host.ts'
import { type Claim, claimStamping, endStamping, renewStamping, type StampingKey } from './stamping-keys.ts'
import { losesAnswer } from './test-outcomes.ts'

/** An upload to be stamped: the file lies at `path` already, with its digest (64 hex) and length. */
export type StampingRequest = {
  caller: Caller
  key: string
  facts: Facts
  placement: Omit<Placement, 'page'> & { page: number | 'last' }
  additional: boolean
  /** What the person confirmed, where a session calls. */
  authorization?: string | undefined
  /** Instead of it: the paid order (UUID) that is for just this. */
  intentOrderId?: string | undefined
  upload: { path: string; sha256: string; length: number }
}

/** The stamped file, `lost` where a test key asked that this answer get lost; or an affixing that is not finished yet; or refused, which leaves neither key nor charge. */
export type Stamped =
  | { ok: true; state: 'affixed'; affixing: Affixing; document: Uint8Array; lost?: true }
  | { ok: true; state: 'waiting'; affixing: Affixing }
  | { ok: false; refusal: Refusal }

/** The server way: the service does the client's part for an uploaded file, which it takes over and deletes. */
export type Stampings = {
  stamp(request: StampingRequest): Promise<Stamped>
  /** The stamped file of an affixing of this account. */
  document(wanted: {
    accountId: string
    id: string
  }): Promise<{ ok: true; affixing: Affixing; document: Uint8Array } | { ok: false; refusal: Refusal }>
  /** The same made again from the original that lies at `originalPath`, which is deleted; nothing is kept. */
  rebuild(asked: { accountId: string; id: string; originalPath: string }): ReturnType<typeof rebuildUpload>
  blobs: Blobs
}

type StampingParts = { affixing: AffixingParts; blobs: Blobs; worker: PdfWorker; waitMilliseconds?: number }

/** The server way over these parts. */
export function openStampings(parts: StampingParts): Stampings {
  const { affixing, blobs, worker } = parts
  const document: Stampings['document'] = (wanted) =>
    readDocument({ database: affixing.database, blobs, worker }, wanted)

  async function answerFor(accountId: string, id: string): Promise<Stamped> {
    const found = await affixing.lanes.find({ accountId, id })
    if (found === undefined) throw new Error(`affixing ${id} is gone`)
    if (found.affixing.state === 'reserved') return { ok: true, state: 'waiting', affixing: found.affixing }
    const kept = await document({ accountId, id })
    return kept.ok ? { ok: true, state: 'affixed', affixing: kept.affixing, document: kept.document } : kept
  }

  return {
    blobs,
    document,
    rebuild: (asked) => rebuildUpload(parts, asked),
    async stamp(request) {
      const { accountId } = request.caller
      const stamping: StampingKey = { accountId, key: request.key, fingerprint: fingerprintOfUpload(request) }
      const claim = await claimOrDrop(affixing, stamping, request.upload.path)
      if (claim.kind === 'refused') return { ok: false, refusal: claim.refusal }
      if (claim.kind === 'settled') return answerFor(accountId, claim.affixingId)
      await faultPoint('stamping.claimedNotReserved')
      const attempt = runAttempt(parts, { request, stamping, leaseOwner: claim.leaseOwner })
      const late = new Promise<'late'>((resolve) => {
        setTimeout(resolve, parts.waitMilliseconds ?? stampingWaitMilliseconds, 'late').unref()
      })
      const first = await Promise.race([attempt.done, late])
      if (first !== 'late') {
        if (!first.ok) return first
        const answer = await answerFor(accountId, first.id)
        return answer.ok && answer.state === 'affixed' && losesAnswer(answer.affixing)
          ? { ...answer, lost: true }
          : answer
      }
      const id = attempt.affixingId()
      // Still before its reservation after 20 s: nothing can be shown yet, so the caller asks again with its key.
      if (id === undefined) return { ok: false, refusal: { code: 'in_progress', values: { seconds: 5 } } }
      return answerFor(accountId, id)
    },
  }
}

/** Claims the key. Only an attempt of ours needs the upload: whatever else comes of it, the file goes. */
async function claimOrDrop(affixing: AffixingParts, stamping: StampingKey, path: string): Promise<Claim> {
  let claim: Claim | undefined
  try {
    claim = await claimStamping(affixing, stamping, randomUUID())
    return claim
  } finally {
    if (claim?.kind !== 'ours') await rm(path, { force: true })
  }
}

function fingerprintOfUpload({ facts, placement, additional, upload }: StampingRequest): string {
  return fingerprintOf({ facts, placement, additional, fileSha256: upload.sha256 })
}

type Attempt = {
  done: Promise<{ ok: true; id: string } | { ok: false; refusal: Refusal }>
  affixingId(): string | undefined
}

/** One attempt under a lease that is renewed until it ends; it goes on when its caller has stopped waiting. */
function runAttempt(
  parts: StampingParts,
  attempt: { request: StampingRequest; stamping: StampingKey; leaseOwner: string },
): Attempt {
  const { request, stamping, leaseOwner } = attempt
  const { accountId } = request.caller
  const preparedPath = parts.blobs.temporaryPath()
  const abandon = new AbortController()
  const host = stampingHost(parts.affixing, {
    request,
    stamping,
    leaseOwner,
    abandon: () => abandon.abort(),
    keepPrepared: (id, layout) => keepDocument(parts, { accountId, id, path: preparedPath, layout }),
  })
  const renew = async () => {
    // A lease that cannot be renewed lapses by itself; the attempt's own database calls report the failure.
    const ours = await renewStamping(parts.affixing, stamping, leaseOwner).catch(() => true)
    if (!ours) abandon.abort()
  }
  const renewal = setInterval(() => void renew(), (leaseSeconds * 1000) / 3)

  async function run(): Promise<{ ok: true; id: string } | { ok: false; refusal: Refusal }> {
    const job = {
      kind: 'stamp',
      originalPath: request.upload.path,
      preparedPath,
      facts: request.facts,
      placement: request.placement,
      additional: request.additional,
    } as const
    const outcome = await parts.worker.run(job, host, abandon.signal)
    const id = host.affixingId()
    if ((outcome.ok || host.settled()) && id !== undefined) {
      await faultPoint('stamping.affixedNotEnded')
      await endStamping(parts.affixing, stamping, { leaseOwner, affixingId: id })
      await faultPoint('stamping.affixedNotAnswered')
      return { ok: true, id }
    }
    // Another call has taken the lease over, and with it the affixing: both are its now.
    if (!outcome.ok && 'ended' in outcome && outcome.ended === 'abandoned')
      return { ok: false, refusal: { code: 'in_progress', values: { seconds: 5 } } }
    if (id !== undefined)
      await cancelAffixing(parts.affixing, { accountId, id, actor: actorOf(request.caller), reason: 'refused' })
    await endStamping(parts.affixing, stamping, { leaseOwner, affixingId: undefined })
    if (outcome.ok) throw new Error('the PDF process finished without an affixing')
    return 'refusal' in outcome ? outcome : { ok: false, refusal: { code: 'too_complex' } }
  }

  async function runAndClean() {
    try {
      return await run()
    } finally {
      clearInterval(renewal)
      await Promise.all([rm(request.upload.path, { force: true }), rm(preparedPath, { force: true })])
    }
  }

  const done = runAndClean()
  // When the caller has stopped waiting nobody else hears of a failure; the lease lapses and a repeat takes over.
  done.catch(() => undefined)
  return { done, affixingId: () => host.affixingId() }
}
