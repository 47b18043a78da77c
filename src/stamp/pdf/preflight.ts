import type { Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import { refusing, type DocumentFacts } from './document-facts.ts'
import { look, type LookOptions } from './look.ts'
import { stampedBytes } from './stamped-bytes.ts'

/** `stampedBytes`: how long the stamped copy of the usual signer will be, at most a tenth too much. */
export type Preflight =
  | { ok: true; document: DocumentFacts & { stampedBytes: number } }
  | { ok: false; refusal: Refusal<DocumentRefusal> }

/** Whether a document can be stamped, and what to know about it: `look`, and the writing tried; nothing is spent. */
export function preflight(bytes: Uint8Array, primitives: Primitives, options: LookOptions = {}): Preflight {
  const looked = look(bytes, primitives, options)
  if (!looked.ok) return looked
  const foreseen = refusing(() => stampedBytes(looked.opened, primitives))
  if (!foreseen.ok) return foreseen
  return { ok: true, document: { ...looked.document, stampedBytes: foreseen.value } }
}
