import type { Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import { openForStamping, readFacts, refusing, type DocumentFacts, type HeldSignature } from './document-facts.ts'
import { stampedBytes } from './stamped-bytes.ts'

/** `stampedBytes`: how long the stamped copy of the usual signer will be, at most a tenth too much. */
export type Preflight =
  | { ok: true; document: DocumentFacts & { stampedBytes: number } }
  | { ok: false; refusal: Refusal<DocumentRefusal> }

/** How `preflight` opens and verifies; `heldSignatures` of stamp/check is what `verify` is made for. */
export type PreflightOptions = {
  password?: string
  /** The signatures in the order they were made. Without it none is verified. */
  verify?: (bytes: Uint8Array) => readonly HeldSignature[]
}

/**
 * Whether a document can be stamped, and what to know about it; nothing is spent or written. A stamp is never put on a
 * signature that is broken, nor on a document that was changed after it was signed: signature_broken, changed_after_signature.
 */
export function preflight(bytes: Uint8Array, primitives: Primitives, options: PreflightOptions = {}): Preflight {
  const opened = openForStamping(bytes, primitives, options.password)
  if (!opened.ok) return opened
  const read = refusing(() => {
    const facts = readFacts(opened.document)
    return { ...facts, stampedBytes: stampedBytes(opened.document, primitives) }
  })
  if (!read.ok) return read
  const facts = read.value
  if (facts.signatures.length === 0 || options.verify === undefined) return { ok: true, document: facts }
  const verified = options.verify(bytes)
  // what only a password opens, nobody verified
  const signatures = verified.length === 0 ? facts.signatures : [...verified]
  const refusal = refusalOf(signatures)
  return refusal === undefined ? { ok: true, document: { ...facts, signatures } } : { ok: false, refusal }
}

function refusalOf(signatures: readonly HeldSignature[]): Refusal<DocumentRefusal> | undefined {
  const broken = signatures.find(({ state }) => state === 'broken')
  if (broken !== undefined) return { code: 'signature_broken', values: { field: broken.fieldName } }
  // what was changed before the last signature, its signer has seen
  const last = signatures.at(-1)
  return last?.state === 'changed' ? { code: 'changed_after_signature', values: { field: last.fieldName } } : undefined
}
