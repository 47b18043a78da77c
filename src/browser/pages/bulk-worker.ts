import { fetchQuota } from '../../client/account.ts'
import { findPlaces, putInBatches } from '../../client/bulk/batch-rows.ts'
import { wrongRows, type BulkRow, type RowResult } from '../../client/bulk/bulk-row.ts'
import { lookAtDocument, type Looked } from '../../client/bulk/look.ts'
import { planRows, type LookedRow, type Plan } from '../../client/bulk/plan.ts'
import { runRows, type BulkFiles } from '../../client/bulk/run.ts'
import { crc32Of, zipBytesMax, zipFilesMax, zipFrame } from '../../client/bulk/write-zip.ts'
import type { ConfirmBatch } from '../../client/batches.ts'
import { AnswerError, fieldsOf, textOf } from '../../client/json-fields.ts'
import { fetchStandings } from '../../client/standing.ts'
import { callService, type Connection } from '../../client/transport.ts'
import { toHex } from '../../base/bytes.ts'
import { batchNameLengthMax, pdfBytesMax } from '../../limits/stamping.ts'
import type { HeldSignature } from '../../stamp/pdf/document-facts.ts'
import { browserPrimitives } from '../primitives.ts'
import { openBulkJournal, type BulkJournal, type KeptCopy } from './bulk-journal.ts'
import type { BulkPlace, FromBulk, RunTold, ToBulk } from './bulk-messages.ts'
import { openFiles, outputOf, readSource, type PageSource } from './bulk-source.ts'
import { portalConnection } from './fetch-transport.ts'

// Many documents beside the page, by the same engine as `meterai bulk`. None of them leaves here: what goes to the service are digests,
// lengths, numbers of pages, places, and what the table says.

const primitives = browserPrimitives
/** Rows on their way at once: one thread computes them all, so more only wait for each other. */
const atOnce = 4

type Verify = (bytes: Uint8Array) => readonly HeldSignature[]
type Batch = {
  place: BulkPlace
  connection: Connection
  source: PageSource
  fileOf: (named: string) => File | undefined
  journal: BulkJournal
  batchKey: string
  tag: string | undefined
  plan: Plan
  settled: RowResult[]
  verify: Verify
}
let batch: Batch | undefined

const tell = (told: FromBulk) => postMessage(told)

function keyOf(source: PageSource, { account }: BulkPlace): string {
  const text = new TextEncoder().encode(['portal', account, source.marks].join('\n'))
  return toHex(primitives.hash('sha256').update(text).digest())
}

/** Looks at every document, asks what stands for them, and decides. Nothing is spent. */
async function plan({ order, place }: Extract<ToBulk, { kind: 'plan' }>): Promise<FromBulk> {
  const read = await readSource(order)
  if (!read.ok) return { kind: 'problem', ...read }
  const { source } = read
  const { verifyHeld: verify }: { verifyHeld: Verify } = await import(place.verifier)
  const connection = portalConnection({ csrf: place.csrf ?? '' })
  const fileOf = openFiles(order.files)
  const looked: LookedRow[] = []
  for (const row of source.rows) {
    looked.push({ row, looked: await lookAtRow(row, fileOf(row.file), verify) })
    tell({ kind: 'looking', done: looked.length, total: source.rows.length })
  }
  const digests = looked.flatMap(({ looked: found }) => (found.ok ? [found.sourceSha256] : []))
  const standings = await fetchStandings(connection, [...new Set(digests)])
  if (!standings.ok) return { kind: 'refused', refusal: standings.refusal }
  const quota = await fetchQuota(connection)
  if (!quota.ok) return { kind: 'refused', refusal: quota.refusal }
  const batchKey = keyOf(source, place)
  const journal = await openBulkJournal(batchKey)
  const { available, ledger } = quota.quota
  const made = planRows(looked, {
    batchKey,
    standings: standings.standings,
    earlier: journal.earlier,
    // a test account is filled up again when it is empty
    quota: { available, isEndless: ledger === 'specimens' },
    primitives,
  })
  const settled = [...made.settled, ...wrongRows(source.wrong)].toSorted((a, b) => a.row - b.row)
  const byPerson = place.csrf !== undefined
  const places = await findPlaces(connection, { rows: made.ready, memory: journal.batches, byPerson })
  if (!places.ok) return { kind: 'refused', refusal: places.refusal }
  const asksPin = byPerson && places.value.fresh.length > 0
  const { tag } = order
  batch = { place, connection, source, fileOf, journal, batchKey, tag, plan: made, settled, verify }
  const { isResumed, isKept } = journal
  const told = {
    ready: made.ready.length,
    settled,
    quota: made.quota,
    ignored: source.ignored,
    asksPin,
    isResumed,
    isKept,
  }
  return { kind: 'planned', plan: told }
}

async function lookAtRow(row: BulkRow, file: File | undefined, verify: Verify): Promise<Looked> {
  const read = await readFile(row.file, file)
  if (!read.ok) return read
  return lookAtDocument({ original: read.bytes, place: row.place, primitives, verifySignatures: verify })
}

