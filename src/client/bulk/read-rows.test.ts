import { expect, test } from 'vitest'
import { nodePrimitives } from '../../base/primitives-node.ts'
import type { BulkCommon } from './bulk-row.ts'
import { readRows } from './read-rows.ts'
import { readSheet } from './read-sheet.ts'
import { templateText } from './sheet-columns.ts'

const common: BulkCommon = { facts: {}, place: { page: 'last', at: undefined, size: undefined, unit: 'pt' } }

function read(text: string, encode: (text: string) => Uint8Array = (each) => Buffer.from(each, 'utf8'), over = common) {
  const sheet = readSheet(encode(text), nodePrimitives)
  if (sheet === undefined) throw new Error('no table')
  const rows = readRows(sheet, over)
  if (!rows.ok) throw new Error(rows.problem)
  return rows
}

const table =
  'Berkas;Jenis Dokumen;Nomor;Tanggal;Nilai;Jenis identitas;Nomor identitas;Nama;Cabang\r\n' +
  'sub/a.pdf;penerimaan-uang;12/A;23/11/2026;7.500.000,00;KTP;3171010101900001;Contoh é;Jakarta\r\n' +
  '\r\n' +
  'b.pdf;Surat Perjanjian;;;;;;;\r\n'

test.each([
  ['UTF-8 with its mark', (text: string) => Buffer.from(`\u{feff}${text}`)],
  ['UTF-8', (text: string) => Buffer.from(text)],
  ['Windows-1252', (text: string) => Buffer.from(text, 'latin1')],
  ['UTF-16', (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])],
])('a table in %s is read row by row', (_, encode) => {
  const { rows, wrong, ignored } = read(table, encode)
  expect(wrong).toEqual([])
  expect(ignored).toEqual(['Cabang'])
  expect(rows).toMatchObject([
    {
      row: 2,
      file: 'sub/a.pdf',
      facts: {
        documentType: 'penerimaan-uang',
        number: '12/A',
        date: '2026-11-23',
        valueRupiah: '7500000',
        identityType: 'KTP',
        identityNumber: '3171010101900001',
        payerName: 'Contoh é',
        fileName: 'a.pdf',
      },
    },
    { row: 4, file: 'b.pdf', facts: { documentType: 'surat-perjanjian', fileName: 'b.pdf' } },
  ])
  expect(Object.keys(rows[1]?.facts ?? {})).toEqual(['documentType', 'fileName'])
})

test('every wrong cell of every row is told at once, by row and column, without the numbers of people', () => {
  const { rows, wrong } = read(
    'berkas;jenis;tanggal;nilai;jenis_identitas;nomor_identitas;halaman;kiri;bawah\n' +
      'a.pdf;surat;11/23/2026;1,5;SIM;3171;0;1;\n' +
      ';akta-notaris;;;KTP;3171;;;\n' +
      'c.pdf;;;;KTP;;;;\n',
  )
  expect(rows).toEqual([])
  expect(wrong.map(({ row, column, problem, value }) => `${row} ${column} ${problem} ${value}`)).toEqual([
    '2 jenis documentType surat',
    '2 tanggal date 11/23/2026',
    '2 nilai amountFraction 1,5',
    '2 jenis_identitas identityType SIM',
    '2 halaman page 0',
    '2 bawah place ',
    '3 berkas missing ',
    '3 nomor_identitas identityNumber ',
    '4 jenis missing ',
    '4 nomor_identitas identityPair ',
  ])
})

test('what a row leaves open is taken from what holds for all; a place of its own takes the place of the common one', () => {
  const over: BulkCommon = {
    facts: { documentType: 'akta-notaris', number: '7', date: '2026-01-02' },
    place: { page: 1, at: { left: 1, bottom: 2 }, size: 60, unit: 'pt', anchor: 'Materai' },
  }
  const { rows } = read(
    'berkas,jenis,jangkar,kiri,bawah\na.pdf,,,,\nb.pdf,dokumen-lain,Stempel,,\nc.pdf,,,"5,5",6\n',
    (text) => Buffer.from(text),
    over,
  )
  expect(rows.map(({ facts, place }) => ({ type: facts.documentType, at: place.at, anchor: place.anchor }))).toEqual([
    { type: 'akta-notaris', at: { left: 1, bottom: 2 }, anchor: 'Materai' },
    { type: 'dokumen-lain', at: undefined, anchor: 'Stempel' },
    { type: 'akta-notaris', at: { left: 5.5, bottom: 6 }, anchor: undefined },
  ])
  expect(rows[0]?.facts).toMatchObject({ number: '7', date: '2026-01-02' })
})

test('a row has a cost centre of its own, of letters or digits, and one that cannot be is told by its cell', () => {
  const { rows, wrong } = read(
    'berkas;jenis;Pusat Biaya\na.pdf;dokumen-lain;Legal/SBY\nb.pdf;dokumen-lain;\nc.pdf;dokumen-lain;a;b\nd.pdf;dokumen-lain;<HR>\n',
  )
  expect(rows.map(({ facts }) => facts.tag)).toEqual(['Legal/SBY', undefined, 'a'])
  expect(wrong).toEqual([{ row: 5, file: 'd.pdf', column: 'Pusat Biaya', problem: 'costCentre', value: '<HR>' }])
  const sheet = [
    { line: 1, cells: ['berkas', 'jenis', 'tag'] },
    { line: 2, cells: ['a.pdf', 'dokumen-lain', 4100] },
  ]
  expect(readRows(sheet, common)).toMatchObject({ ok: true, rows: [{ facts: { tag: '4100' } }], wrong: [] })
})

test('the template is read as it is written', () => {
  const { rows, wrong, ignored } = read(templateText())
  expect({ wrong, ignored }).toEqual({ wrong: [], ignored: [] })
  expect(rows).toMatchObject([
    { file: 'perjanjian-001.pdf', facts: { valueRupiah: '7500000', date: '2026-11-23' }, place: { page: 'last' } },
  ])
})

test('a table without the column of files, with one column twice, or with nothing is refused', () => {
  const problemOf = (text: string) => {
    const rows = readRows(readSheet(Buffer.from(text), nodePrimitives) ?? [], common)
    return rows.ok ? 'read' : rows.problem
  }
  expect(problemOf('nilai;nomor\n1;2\n')).toBe('no_file_column')
  expect(problemOf('berkas;nilai;Jumlah\na;1;2\n')).toBe('column_twice')
  expect(problemOf('')).toBe('empty')
  expect(readSheet(Buffer.from('%PDF-1.7\n\0'), nodePrimitives)).toBeUndefined()
})
