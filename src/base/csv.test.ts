import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvRecord, readCsv } from './csv.ts'

test.each([
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ['+62', "'+62"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['＝1', "'＝1"],
  ["'quoted'", "''quoted'"],
  ['a,b', '"a,b"'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['plain.pdf', 'plain.pdf'],
])('the cell %j is written %j', (cell, written) => {
  expect(csvRecord([cell, 'x'])).toBe(`${written},x\r\n`)
})

test('whatever is written is read again, and no cell begins like a formula', () => {
  const cell = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("'", '"', ',', '\r', '\n', '=', '-', 'a') }))
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (rows) => {
      const text = rows.map(csvRecord).join('')
      expect(readCsv(text)).toEqual({ records: rows, length: text.length })
      for (const each of rows.flat()) expect(csvRecord([each])).not.toMatch(/^"?[=+\-@]/)
    }),
  )
})

test('a record that was cut short is left out', () => {
  const whole = csvRecord(['a', 'b'])
  const text = whole + csvRecord(['c', 'd "e"'])
  for (let cut = whole.length; cut < text.length; cut++)
    expect(readCsv(text.slice(0, cut))).toEqual({ records: [['a', 'b']], length: whole.length })
})
