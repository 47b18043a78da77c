import { randomUUID } from 'node:crypto'
import { copyFile, open, readFile } from 'node:fs/promises'
import { nodePrimitives } from '../base/primitives-node.ts'
import { affixDocument } from '../client/affix.ts'
import { readAffixing } from '../client/affixing-answer.ts'
import { heldSignatures } from '../stamp/check/held-signatures.ts'
import { fetchArtwork } from '../client/artwork.ts'
import { finishPrepared, rebuildDocument } from '../client/rebuild.ts'
import { unreachable } from '../base/unreachable.ts'
import type { Answer, Call, Transport } from '../client/transport.ts'
import type { Prepared } from '../stamp/pdf/place.ts'
import type { FromPdfProcess, PdfJob, ToPdfProcess } from './pdf-process-messages.ts'

// The child process that reads untrusted PDFs. It has no keys, no database and no environment; what it needs of the service
// it asks its parent for, one message at a time.

let answered: ((message: ToPdfProcess) => void) | undefined

function tell(message: FromPdfProcess): void {
  process.send?.(message)
}

function ask(message: FromPdfProcess): Promise<ToPdfProcess> {
  return new Promise((resolve) => {
    answered = resolve
    tell(message)
  })
}

const transport: Transport = {
  async request(call: Call): Promise<Answer> {
    const message = await ask({ kind: 'request', call })
    if (message.kind !== 'answer') throw new Error(`expected an answer, got ${message.kind}`)
    return message.answer
  },
}

async function stamp(job: Extract<PdfJob, { kind: 'stamp' }>): Promise<FromPdfProcess> {
  const outcome = await affixDocument({
    transport,
    // The service behind it is this one: what it refuses twice, its caller shall hear. Waiting here is waiting in everybody's way.
    sends: 2,
    original: await readFile(job.originalPath),
    facts: job.facts,
    placement: job.placement,
    additional: job.additional,
    // The parent has the upload's own key and uses no other.
    idempotencyKey: 'upload',
    newKey: randomUUID,
    primitives: nodePrimitives,
    verifySignatures: (bytes) => heldSignatures(bytes, nodePrimitives),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    async onPrepared({ tail, ...layout }: Prepared) {
      await copyFile(job.originalPath, job.preparedPath)
      await append(job.preparedPath, tail)
      const message = await ask({ kind: 'prepared', layout })
      if (message.kind !== 'kept') throw new Error(`expected "kept", got ${message.kind}`)
    },
  })
  return outcome.ok ? { kind: 'done' } : { kind: 'refused', refusal: outcome.refusal }
}

async function finish(job: Extract<PdfJob, { kind: 'finish' }>): Promise<FromPdfProcess> {
  const bytes = await readFile(job.preparedPath)
  const { sourceLength } = job.layout
  const original = bytes.subarray(0, sourceLength)
  const prepared: Prepared = { ...job.layout, tail: bytes.subarray(sourceLength) }
  const tail = finishPrepared({ original, prepared, affixing: readAffixing(job.affixing), primitives: nodePrimitives })
  await copyFile(job.preparedPath, job.outputPath)
  const file = await open(job.outputPath, 'r+')
  try {
    await file.truncate(sourceLength)
  } finally {
    await file.close()
  }
  await append(job.outputPath, tail)
  return { kind: 'done' }
}

async function rebuild(job: Extract<PdfJob, { kind: 'rebuild' }>): Promise<FromPdfProcess> {
  const original = await readFile(job.originalPath)
  const affixing = readAffixing(job.affixing)
  const drawn = await fetchArtwork(
    { transport, sends: 1, wait: () => Promise.resolve() },
    affixing.recipe,
    nodePrimitives,
  )
  if (!drawn.ok) return { kind: 'refused', refusal: drawn.refusal }
  const rebuilt = rebuildDocument({ original, affixing, artwork: drawn.artwork, primitives: nodePrimitives })
  if (!rebuilt.ok) return { kind: 'refused', refusal: rebuilt.refusal }
  await copyFile(job.originalPath, job.outputPath)
  await append(job.outputPath, rebuilt.tail)
  return { kind: 'done' }
}

/** A kind of job that is not known here fails to compile. */
function run(job: PdfJob): Promise<FromPdfProcess> {
  switch (job.kind) {
    case 'stamp':
      return stamp(job)
    case 'finish':
      return finish(job)
    case 'rebuild':
      return rebuild(job)
    default:
      return unreachable(job)
  }
}

async function append(path: string, tail: Uint8Array): Promise<void> {
  const file = await open(path, 'a')
  try {
    await file.writeFile(tail)
  } finally {
    await file.close()
  }
}

process.on('message', (message: ToPdfProcess) => {
  if (message.kind !== 'job') return answered?.(message)
  run(message.job).then(tell, (error: unknown) =>
    tell({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
tell({ kind: 'ready' })
