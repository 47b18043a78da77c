import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvRecord, readCsv, readTable, semicolonRecord } from './csv.ts'

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

test('numbers are written as numbers, negative ones too', () => {
  expect(csvRecord([-5, 0, 10_000])).toBe('-5,0,10000\r\n')
  expect(semicolonRecord([-5, '-5'])).toBe("-5;'-5\r\n")
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

test.each([
  ['semicolons', 'berkas;nilai\r\na.pdf;1.234.567,00\r\n'],
  ['commas', 'berkas,nilai\na.pdf,"1.234.567,00"\n'],
  ['tabs', 'berkas\tnilai\ra.pdf\t1.234.567,00'],
  ['a line that names the separator', 'sep=,\nberkas,nilai\na.pdf,"1.234.567,00"'],
])('a table parted by %s is read', (_, text) => {
  expect(readTable(text)?.records.map(({ cells }) => cells)).toEqual([
    ['berkas', 'nilai'],
    ['a.pdf', '1.234.567,00'],
  ])
})

test('lines are counted as the spreadsheet counts them, cells of several lines and empty ones too', () => {
  const read = readTable('a;b\n"x\ny";"say ""yes"""\n\n1;\n')
  expect(read?.records).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['x\ny', 'say "yes"'] },
    { line: 4, cells: [''] },
    { line: 5, cells: ['1', ''] },
  ])
})

test('a quote without its end makes no table', () => {
  expect(readTable('a;b\n"x;y\n')).toBeUndefined()
})

test('whatever is written with either separator is read as a table', () => {
  const cell = fc.string({ unit: fc.constantFrom('"', ',', ';', '\r', '\n', 'a', '=') })
  fc.assert(
    fc.property(
      fc.array(cell, { minLength: 2, maxLength: 4 }),
      fc.constantFrom(csvRecord, semicolonRecord),
      (cells, write) => {
        const heading = write(cells.map((_, at) => `n${at}`))
        expect(readTable(heading + write(cells))?.records[1]?.cells).toEqual(cells)
      },
    ),
  )
})
