import type { Refusal } from '../errors.ts'
import type { Affixing } from './affixing.ts'
import type { Caller } from '../identity/api-keys.ts'

/**
 * Document numbers that make a test key's affixing end in a certain way (docs/test-mode.md), so that a caller's program can be tried
 * with it. With a live key they are numbers like any other.
 */
export const testNumbers = {
  quotaEmpty: 'UJI-QUOTA-EMPTY',
  overloaded: 'UJI-OVERLOADED',
  timestampDown: 'UJI-TIMESTAMP-DOWN',
  answerLost: 'UJI-TIMEOUT-AFTER-SIGNING',
} as const

/** What a reservation may be made to answer. */
export type ForcedRefusal = 'quota_empty' | 'overloaded'

/** The refusal that a document's number asks for; undefined for every other number and for live keys. */
export function forcedRefusal(keyKind: Caller['keyKind'], number: string): Refusal<ForcedRefusal> | undefined {
  if (keyKind !== 'test') return undefined
  if (number === testNumbers.quotaEmpty) return { code: 'quota_empty', values: { available: 0 } }
  if (number === testNumbers.overloaded) return { code: 'overloaded', values: { seconds: 1 } }
  return undefined
}

/** Whether the timestamp authority is to be down for this affixing: once, so that the server's own later try succeeds. */
export function findsTimestampDown({ ledger, facts, digest }: Affixing): boolean {
  return ledger === 'specimens' && facts.number === testNumbers.timestampDown && digest === undefined
}

/** Whether the answer to this affixing's signature is to get lost on its way. */
export function losesAnswer({ ledger, facts }: Affixing): boolean {
  return ledger === 'specimens' && facts.number === testNumbers.answerLost
}
