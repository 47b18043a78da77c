import { expect, test } from 'vitest'
import { releaseReasons } from '../src/affixing/affixing.ts'
import { isTextKey } from '../src/base/text.ts'
import { brokenReasons, changedReasons, integrities, notedReasons } from '../src/stamp/check/report.ts'
import { registryStandings } from '../src/stamp/check/verdict.ts'

const standings = [...registryStandings, 'picture_only', 'not_stamped', 'foreign', 'unreachable']

test('every verdict has its sentence and its next step', () => {
  const keys = [...integrities.map((name) => `verdicts.${name}`), ...standings.map((name) => `standings.${name}`)]
  expect(keys.flatMap((key) => [key, `${key}.next`]).filter((key) => !isTextKey(key))).toEqual([])
})

test('every reason a check can give has its sentence', () => {
  const reasons = [...brokenReasons, ...changedReasons, ...notedReasons]
  expect(reasons.map((name) => `checkReasons.${name}`).filter((key) => !isTextKey(key))).toEqual([])
})

test('every reason a reservation ends for has its words', () => {
  expect(releaseReasons.map((name) => `releaseReasons.${name}`).filter((key) => !isTextKey(key))).toEqual([])
})
