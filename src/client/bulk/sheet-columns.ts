import { semicolonRecord } from '../../base/csv.ts'

/** What a column may hold, with its heading in the template first and the other names it goes by. */
const columnNames = {
  file: ['berkas', 'file', 'nama_berkas', 'nama_file', 'dokumen', 'path'],
  documentType: ['jenis_dokumen', 'jenis', 'type', 'document_type', 'tipe'],
  number: ['nomor', 'nomor_dokumen', 'no', 'number', 'document_number'],
  date: ['tanggal', 'tanggal_dokumen', 'tgl', 'date', 'document_date'],
  value: ['nilai', 'nilai_dokumen', 'jumlah', 'value', 'amount', 'nominal'],
  identityType: ['jenis_identitas', 'identity_type'],
  identityNumber: ['nomor_identitas', 'no_identitas', 'identity_number'],
  payerName: ['nama', 'nama_terutang', 'payer_name', 'name'],
  tag: ['pusat_biaya', 'tag', 'cost_centre', 'cost_center'],
  location: ['kota', 'tempat', 'location', 'city'],
  page: ['halaman', 'page'],
  left: ['kiri', 'left', 'x'],
  bottom: ['bawah', 'bottom', 'y'],
  size: ['ukuran', 'size'],
  unit: ['satuan', 'unit'],
  anchor: ['jangkar', 'anchor', 'teks_jangkar'],
} as const

export type Column = keyof typeof columnNames

const isColumn = (name: string): name is Column => Object.hasOwn(columnNames, name)
const columnByName = new Map<string, Column>(
  Object.entries(columnNames).flatMap(([column, names]) =>
    isColumn(column) ? names.map((name): [string, Column] => [name, column]) : [],
  ),
)

/** The column a heading means: capitals, spaces and signs in it do not matter. Undefined for one that is none of ours. */
export function columnOf(heading: string): Column | undefined {
  const plain = heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')
  return columnByName.get(plain)
}

/** An empty table to fill in, as Excel with Indonesian settings opens it: UTF-8 with its mark, semicolons, one row as an example. */
export function templateText(): string {
  const headings = Object.values(columnNames).map(([heading]) => heading)
  const example: Partial<Record<Column, string>> = {
    file: 'perjanjian-001.pdf',
    documentType: 'surat-perjanjian',
    number: '001/CONTOH/2026',
    date: '23/11/2026',
    value: '7.500.000,00',
    page: 'last',
    unit: 'pt',
  }
  const cells = Object.keys(columnNames).map((column) => (isColumn(column) ? (example[column] ?? '') : ''))
  return `\u{feff}${semicolonRecord(headings)}${semicolonRecord(cells)}`
}
