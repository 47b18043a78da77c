import { expect, test } from 'vitest'
import { latin1Bytes } from '../../base/bytes.ts'
import { readUpdates } from './updates.ts'

const entry = '0000000001 00000 n \n'

/** One update after a blank: an object, a table that names it, a trailer. */
function update(change: { object?: string; table?: string; trailer?: string; start?: number } = {}): string {
  const object = change.object ?? '5 0 obj\n<</Length 3>>\nstream\nabc\nendstream\nendobj\n'
  const table = change.table ?? `5 1\n${entry}`
  const start = change.start ?? 1 + object.length
  return `\n${object}xref\n${table}trailer\n${change.trailer ?? '<</Size 6>>'}\nstartxref\n${start}\n%%EOF\n`
}

function read(text: string) {
  const bytes = latin1Bytes(text)
  return { ...readUpdates({ bytes, base: 0, lengthOf: () => undefined }, 0), length: bytes.length }
}

test('a well-formed update is read to its last byte', () => {
  const { updates, end, length } = read(update())

  expect(updates).toMatchObject([{ objects: [{ number: 5, start: 1, kind: 'object' }] }])
  expect(end).toBe(length)
})

test.each([
  ['words before the object', update({ object: 'x 5 0 obj\nnull\nendobj\n' })],
  ['an object without end', update({ object: '5 0 obj\nnull\n' })],
  ['a stream longer than it says', update({ object: '5 0 obj\n<</Length 2>>\nstream\nabc\nendstream\nendobj\n' })],
  [
    'a stream with two lengths',
    update({ object: '5 0 obj\n<</Length 3/Length 3>>\nstream\nabc\nendstream\nendobj\n' }),
  ],
  ['an entry of 19 bytes', update({ table: '5 1\n0000000001 00000 n\n' })],
  ['an object named twice', update({ table: `5 1\n${entry}5 1\n${entry}` })],
  ['a trailer that says a thing twice', update({ trailer: '<</Size 6/Size 7>>' })],
  ['a startxref that leads elsewhere', update({ start: 7 })],
])('%s stops the reading', (_, text) => {
  expect(read(text)).toMatchObject({ updates: [], end: 1 })
})

test('reading stops after the last well-formed update', () => {
  const text = update()

  expect(read(`${text}anything`)).toMatchObject({ updates: [{ end: text.length }], end: text.length })
})
