import type { Primitives } from '../../base/primitives.ts'
import type { Refusal } from '../../errors.ts'
import { pdfBytesMax } from '../../limits/stamping.ts'
import { checkPlacement, type DocumentFacts } from '../../stamp/pdf/document-facts.ts'
import { look } from '../../stamp/pdf/look.ts'
import { NeedsCiphers, readingPrimitives } from '../reading-primitives.ts'
import type { Answer, FromAffix, OnTheWay, ToAffix, WorkerParts } from './affix-messages.ts'
import type * as Stamper from './affix-stamper.ts'
import type * as TextReader from './affix-text.ts'
import type * as Verifier from './held-signatures.ts'
import { fetchPart, loadOnce } from './load-part.ts'

// Holds the document and does all that takes long beside the page. The document never leaves here: what goes to the service are its
// digest, its length, its number of pages and what the person said about it. What only looks is loaded first; the rest when it is needed.

type Opened = Stamper.Opened & { document: DocumentFacts; primitives: Primitives; parts: Parts }
type Parts = ReturnType<typeof partsAt>
let opened: Opened | undefined

function partsAt(parts: WorkerParts) {
  return {
    verifier: loadOnce(async (): Promise<typeof Verifier> => import(await fetchPart(parts.verifier))),
    text: loadOnce(async (): Promise<typeof TextReader> => import(await fetchPart(parts.text))),
    stamper: loadOnce(async (): Promise<typeof Stamper> => import(await fetchPart(parts.stamper))),
  }
}

const refused = (refusal: Refusal): Answer => ({ kind: 'refused', refusal })
/** Nothing was asked of the service yet, so the same may be asked again. */
const unloaded = (): Answer => refused({ code: 'service_unreachable' })
const orNothing = <Part>(loading: Promise<Part>): Promise<Part | undefined> => loading.catch(() => undefined)

async function lookAt({ file, password, ...order }: Extract<ToAffix, { kind: 'look' }>): Promise<Answer> {
  const { size: bytes } = file
  if (bytes > pdfBytesMax) return refused({ code: 'file_too_large', values: { bytes, bytesMax: pdfBytesMax } })
  const original = new Uint8Array(await file.arrayBuffer())
  const parts = partsAt(order.parts)
  const opening = password === undefined ? {} : { password }
  let primitives = readingPrimitives
  let looked
  try {
    looked = look(original, primitives, opening)
  } catch (error) {
    if (!(error instanceof NeedsCiphers)) throw error
    const stamper = await orNothing(parts.stamper())
    if (stamper === undefined) return unloaded()
    primitives = stamper.primitives
    looked = look(original, primitives, opening)
  }
  const reading = { original, primitives, parts, ...opening }
  if (!looked.ok || looked.document.signatures.length === 0) return keep(reading, looked)
  const verifier = await orNothing(parts.verifier())
  if (verifier === undefined) return unloaded()
  const verify = verifier.verifyHeld
  return keep({ ...reading, verify }, look(original, primitives, { ...opening, verify }))
}

function keep(reading: Omit<Opened, 'document'>, looked: ReturnType<typeof look>): Answer {
  if (!looked.ok) return refused(looked.refusal)
  const { document } = looked
  opened = { ...reading, document }
  return { kind: 'looked', looked: { document, bytes: reading.original.length } }
}

/** What the document says of itself is not worth failing for. */
async function suggest(held: Opened, fileName: string): Promise<Answer> {
  const text = await orNothing(held.parts.text())
  return { kind: 'suggested', suggested: text?.readSuggestions(held, fileName) ?? { guess: {} } }
}

async function place(held: Opened, { placement }: Extract<ToAffix, { kind: 'place' }>): Promise<Answer> {
  const refusal = checkPlacement(held.document, placement)
  if (refusal !== undefined) return { kind: 'placed', refusal, warnings: [] }
  const text = await orNothing(held.parts.text())
  return { kind: 'placed', warnings: text?.readUnderStamp(held, placement) ?? [] }
}

async function answer(order: ToAffix, tell: (told: OnTheWay) => void): Promise<Answer> {
  if (order.kind === 'look') return lookAt(order)
  const held = opened
  if (held === undefined) return refused({ code: 'file_empty' })
  if (order.kind === 'suggest') return suggest(held, order.name)
  if (order.kind === 'place') return place(held, order)
  const stamper = await orNothing(held.parts.stamper())
  return stamper === undefined ? unloaded() : stamper.answerStamping(held, order, tell)
}

addEventListener('message', ({ data }: MessageEvent<ToAffix>) => {
  const tell = (told: OnTheWay | Answer) => postMessage({ id: data.id, ...told } satisfies FromAffix)
  // what is thrown is a mistake of ours: nothing is lost, the same may be asked again
  answer(data, tell).then(tell, () => tell(refused({ code: 'internal' })))
})
