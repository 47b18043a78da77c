import type { HeldSignature } from '../../stamp/pdf/document-facts.ts'
import { heldSignatures } from '../../stamp/check/held-signatures.ts'
import { browserVerifyPrimitives } from '../verify-primitives.ts'

/** Verifies the signatures of a file: loaded only for files that have some, for it is as large as all the rest. */
export function verifyHeld(bytes: Uint8Array): readonly HeldSignature[] {
  return heldSignatures(bytes, browserVerifyPrimitives)
}
