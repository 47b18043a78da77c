import { expect, test } from 'vitest'
import { guessFacts } from './document-guess.ts'

const guess = (lines: readonly string[], fileName = 'pindaian.pdf') => guessFacts({ lines, fileName })

test('number, day and type are read from where letters have them', () => {
  const lines = [
    'SURAT PERJANJIAN SEWA',
    'Nomor : 023 / SPK/XI/2026',
    'Isi surat',
    'Jakarta, 23 November 2026',
    'Hormat kami,',
  ]
  expect(guess(lines)).toEqual({ number: '023/SPK/XI/2026', date: '2026-11-23', documentType: 'surat-perjanjian' })
  expect(guess(['No. Kontrak: K-17.b', 'Tanggal: 3/2/2026'])).toEqual({ number: 'K-17.b', date: '2026-02-03' })
  expect(guess(['Date: 1 March 2026']).date).toBe('2026-03-01')
})

test.each([
  'No. KTP: 3171015708450001',
  'Nomor: 3171015708450001',
  'No. Rekening: 12/34',
  'Nomor HP : 0812/1',
  'sesuai Nomor: 12/A',
  'Nomor: tanpa',
  'Nomor 12/A tahun lalu',
  'Nomor: 12/A.',
  `Nomor: ${'1'.repeat(200)}/${'A'.repeat(100)}`,
])('%s is no number of the document', (line) => {
  expect(guess([line]).number).toBeUndefined()
})

test.each([
  'berlaku sampai dengan 31 Desember 2027',
  'Jakarta, 31 Februari 2026',
  'Jakarta, 23 November 2026 pukul 10.00',
  'Tanggal lahir: 17 Agustus 1945',
  'Tanggal: 13/13/2026',
  'Tanggal: 17 Agustus 1845',
])('%s is no day of the document', (line) => {
  expect(guess([line]).date).toBeUndefined()
})

test('what two places say differently is no guess, and what they agree on is', () => {
  expect(guess(['Nomor: 1/A', 'Nomor: 2/A'])).toEqual({})
  expect(guess(['Tanggal: 1 Mei 2026', 'Bandung, 1 Mei 2026'])).toEqual({ date: '2026-05-01' })
  expect(guess(['Surat Pernyataan', 'Surat Keterangan'])).toEqual({})
})

test('the type is read from what the file is called where the text says none', () => {
  expect(guess([], 'Surat_Kuasa-khusus.pdf')).toEqual({ documentType: 'surat-lainnya' })
  expect(guess(['Perjanjian Sewa'], 'surat pernyataan.pdf').documentType).toBe('surat-perjanjian')
  expect(guess([], 'Lampiran surat pernyataan.pdf')).toEqual({})
})

// tried in every way that a space may belong to, each of these would take longer than there is time
test.each(['Nomor: 1' + ' /'.repeat(60) + '!', 'Nomor: 1' + '/ '.repeat(60) + '!', `Nomor: ${'1 / '.repeat(60)}!`])(
  'a line made to be read in many ways is read once',
  (line) => {
    expect(guess([line])).toEqual({})
  },
)
