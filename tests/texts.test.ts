import { expect, test } from 'vitest'
import { releaseReasons } from '../src/affixing/affixing.ts'
import { isTextKey } from '../src/base/text.ts'
import { brokenReasons, changedReasons, integrities, notedReasons } from '../src/stamp/check/report.ts'
import { severity, standings } from '../src/stamp/check/verdict.ts'

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