async function readFile(named: string, file: File | undefined): Promise<Awaited<ReturnType<BulkFiles['read']>>> {
  if (file === undefined) return { ok: false, refusal: { code: 'not_found', values: { id: named } } }
  if (file.size > pdfBytesMax)
    return { ok: false, refusal: { code: 'file_too_large', values: { bytes: file.size, bytesMax: pdfBytesMax } } }
  try {
    return { ok: true, bytes: new Uint8Array(await file.arrayBuffer()) }
  } catch {
    // moved or changed since it was chosen
    return { ok: false, refusal: { code: 'not_found', values: { id: named } } }
  }
}

/** Stamps what the plan has, as far as it comes; what was stamped is in the archives however it ended. */
async function run(held: Batch, pin: string | undefined): Promise<FromBulk> {
  const { plan: made, journal, settled } = held
  const name = held.source.name
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, batchNameLengthMax)
    .toWellFormed()
  const { account } = held.place
  await journal.start({ account, name, total: made.ready.length + journal.copies.size, startedAt: Date.now() })
  const placed = await putInBatches(held.connection, {
    rows: made.ready,
    memory: journal.batches,
    batchKey: held.batchKey,
    name: name.trim() === '' ? 'batch' : name,
    tag: held.tag,
    confirm: held.place.csrf === undefined ? undefined : confirmBy(held.connection, pin),
    primitives,
  })
  if (!placed.ok) return { kind: 'refused', refusal: placed.refusal }
  const { put } = placed
  let done = 0
  const ran = await runRows({
    ...held.connection,
    rows: put.rows,
    files: filesOf(held),
    primitives,
    verifySignatures: held.verify,
    atOnce,
    onResult: () => tell({ kind: 'progress', done: ++done, total: put.rows.length }),
  })
  const results = [...settled, ...put.settled, ...ran.results].toSorted((a, b) => a.row - b.row)
  const ended = ran.ended ?? put.ended
  const told: RunTold = {
    batchKey: held.batchKey,
    results,
    archives: archivesOf(held, results),
    ...(ended === undefined ? {} : { ended }),
  }
  return { kind: 'ended', run: told }
}

/** Lets the person's PIN confirm the documents of a new batch; without one, where the plan saw none to confirm, it asks for another plan. */
function confirmBy(connection: Connection, pin: string | undefined): ConfirmBatch {
  return async (sourceSha256s) => {
    if (pin === undefined) return { ok: false, refusal: { code: 'authorization_missing' } }
    const json = { pin, purpose: 'batch', sourceSha256s }
    // a wrong PIN is never sent twice
    const call = { method: 'POST', path: '/v1/pin-confirmations', json } as const
    const called = await callService({ ...connection, sends: 1 }, call)
    if (!called.ok) return called
    return { ok: true, value: textOf(fieldsOf(called.answer.json, 'confirmation'), 'authorization') }
  }
}

function filesOf({ fileOf, journal }: Batch): BulkFiles {
  return {
    read: (row) => readFile(row.file, fileOf(row.file)),
    begin: (row) => journal.begin(row.key),
    async keep(row, { original, tail, affixing }) {
      const output = outputOf(row.file)
      const { serial, id: affixingId } = affixing
      const crc32 = crc32Of([original, tail])
      const size = original.length + tail.length
      await journal.finish(row.key, { serial, affixingId, output, tail: new Blob([new Uint8Array(tail)]), size, crc32 })
      return output
    },
  }
}

/** The copies in as few archives as hold them: originals as they lie on the device, each with its tail behind it. */
function archivesOf({ journal, fileOf }: Batch, results: readonly RowResult[]): Blob[] {
  const byAffixing = new Map(Array.from(journal.copies.values(), (copy) => [copy.affixingId, copy]))
  const archives: { copy: KeptCopy; file: File }[][] = []
  let bytes = Infinity
  for (const { affixingId, file: named } of results) {
    const copy = affixingId === undefined ? undefined : byAffixing.get(affixingId)
    const file = fileOf(named)
    if (copy === undefined || file === undefined) continue
    if (bytes + copy.size > zipBytesMax || (archives.at(-1)?.length ?? 0) >= zipFilesMax) {
      archives.push([])
      bytes = 0
    }
    archives.at(-1)?.push({ copy, file })
    bytes += copy.size
  }
  return archives.map((files) => {
    const { heads, end } = zipFrame(files.map(({ copy }) => ({ ...copy, name: copy.output })))
    const pieces = files.flatMap(({ copy, file }, at) => [heads[at] ?? '', file, copy.tail])
    return new Blob([...pieces, ...end], { type: 'application/zip' })
  })
}

async function answer(order: ToBulk): Promise<FromBulk> {
  if (order.kind === 'plan') return plan(order)
  if (batch === undefined) return { kind: 'refused', refusal: { code: 'file_empty' } }
  return run(batch, order.pin)
}

addEventListener('message', ({ data }: MessageEvent<ToBulk>) => {
  answer(data).then(tell, (error: unknown) => {
    // an answer outside the contract, or a mistake of ours: nothing is lost, the same may be asked again
    const code = error instanceof AnswerError ? 'service_unreachable' : 'internal'
    tell({ kind: 'refused', refusal: { code } })
  })
})
