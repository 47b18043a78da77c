import type { VerifyPrimitives } from '../base/primitives.ts'
import { browserVerifyPrimitives } from '../browser/verify-primitives.ts'

// The surface of `openmeterai/stamp` in a browser: the same names as stamp.ts, whose types it has.

export { check } from '../stamp/check/check.ts'
export { heldSignatures } from '../stamp/check/held-signatures.ts'
export { registryQuestions, verdictOf } from '../stamp/check/verdict.ts'
export { documentTypes } from '../stamp/document-types.ts'
export { checkPlacement } from '../stamp/pdf/document-facts.ts'
export { embed } from '../stamp/pdf/embed.ts'
export { place } from '../stamp/pdf/place.ts'
export { preflight } from '../stamp/pdf/preflight.ts'
export { readArtwork } from '../stamp/picture/artwork.ts'
export { stampPicture } from '../stamp/picture/picture.ts'
export { stampSidePoints } from '../stamp/recipe.ts'
export { serialKind } from '../stamp/serial.ts'

/** What the core has to be handed: hashes, ciphers, inflate and signatures, synchronous and in JavaScript alone. */
export const primitives: VerifyPrimitives = browserVerifyPrimitives
