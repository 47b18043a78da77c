import { expect, test } from 'vitest'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { samplePdf, type SampleOptions } from '../../../tests/support/pdf-samples.ts'
import { openDocument } from './document.ts'
import { firstNewNumber } from './referred.ts'

function newNumberIn(options: SampleOptions): number {
  const opened = openDocument(samplePdf(options), nodePrimitives, {})
  if (!opened.ok) throw new Error(opened.refusal.code)
  return firstNewNumber(opened.document)
}

/** Objects 5 and up are so long that the file is mostly their data. */
function streamOf(data: string, length: number = data.length): string {
  return `<</Length ${length}>>\nstream\n${data}\nendstream`
}

const scan = 'x'.repeat(100_000)

test('what looks like a reference in the data of a large stream keeps no number from being taken', () => {
  expect(newNumberIn({ objects: { 5: streamOf(`${scan} 6 0 R `) } })).toBe(6)
})

test('a reference before, between and behind the data of large streams does', () => {
  const large = streamOf(scan)
  const named = large.replace('>>', '/Mask 7 0 R>>')
  expect(newNumberIn({ objects: { 5: named, 6: large } })).toBe(8)
  expect(newNumberIn({ objects: { 5: large, 6: named } })).toBe(8)
  expect(newNumberIn({ objects: { 5: large, 6: large }, trailer: '/Info 7 0 R' })).toBe(8)
})

test('an object that stands within the data of a large stream is searched all the same', () => {
  const within = `6 0 obj\n[7 0 R]\nendobj\n${scan}`
  const outer = streamOf(scan + within)
  // an object of its own to the table, where the stream says it is data
  const bytes = samplePdf({ objects: { 5: outer, 6: '[null]' } })
  const text = Buffer.from(bytes).toString('latin1')
  const [shown, hidden] = [text.lastIndexOf('6 0 obj'), text.indexOf('6 0 obj')].map((at) =>
    String(at).padStart(10, '0'),
  )
  const opened = openDocument(
    Buffer.from(text.replace(`${shown} 00000 n`, `${hidden} 00000 n`), 'latin1'),
    nodePrimitives,
    {},
  )
  expect(opened.ok && firstNewNumber(opened.document)).toBe(8)
})

test('a stream whose length lies is searched up to where it ends', () => {
  expect(newNumberIn({ objects: { 5: streamOf(scan, 7), 6: '[7 0 R]' } })).toBe(8)
})
