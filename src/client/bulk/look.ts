import type { Primitives } from '../../base/primitives.ts'
import type { Refusal } from '../../errors.ts'
import type { HeldSignature } from '../../stamp/pdf/document-facts.ts'
import { checkPlacement } from '../../stamp/pdf/document-facts.ts'
import { findAnchor } from '../../stamp/pdf/find-anchor.ts'
import { preflight } from '../../stamp/pdf/preflight.ts'
import type { Placement } from '../../stamp/recipe.ts'
import { digestOf } from '../affix.ts'
import { choosePlace, placeBeside } from '../choose-place.ts'
import type { BulkPlace } from './bulk-row.ts'

/** What a batch has to know of a document: which it is, and where its stamp will stand. */
export type LookedDocument = { sourceSha256: string; sourceLength: number; pageCount: number; placement: Placement }

/** Or why it cannot be stamped. The digest is there whenever the file could be read. */
export type Looked = ({ ok: true } & LookedDocument) | { ok: false; refusal: Refusal; sourceSha256?: string }

/**
 * Looks at one document of a batch, as `affixDocument` will: nothing is spent or sent. Refuses besides what `preflight` does
 * `carries_stamp`, `anchor_not_found`, and a place outside the page or over a signature.
 */
export function lookAtDocument(order: {
  original: Uint8Array
  place: BulkPlace
  primitives: Primitives
  password?: string | undefined
  verifySignatures?: (bytes: Uint8Array) => readonly HeldSignature[]
}): Looked {
  const { original, place, primitives, password } = order
  const sourceSha256 = digestOf(original, primitives)
  const refused = (refusal: Refusal): Looked => ({ ok: false, refusal, sourceSha256 })
  const looked = preflight(original, primitives, {
    ...(password === undefined ? {} : { password }),
    ...(order.verifySignatures === undefined ? {} : { verify: order.verifySignatures }),
  })
  if (!looked.ok) return refused(looked.refusal)
  const { document } = looked
  const [stamp] = document.stamps
  if (stamp !== undefined) return refused({ code: 'carries_stamp', values: { serial: stamp.serial } })
  const pageCount = document.pages.length
  const wanted = choosePlace(place, document)
  let placement: Placement = { ...wanted, page: wanted.page === 'last' ? pageCount : wanted.page }
  if (place.anchor !== undefined) {
    const page = place.page === 'last' ? undefined : place.page
    const found = findAnchor({ original, text: place.anchor, page, primitives, password })
    if (!found.ok) return refused(found.refusal)
    if (found.anchor === undefined) return refused({ code: 'anchor_not_found', values: { anchor: place.anchor } })
    placement = placeBeside(found.anchor, place, document)
  }
  const misplaced = checkPlacement(document, placement)
  if (misplaced !== undefined) return refused(misplaced)
  return { ok: true, sourceSha256, sourceLength: original.length, pageCount, placement }
}
