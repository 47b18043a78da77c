import { expect, test } from 'vitest'
import indonesian from '../text/id.json' with { type: 'json' }
import { releaseReasons } from '../src/affixing/affixing.ts'
import { isTextKey, languages, text } from '../src/base/text.ts'
import { errorList, type ErrorCode } from '../src/errors.ts'
import { brokenReasons, changedReasons, integrities, notedReasons } from '../src/stamp/check/report.ts'
import { severity, standings } from '../src/stamp/check/verdict.ts'
import { refusalKey } from '../src/web/portal/page-context.ts'

test('every verdict has its sentence and its next step', () => {
  const others = severity.filter((name) => !integrities.some((integrity) => integrity === name))
  const keys = [
    ...integrities.map((name) => `verdicts.${name}`),
    ...new Set([...standings, ...others].map((name) => `standings.${name}`)),
  ]
  expect(keys.flatMap((key) => [key, `${key}.next`]).filter((key) => !isTextKey(key))).toEqual([])
})

test('every reason a check can give has its sentence', () => {
  const reasons = [...brokenReasons, ...changedReasons, ...notedReasons]
  expect(reasons.map((name) => `checkReasons.${name}`).filter((key) => !isTextKey(key))).toEqual([])
})

test('every reason a reservation ends for has its words', () => {
  expect(releaseReasons.map((name) => `releaseReasons.${name}`).filter((key) => !isTextKey(key))).toEqual([])
})

/** What only a program, a command or an operator is ever told. */
const forPrograms: readonly ErrorCode[] = [
  'key_missing',
  'key_malformed',
  'key_reused',
  'digest_malformed',
  'test_key_needed',
  'output_exists',
  'test_key_cannot_buy',
  'return_of_specimens',
  'agent_token_wrong',
]
/** Words for those who write programs. */
const forWriters =
  /kunci yang sama|kunci baru|the same key|new key|test key|kunci uji|idempotency|tajuk|\bheaders?\b|\/v1|mk_|SHA-256|loseQuota|oldPin|authorization|application\/|--\w|ASCII|`|meterai (?:stamp|rebuild|agent)|npm |pemanggil|this caller/i
const codes = Object.keys(errorList).filter((name): name is ErrorCode => Object.hasOwn(errorList, name))

test('a refusal on a page speaks to people, not to whoever writes programs', () => {
  const shown = codes.filter((code) => languages.some((language) => forWriters.test(text(language, refusalKey(code)))))
  expect(shown.toSorted()).toEqual(forPrograms.toSorted())
})

test('every sentence of pages about a refusal is of a refusal that there is', () => {
  const gone = Object.keys(indonesian)
    .filter((key) => key.startsWith('pageErrors.'))
    .filter((key) => !codes.some((code) => key === `pageErrors.${code}`))
  expect(gone).toEqual([])
})
