import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorList } from '../src/errors.ts'
import { verdictExits } from '../src/stamp/check/verdict.ts'
import { root } from './support/tracked-files.ts'

test('docs/errors.md tells how verify ends for every verdict, and for no other', () => {
  const rows = readFileSync(join(root, 'docs', 'errors.md'), 'utf8').matchAll(/^\| (\d+) +\| (\w+) /gm)
  const told = Array.from(rows, ([, exit, verdict]) => [verdict, Number(exit)])
  expect(Object.fromEntries(told)).toEqual(verdictExits)
})

test('no verdict ends like a refusal but unreachable, which is one', () => {
  const refused = new Set<number>(Object.values(errorList).map(({ exit }) => exit))
  const shared = Object.entries(verdictExits).filter(([, exit]) => refused.has(exit))
  expect(shared).toEqual([['unreachable', 69]])
})
