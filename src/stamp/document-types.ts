/** The 13 document types of the stamp-duty return, each with its class code (docs: PMK 78/2024). */
export const documentTypes = [
  { slug: 'dokumen-transaksi', code: '2', name: 'Dokumen Transaksi' },
  { slug: 'surat-berharga', code: '2', name: 'Surat Berharga' },
  { slug: 'akta-notaris', code: '2', name: 'Akta Notaris' },
  { slug: 'akta-pejabat', code: '2', name: 'Akta Pejabat' },
  { slug: 'dokumen-lelang', code: '2', name: 'Dokumen Lelang' },
  { slug: 'dokumen-lain', code: '2', name: 'Dokumen lain-lain' },
  { slug: 'surat-perjanjian', code: '3', name: 'Surat Perjanjian' },
  { slug: 'surat-pernyataan', code: '3', name: 'Surat Pernyataan' },
  { slug: 'surat-keterangan', code: '3', name: 'Surat Keterangan' },
  { slug: 'surat-lainnya', code: '3', name: 'Surat Lainnya' },
  { slug: 'penerimaan-uang', code: '4a', name: 'Dokumen penerimaan uang lebih dari 5 juta' },
  { slug: 'pernyataan-uang', code: '4a', name: 'Dokumen pernyataan jumlah uang lebih dari 5 juta' },
  { slug: 'pelunasan-utang', code: '4b', name: 'Dokumen pelunasan utang lebih dari 5 juta' },
] as const

export type DocumentType = (typeof documentTypes)[number]['slug']

export const documentTypeSlugs = documentTypes.map((type) => type.slug)

/** What a stamp stands for, in rupiah (UU 10/2020 art. 5). */
export const dutyRupiah = 10_000n

/** Documents on money owe duty above this alone (UU 10/2020 art. 3). */
export const dutyFreeRupiah = 5_000_000n

/** Whether a document of this type and value (whole rupiah, digits) owes no duty, so that a stamp on it is a mistake. */
export function isValueTooSmall(slug: DocumentType, valueRupiah: string | undefined): boolean {
  const code = documentTypes.find((type) => type.slug === slug)?.code
  return (code === '4a' || code === '4b') && valueRupiah !== undefined && BigInt(valueRupiah) <= dutyFreeRupiah
}

export function documentTypeName(slug: string): string | undefined {
  return documentTypes.find((type) => type.slug === slug)?.name
}
