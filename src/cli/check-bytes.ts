import type { VerifyPrimitives } from '../base/primitives.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { check } from '../stamp/check/check.ts'
import type { Trust } from '../stamp/check/report.ts'
import { preflight } from '../stamp/pdf/preflight.ts'
import type { Refusal } from '../errors.ts'
import type { FileChecked } from './verify-messages.ts'

/** What a file proves by itself; refused where it is locked, for then "no stamp" would be a guess. */
export function checkBytes(
  bytes: Uint8Array,
  trust: Trust,
  primitives: VerifyPrimitives = nodePrimitives,
): FileChecked {
  const report = check(bytes, trust, primitives)
  const refusal = report.signatures.length === 0 ? lockedRefusal(bytes) : undefined
  return refusal === undefined ? { kind: 'checked', report } : { kind: 'refused', refusal }
}

function lockedRefusal(bytes: Uint8Array): Refusal | undefined {
  const looked = preflight(bytes, nodePrimitives)
  if (looked.ok) return undefined
  const isLocked = looked.refusal.code === 'password_needed' || looked.refusal.code === 'encryption_unsupported'
  return isLocked ? looked.refusal : undefined
}
