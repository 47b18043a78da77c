import type { VerifyPrimitives } from '../base/primitives.ts'
import { nodePrimitives } from '../base/primitives-node.ts'

// The surface of `openmeterai/stamp` on Node: docs/decisions/0008-published-entries.md.

export type { Primitives, VerifyPrimitives } from '../base/primitives.ts'
export type { DocumentRefusal, ErrorCode, Refusal } from '../errors.ts'
export { check, type CheckReport, type Trust } from '../stamp/check/check.ts'
export { heldSignatures } from '../stamp/check/held-signatures.ts'
export { registryQuestions, verdictOf, type RegistryAnswer, type Verdict } from '../stamp/check/verdict.ts'
export { documentTypes, type DocumentType } from '../stamp/document-types.ts'
export { checkPlacement, type DocumentFacts } from '../stamp/pdf/document-facts.ts'
export { embed } from '../stamp/pdf/embed.ts'
export { place, type Placed, type Prepared } from '../stamp/pdf/place.ts'
export { preflight } from '../stamp/pdf/preflight.ts'
export { readArtwork, type Artwork } from '../stamp/picture/artwork.ts'
export { stampPicture } from '../stamp/picture/picture.ts'
export { stampSidePoints, type Placement, type Recipe, type ValidationData } from '../stamp/recipe.ts'
export { serialKind } from '../stamp/serial.ts'

/** What the core has to be handed: hashes, ciphers, inflate and signatures, here Node's own. */
export const primitives: VerifyPrimitives = nodePrimitives
