import type { Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import type { PdfDocument } from './document.ts'
import { openForStamping, readFacts, refusing, type DocumentFacts, type HeldSignature } from './document-facts.ts'

/** How a document is opened and verified; `heldSignatures` of stamp/check is what `verify` is made for. */
export type LookOptions = {
  password?: string
  /** The signatures in the order they were made. Without it none is verified. */
  verify?: (bytes: Uint8Array) => readonly HeldSignature[]
}

/** `opened` is for whoever goes on reading. */
export type Looked =
  | { ok: true; document: DocumentFacts; opened: PdfDocument }
  | { ok: false; refusal: Refusal<DocumentRefusal> }

/**
 * What to know about a document before a stamp's place is chosen, or why it takes none; `preflight` also tries the writing. A stamp is
 * never put on a signature that is broken, nor on a document that was changed after it was signed: signature_broken,
 * changed_after_signature.
 */
export function look(bytes: Uint8Array, primitives: Primitives, options: LookOptions = {}): Looked {
  const open = openForStamping(bytes, primitives, options.password)
  if (!open.ok) return open
  const opened = open.document
  const read = refusing(() => readFacts(opened))
  if (!read.ok) return read
  const facts = read.value
  if (facts.signatures.length === 0 || options.verify === undefined) return { ok: true, document: facts, opened }
  const verified = options.verify(bytes)
  // what only a password opens, nobody verified
  const signatures = verified.length === 0 ? facts.signatures : [...verified]
  const refusal = refusalOf(signatures)
  return refusal === undefined ? { ok: true, document: { ...facts, signatures }, opened } : { ok: false, refusal }
}

function refusalOf(signatures: readonly HeldSignature[]): Refusal<DocumentRefusal> | undefined {
  const broken = signatures.find(({ state }) => state === 'broken')
  if (broken !== undefined) return { code: 'signature_broken', values: { field: broken.fieldName } }
  // what was changed before the last signature, its signer has seen
  const last = signatures.at(-1)
  return last?.state === 'changed' ? { code: 'changed_after_signature', values: { field: last.fieldName } } : undefined
}
