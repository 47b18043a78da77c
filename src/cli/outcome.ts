import { isTextKey, type TextKey, type TextValues } from '../base/text.ts'
import { errorList, type Refusal } from '../errors.ts'
import type { Screen } from './screen.ts'

/** How a command ended: the exit code, and the object that `--json` prints as the last line. */
export type Outcome = { exitCode: number; json: Record<string, unknown> }

/** Exit codes of sysexits.h for what errors.ts does not list: it never leaves this computer. */
export const localExits = {
  usage: 64,
  dataWrong: 65,
  inputMissing: 66,
  unreachable: 69,
  failed: 70,
  outputFailed: 73,
  notAllowed: 77,
  misconfigured: 78,
} as const

/** Ends a command from anywhere in it with a sentence, its values and an exit code. */
export class Stopped extends Error {
  readonly key: TextKey
  readonly values: TextValues
  readonly exitCode: number
  constructor(key: TextKey, values: TextValues, exitCode: number) {
    super(key)
    this.name = 'Stopped'
    this.key = key
    this.values = values
    this.exitCode = exitCode
  }
}

/** Ends a command whose arguments cannot be used. */
export function badUsage(key: TextKey, values: TextValues = {}): Stopped {
  return new Stopped(key, values, localExits.usage)
}

/** Says why a command stopped. */
export function stoppedOutcome(screen: Screen, { key, values, exitCode }: Stopped): Outcome {
  screen.tell(key, values)
  return { exitCode, json: { ok: false, code: key.replace(/^cli\./, ''), values, exitCode } }
}

/**
 * Says a refusal in words and answers its exit code. The service's own sentence is told where it knows more than this
 * version: which field of a request was wrong, or a code from a later version.
 */
export function refusedOutcome(screen: Screen, refusal: Refusal, further: Record<string, unknown> = {}): Outcome {
  const { code } = refusal
  const { sentence, ...values } = refusal.values ?? {}
  const key = `errors.${code}`
  const knowsMore = code === 'request_malformed' || values['unknownCode'] !== undefined
  if (typeof sentence === 'string' && knowsMore) screen.tellLine(sentence)
  else if (isTextKey(key)) screen.tell(key, values)
  const requestId = values['requestId']
  if (code === 'internal' && requestId !== undefined) screen.tellLine(`Request-Id: ${requestId}`)
  const { exit } = errorList[code]
  return { exitCode: exit, json: { ok: false, code, values, exitCode: exit, ...further } }
}
