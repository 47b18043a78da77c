import { randomUUID } from 'node:crypto'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { affixDocument, digestOf, type AffixOutcome } from '../../client/affix.ts'
import { choosePlace } from '../../client/choose-place.ts'
import { errorList } from '../../errors.ts'
import { agentPollsMax } from '../../limits/traffic.ts'
import { heldSignatures } from '../../stamp/check/held-signatures.ts'
import type { DocumentFacts } from '../../stamp/pdf/document-facts.ts'
import type { BegunStamps } from '../begun-stamps.ts'
import type { Server } from '../connection.ts'
import type { StampOrder } from '../stamp-order.ts'

/** What a caller of the agent wants stamped. */
export type AgentOrder = {
  original: Uint8Array
  order: StampOrder
  additional: boolean
  password: string | undefined
  /** The caller's own key; without one the agent makes one and remembers it for a while: an answer can be lost on its way. */
  idempotencyKey: string | undefined
}

/** An outcome, and how to forget what it was made by, once its caller has it for sure. */
export type AgentStamped = { outcome: AffixOutcome; forget(): Promise<void> }

/**
 * Stamps as `meterai stamp` does: what was begun by an earlier call for the same document and order goes on, also after
 * this process died.
 */
export async function stampForCaller(
  on: { server: Server & { key: string }; notes: BegunStamps },
  wanted: AgentOrder,
): Promise<AgentStamped> {
  const { server, notes } = on
  const { original, order, additional, password } = wanted
  const affix = {
    verifySignatures: (bytes: Uint8Array) => heldSignatures(bytes, nodePrimitives),
    ...server,
    polls: agentPollsMax,
    original,
    password,
    facts: order.facts,
    placement: (document: DocumentFacts) => choosePlace(order, document),
    additional,
    primitives: nodePrimitives,
  }
  if (wanted.idempotencyKey !== undefined) {
    const outcome = await affixDocument({ ...affix, idempotencyKey: wanted.idempotencyKey })
    return { outcome, forget: () => Promise.resolve() }
  }
  const name = { url: server.url, key: server.key, sourceSha256: digestOf(original, nodePrimitives), additional }
  const orderText = JSON.stringify(order)
  const earlier = await notes.read(name)
  const begun = earlier?.order === orderText ? earlier : undefined
  const idempotencyKey = begun?.idempotencyKey ?? randomUUID()
  const outcome = await affixDocument({
    ...affix,
    idempotencyKey,
    remember: (note) => notes.write(name, { ...note, order: orderText, output: '' }),
  })
  // What may pass keeps its note: the same call goes on with the same key.
  if (!outcome.ok && !errorList[outcome.refusal.code].mayRetry) await notes.remove(name)
  return {
    outcome,
    async forget() {
      // another order for the same document may have its own note by now
      if (outcome.ok && (await notes.read(name))?.idempotencyKey === idempotencyKey) await notes.remove(name)
    },
  }
}
