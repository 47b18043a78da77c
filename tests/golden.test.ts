import { expect, test } from 'vitest'
import { goldenNames, makeGolden, readGolden, writeGoldens } from './support/golden-files.ts'

test.each(goldenNames(1))('format 1 makes of %s today what it always made', (name) => {
  const { original, golden } = readGolden(1, name)
  const { update, ...rest } = makeGolden(original, golden.recipe)
  expect(update).toBe(golden.update)
  expect({ ...rest, update: '' }).toEqual({ ...golden, update: '' })
})

test('golden files that are there are not written again', () => {
  expect(() => writeGoldens(1)).toThrow('never change')
})

test('the golden files of format 1 cover every family of files', () => {
  expect(goldenNames(1).length).toBeGreaterThanOrEqual(23)
})
