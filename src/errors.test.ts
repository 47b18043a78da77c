import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { documentRefusals, errorList, RefusedError } from './errors.ts'

const document = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
const rows = document
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

test('docs/errors.md tells every error, in the order of the list, and no other', () => {
  expect(rows.map(([code]) => code)).toEqual(Object.keys(errorList).map((code) => `\`${code}\``))
})

test('docs/errors.md tells status, exit code and whether to retry as the list has them', () => {
  const told = rows.map((cells) => cells.slice(1, 4))
  const listed = Object.values(errorList).map((error) => [
    `${error.status}`,
    `${error.exit}`,
    error.mayRetry ? 'yes' : 'no',
  ])
  expect(told).toEqual(listed)
})

test('every error in docs/errors.md has a meaning of its own', () => {
  const meanings = rows.map((cells) => cells[4] ?? '')
  expect(meanings.filter((meaning) => meaning.length < 15)).toEqual([])
  expect(new Set(meanings).size).toBe(rows.length)
})

test('no refusal ends a command as if it had gone well, and none passes for an HTTP success', () => {
  const wrong = Object.entries(errorList).filter(([, { status, exit }]) => exit <= 0 || exit > 125 || status < 400)
  expect(wrong).toEqual([])
})

test('no document refusal invites a retry of the same bytes', () => {
  expect(documentRefusals.filter((code) => errorList[code].mayRetry)).toEqual([])
})

test('a refusal thrown at the edge names its code and values', () => {
  const refused = new RefusedError({ code: 'page_out_of_range', values: { page: 9, pages: 4 } })
  expect(refused.message).toBe('page_out_of_range {"page":9,"pages":4}')
  expect(refused.refusal.code).toBe('page_out_of_range')
})
