import type { VerifyPrimitives } from '../../base/primitives.ts'
import type { Refusal } from '../../errors.ts'
import { preflight } from '../pdf/preflight.ts'
import { check } from './check.ts'
import type { CheckReport, Trust } from './report.ts'

/** What became of one file; `refused` says why it could not be checked. */
export type FileChecked = { kind: 'checked'; report: CheckReport } | { kind: 'refused'; refusal: Refusal }

/** What a file proves by itself; refused where it is locked, for then "no stamp" would be a guess. */
export function checkBytes(bytes: Uint8Array, trust: Trust, primitives: VerifyPrimitives): FileChecked {
  const report = check(bytes, trust, primitives)
  const refusal = report.signatures.length === 0 ? lockedRefusal(bytes, primitives) : undefined
  return refusal === undefined ? { kind: 'checked', report } : { kind: 'refused', refusal }
}

function lockedRefusal(bytes: Uint8Array, primitives: VerifyPrimitives): Refusal | undefined {
  const looked = preflight(bytes, primitives)
  if (looked.ok) return undefined
  const isLocked = looked.refusal.code === 'password_needed' || looked.refusal.code === 'encryption_unsupported'
  return isLocked ? looked.refusal : undefined
}
