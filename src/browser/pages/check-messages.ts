import type { Refusal } from '../../errors.ts'
import type { Verdict } from '../../stamp/check/verdict.ts'

/** To the worker that checks: one file. From it: the verdict, or why there is none. */
export type ToCheck = { file: File }
export type FromCheck = { kind: 'verdict'; verdict: Verdict } | { kind: 'refused'; refusal: Refusal }

/** Whether a message is an answer of that worker. */
export function isFromCheck(message: unknown): message is FromCheck {
  return typeof message === 'object' && message !== null && 'kind' in message
}
