import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('older-browsers.ts', import.meta.url))
const code = buildSync({ entryPoints: [entry], bundle: true, write: false }).outputFiles[0]?.text ?? ''
const poorer = [
  'Array.prototype.at',
  'String.prototype.at',
  'Object.getPrototypeOf(Uint8Array).prototype.at',
  'Array.prototype.toSorted',
  'Array.prototype.toReversed',
  'Array.prototype.findLast',
  'Array.prototype.findLastIndex',
  'Object.hasOwn',
  'String.prototype.isWellFormed',
]

/** What these expressions come to; in a world without what older browsers lack where `isOld`. */
function told(isOld: boolean): string {
  const before = isOld ? `${poorer.map((name) => `delete ${name}`).join('\n')}\n${code}` : ''
  const expressions = `[
    [3, 1, 2].at(-1), [3, 1, 2].at(0), [].at(-1) === undefined, 'abc'.at(-2), new Uint8Array([7, 8]).at(-1),
    [3, 10, 2].toSorted((a, b) => a - b), ['b', 'a'].toSorted(), [1, 2].toReversed(),
    [1, 2, 3, 4].findLast((n) => n % 2 === 1), [1, 2, 3, 4].findLastIndex((n) => n % 2 === 1), [1].findLastIndex(() => false),
    Object.hasOwn({ a: 1 }, 'a'), Object.hasOwn({}, 'toString'),
    'baik'.isWellFormed(), '\\u{1F600}'.isWellFormed(), '\\uD83D'.isWellFormed(), 'a\\uDE00'.isWellFormed(),
  ]`
  return String(runInNewContext(`${before}\nJSON.stringify(${expressions})`))
}

test('an older browser makes of everything what a newer one makes of it', () => {
  expect(told(true)).toBe(told(false))
})

test('what it lacked is really gone in that test', () => {
  expect(
    runInNewContext(
      `${poorer.map((name) => `delete ${name}`).join('\n')}\n${poorer.map((name) => `typeof ${name}`).join(' + ')}`,
    ),
  ).toBe('undefined'.repeat(poorer.length))
})
