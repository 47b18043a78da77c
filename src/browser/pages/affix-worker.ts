import { affixDocument, digestOf, type Progress } from '../../client/affix.ts'
import { AnswerError } from '../../client/json-fields.ts'
import { fetchArtwork } from '../../client/artwork.ts'
import { rebuildDocument } from '../../client/rebuild.ts'
import { fetchAffixing } from '../../client/reservation.ts'
import { suggestFrom } from '../../client/suggestions.ts'
import type { Refusal } from '../../errors.ts'
import { pdfBytesMax } from '../../limits/stamping.ts'
import { checkPlacement, type DocumentFacts, type HeldSignature } from '../../stamp/pdf/document-facts.ts'
import { preflight } from '../../stamp/pdf/preflight.ts'
import { lookUnderStamp } from '../../stamp/pdf/under-stamp.ts'
import { browserPrimitives } from '../primitives.ts'
import type { AffixStep, FromAffix, StampedCopy, ToAffix } from './affix-messages.ts'
import { portalConnection } from './fetch-transport.ts'

// Holds the document and does all that takes long beside the page. The document never leaves here: what goes to the service are its
// digest, its length, its number of pages and what the person said about it.

const primitives = browserPrimitives
type Verify = (bytes: Uint8Array) => readonly HeldSignature[]
type Opened = { original: Uint8Array; document: DocumentFacts; password?: string; verify?: Verify }
let opened: Opened | undefined

type Answer = FromAffix extends infer Each ? (Each extends { id: number } ? Omit<Each, 'id'> : never) : never

async function look(order: Extract<ToAffix, { kind: 'look' }>): Promise<Answer> {
  const { size: bytes } = order.file
  if (bytes > pdfBytesMax)
    return { kind: 'refused', refusal: { code: 'file_too_large', values: { bytes, bytesMax: pdfBytesMax } } }
  const original = new Uint8Array(await order.file.arrayBuffer())
  const opening = order.password === undefined ? {} : { password: order.password }
  let looked = preflight(original, primitives, opening)
  let verify: Verify | undefined
  if (looked.ok && looked.document.signatures.length > 0) {
    const loaded: { verifyHeld: Verify } = await import(order.verifier)
    verify = loaded.verifyHeld
    looked = preflight(original, primitives, { ...opening, verify })
  }
  if (!looked.ok) return { kind: 'refused', refusal: looked.refusal }
  const { document } = looked
  opened = { original, document, ...opening, ...(verify === undefined ? {} : { verify }) }
  const { name: fileName, password } = order
  const suggested =
    fileName === undefined ? { guess: {} } : suggestFrom({ original, document, fileName, primitives, password })
  const found = { document, sha256: digestOf(original, primitives), bytes: original.length }
  return { kind: 'looked', looked: { ...found, suggested } }
}

function place({ original, document, password }: Opened, order: Extract<ToAffix, { kind: 'place' }>): Answer {
  const { placement } = order
  const refusal = checkPlacement(document, placement)
  if (refusal !== undefined) return { kind: 'placed', refusal, warnings: [] }
  return { kind: 'placed', warnings: lookUnderStamp({ original, placement, primitives, password }) }
}

const stepOf = {
  checked: undefined,
  reserving: 'reserving',
  placing: 'placing',
  signing: 'signing',
  waiting: 'waiting',
  embedding: 'embedding',
} as const satisfies Record<Progress['step'], AffixStep | undefined>

async function affix(
  held: Opened,
  order: Extract<ToAffix, { kind: 'affix' }>,
  tell: (told: Answer) => void,
): Promise<Answer> {
  const { original, password, verify } = held
  const outcome = await affixDocument({
    ...portalConnection(order.way),
    original,
    primitives,
    password,
    facts: order.facts,
    placement: order.placement,
    idempotencyKey: order.key,
    additional: order.additional,
    ...(order.intent === undefined ? {} : { intent: order.intent }),
    ...(order.authorization === undefined || order.intent !== undefined ? {} : { authorization: order.authorization }),
    ...(verify === undefined ? {} : { verifySignatures: verify }),
    remember: async ({ affixingId }) => {
      if (affixingId !== undefined) tell({ kind: 'note', affixingId })
    },
    onProgress: (progress) => {
      const step = stepOf[progress.step]
      if (step === undefined) return
      tell({ kind: 'step', step, ...(progress.step === 'waiting' ? { seconds: progress.seconds } : {}) })
    },
  })
  return outcome.ok ? stamped(outcome.affixing, outcome.tail) : { kind: 'refused', refusal: outcome.refusal }
}

async function rebuild(held: Opened, order: Extract<ToAffix, { kind: 'rebuild' }>): Promise<Answer> {
  const connection = portalConnection(order.way)
  const found = await fetchAffixing(connection, order.affixingId)
  if (!found.ok) return { kind: 'refused', refusal: found.refusal }
  const drawn = await fetchArtwork(connection, found.affixing.recipe, primitives)
  if (!drawn.ok) return { kind: 'refused', refusal: drawn.refusal }
  const { original, password } = held
  const rebuilt = rebuildDocument({ original, primitives, password, artwork: drawn.artwork, affixing: found.affixing })
  return rebuilt.ok ? stamped(found.affixing, rebuilt.tail) : { kind: 'refused', refusal: rebuilt.refusal }
}

function stamped(affixing: { id: string; serial: string; recipe: { specimen: boolean } }, tail: Uint8Array): Answer {
  const copy: StampedCopy = {
    tail: new Uint8Array(tail),
    affixingId: affixing.id,
    serial: affixing.serial,
    specimen: affixing.recipe.specimen,
  }
  return { kind: 'stamped', copy }
}

async function answer(order: ToAffix, tell: (told: Answer) => void): Promise<Answer> {
  if (order.kind === 'look') return look(order)
  if (opened === undefined) return { kind: 'refused', refusal: { code: 'file_empty' } }
  if (order.kind === 'place') return place(opened, order)
  return order.kind === 'affix' ? affix(opened, order, tell) : rebuild(opened, order)
}

/** What is thrown is an answer outside the contract, or a mistake of ours: nothing is lost, the same may be asked again. */
function refusalOf(error: unknown): Refusal {
  return error instanceof AnswerError ? { code: 'service_unreachable' } : { code: 'internal' }
}

addEventListener('message', (event: MessageEvent<ToAffix>) => {
  const { id } = event.data
  const tell = (told: Answer) => postMessage({ id, ...told })
  answer(event.data, tell).then(tell, (error: unknown) => tell({ kind: 'refused', refusal: refusalOf(error) }))
})
