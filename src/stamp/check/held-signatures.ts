import type { VerifyPrimitives } from '../../base/primitives.ts'
import type { HeldSignature } from '../pdf/document-facts.ts'
import { check } from './check.ts'
import { changedReasons, type CheckReason, type SignatureReport } from './report.ts'

/** What proves that the signed bytes are not those that were signed, whoever signed them. */
const brokenByProof: ReadonlySet<CheckReason> = new Set([
  'digest_mismatch',
  'signature_invalid',
  'byte_range_malformed',
])
/** Filling in a form is what a signed form is for; what was too much to follow proves nothing. */
const harmless: readonly CheckReason[] = ['object_filled_in', 'too_complex']
const changedByProof: ReadonlySet<CheckReason> = new Set(changedReasons.filter((reason) => !harmless.includes(reason)))

function stateOf({ integrity, reasons }: SignatureReport): HeldSignature['state'] {
  if (reasons.some((reason) => brokenByProof.has(reason))) return 'broken'
  if (reasons.some((reason) => changedByProof.has(reason))) return 'changed'
  return integrity === 'intact' ? 'intact' : 'unchecked'
}

/**
 * The signatures of a PDF, in the order they were made, and whether each still holds: of anybody, whatever they are worth.
 * One of a kind that cannot be verified here is `unchecked`.
 */
export function heldSignatures(bytes: Uint8Array, primitives: VerifyPrimitives): HeldSignature[] {
  const { signatures } = check(bytes, { roots: [] }, primitives)
  return signatures.map((signature) => ({ fieldName: signature.fieldName, state: stateOf(signature) }))
}
