import { expect, test } from 'vitest'
import { workbookOf, zipOf } from '../../../tests/support/workbooks.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { readSheet } from './read-sheet.ts'

const read = (bytes: Uint8Array) => readSheet(bytes, nodePrimitives)

test('texts, numbers, days and formulas are read where they stand, and gaps stay gaps', () => {
  const rows =
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>' +
    '<row r="4"><c r="A4" t="inlineStr"><is><t>a &amp; b.pdf</t></is></c><c r="B4"><v>7500000</v></c><c r="C4" s="1"><v>46349</v></c>' +
    '<c r="D4" s="2"><v>46349.75</v></c><c r="E4" s="3"><v>5000001</v></c><c r="F4" t="str"><f>A1&amp;"x"</f><v>x</v></c><c r="G4" s="1"/></row>'
  const strings = [
    '<t>Berkas</t>',
    '<r><t>Nomor</t></r><r><t xml:space="preserve"> surat</t></r><rPh sb="0" eb="1"><t>x</t></rPh>',
  ]
  const expected = [
    { line: 1, cells: ['Berkas', '', 'Nomor surat'] },
    { line: 4, cells: ['a & b.pdf', 7_500_000, { day: '2026-11-23' }, { day: '2026-11-23' }, 5_000_001, 'x'] },
  ]
  expect(read(workbookOf(rows, { strings }))).toEqual(expected)
  expect(read(workbookOf(rows, { strings, stored: true }))).toEqual(expected)
  expect(read(workbookOf(rows, { strings, prefix: 'x:' }))).toEqual(expected)
})

test('days count from 1904 where the workbook says so, and from 1900 with its leap day that never was', () => {
  const row = (serial: number) => `<row r="1"><c r="A1" s="1"><v>${serial}</v></c></row>`
  expect(read(workbookOf(row(44_887), { from1904: true }))?.[0]?.cells).toEqual([{ day: '2026-11-23' }])
  expect(read(workbookOf(row(1)))?.[0]?.cells).toEqual([{ day: '1900-01-01' }])
  expect(read(workbookOf(row(61)))?.[0]?.cells).toEqual([{ day: '1900-03-01' }])
})

test('an archive that is no workbook, and a workbook that is damaged, are no table', () => {
  expect(read(zipOf([{ name: 'a.txt', text: 'halo' }]))).toBeUndefined()
  expect(read(workbookOf('<row r="1"><c'))).toBeUndefined()
  const whole = workbookOf('<row r="1"><c r="A1"><v>1</v></c></row>')
  for (let cut = 0; cut < whole.length; cut += 7) expect(() => read(whole.subarray(0, cut))).not.toThrow()
})

test('a file that unpacks to more than a table ever has is no table', () => {
  const bomb = workbookOf(`<row r="1"><c r="A1" t="str"><v>${'0'.repeat(129 * 1024 * 1024)}</v></c></row>`)
  expect(bomb.length).toBeLessThan(1024 * 1024)
  expect(read(bomb)).toBeUndefined()
})
