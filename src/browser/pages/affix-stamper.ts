import { affixDocument, digestOf, type Progress } from '../../client/affix.ts'
import { fetchArtwork } from '../../client/artwork.ts'
import { AnswerError } from '../../client/json-fields.ts'
import { rebuildDocument } from '../../client/rebuild.ts'
import { fetchAffixing } from '../../client/reservation.ts'
import type { HeldSignature } from '../../stamp/pdf/document-facts.ts'
import { preflight } from '../../stamp/pdf/preflight.ts'
import { browserPrimitives } from '../primitives.ts'
import type { AffixOrder, AffixStep, Answer, OnTheWay, RebuildOrder, StampedCopy } from './affix-messages.ts'
import { portalConnection } from './fetch-transport.ts'

// What the worker loads to foresee and to make the stamped copy: all of it is there before anything is asked of the service.

/** A document that was looked at and can be stamped, as far as is known. */
export type Opened = {
  original: Uint8Array
  password?: string
  verify?: (bytes: Uint8Array) => readonly HeldSignature[]
}

/** What a locked file is read with, too. */
export const primitives = browserPrimitives

/** Does what is asked; `tell` hears each step. An answer outside the contract is none: nothing is lost, the same may be asked again. */
export async function answerStamping(
  opened: Opened,
  order: { kind: 'foresee' } | AffixOrder | RebuildOrder,
  tell: (told: OnTheWay) => void,
): Promise<Answer> {
  try {
    if (order.kind === 'foresee') return foresee(opened)
    return await (order.kind === 'affix' ? affix(opened, order, tell) : rebuild(opened, order))
  } catch (error) {
    if (error instanceof AnswerError) return { kind: 'refused', refusal: { code: 'service_unreachable' } }
    throw error
  }
}

/** Tries the writing, and says how long the copy will be. */
function foresee({ original, password }: Opened): Answer {
  const tried = preflight(original, primitives, password === undefined ? {} : { password })
  if (!tried.ok) return { kind: 'refused', refusal: tried.refusal }
  const { stampedBytes } = tried.document
  return { kind: 'foreseen', foreseen: { stampedBytes, sha256: digestOf(original, primitives) } }
}

const stepOf = {
  checked: undefined,
  reserving: 'reserving',
  placing: 'placing',
  signing: 'signing',
  waiting: 'waiting',
  embedding: 'embedding',
} as const satisfies Record<Progress['step'], AffixStep | undefined>

async function affix(opened: Opened, order: AffixOrder, tell: (told: OnTheWay) => void): Promise<Answer> {
  const { original, password, verify } = opened
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

/** The stamped copy of before, from what the service stored. */
async function rebuild({ original, password }: Opened, order: RebuildOrder): Promise<Answer> {
  const connection = portalConnection(order.way)
  const found = await fetchAffixing(connection, order.affixingId)
  if (!found.ok) return { kind: 'refused', refusal: found.refusal }
  const drawn = await fetchArtwork(connection, found.affixing.recipe, primitives)
  if (!drawn.ok) return { kind: 'refused', refusal: drawn.refusal }
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
