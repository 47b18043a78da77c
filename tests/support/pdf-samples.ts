import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Placement, Recipe } from '../../src/stamp/recipe.ts'

/** How a sample's cross-reference is written; `packed` puts what it can into an object stream, `hybrid` does so beside a table. */
export type SampleKind = 'table' | 'stream' | 'packed' | 'hybrid'

/** What a sample differs in from one plain A4 page. */
export type SampleOptions = {
  kind?: SampleKind
  pages?: number
  /** Keys added to the first page, such as `/Rotate 90`. */
  page?: string
  /** Keys added to the root of the page tree; pages inherit some. */
  tree?: string
  catalog?: string
  trailer?: string
  /** More objects, or other bodies of these: 1 the catalog, 2 the page tree, 3 the contents, 4 and up the pages. */
  objects?: Record<number, string>
  version?: string
  /** What stands before the header. */
  before?: string
}

/** The four cross-references that a real file may have. */
export const sampleKinds = ['table', 'stream', 'packed', 'hybrid'] as const

const contents = '0.9 g 50 50 200 200 re f'

function bodies(options: SampleOptions): Map<number, string> {
  const pages = Array.from({ length: options.pages ?? 1 }, (_, index) => 4 + index)
  const kids = pages.map((number) => `${number} 0 R`).join(' ')
  const mediaBox = /MediaBox/.test(`${options.page ?? ''}${options.tree ?? ''}`) ? '' : '/MediaBox[0 0 595 842]'
  const objects = new Map<number, string>([
    [1, `<</Type/Catalog/Pages 2 0 R${options.catalog ?? ''}>>`],
    [2, `<</Type/Pages/Kids[${kids}]/Count ${pages.length}${mediaBox}${options.tree ?? ''}>>`],
    [3, `<</Length ${contents.length}>>\nstream\n${contents}\nendstream`],
  ])
  for (const number of pages) {
    const own = number === 4 ? (options.page ?? '') : ''
    objects.set(number, `<</Type/Page/Parent 2 0 R/Resources<<>>/Contents 3 0 R${own}>>`)
  }
  for (const [number, body] of Object.entries(options.objects ?? {})) objects.set(Number(number), body)
  return objects
}

type Row = [number: number, type: 0 | 1 | 2, second: number, third: number]

function streamOf(rows: readonly Row[], keys: string): string {
  const data = rows.map(([, type, second, third]) =>
    String.fromCharCode(type, (second >> 16) & 255, (second >> 8) & 255, second & 255, third),
  )
  const index = rows.map(([number]) => `${number} 1`).join(' ')
  return `<</Type/XRef/W[1 3 1]/Index[${index}]${keys}/Length ${rows.length * 5}>>\nstream\n${data.join('')}\nendstream`
}

function tableRow(offset: number, generation: number, type: string): string {
  return `${String(offset).padStart(10, '0')} ${String(generation).padStart(5, '0')} ${type} \n`
}

function tableOf(rows: readonly Row[]): string {
  return `xref\n0 1\n${tableRow(0, 65_535, 'f')}${rows.map(([number, , offset]) => `${number} 1\n${tableRow(offset, 0, 'n')}`).join('')}`
}

/** A whole PDF, made by hand: every byte of its structure is the sample's own. */
export function samplePdf(options: SampleOptions = {}): Uint8Array {
  const { kind = 'table' } = options
  const objects = bodies(options)
  let text = `%PDF-${options.version ?? '1.7'}\n%\xe2\xe3\xcf\xd3\n`
  const rows: Row[] = []
  const packs = kind === 'packed' || kind === 'hybrid'
  const packed = [...objects].filter(([, body]) => packs && !body.includes('stream\n'))
  const add = (number: number, body: string) => {
    rows.push([number, 1, text.length, 0])
    text += `${number} 0 obj\n${body}\nendobj\n`
  }
  for (const [number, body] of objects) if (!packed.some(([other]) => other === number)) add(number, body)
  const size = Math.max(...objects.keys()) + 1
  const packNumber = size
  const hidden: Row[] = packed.map(([number], index) => [number, 2, packNumber, index])
  if (packs) {
    let at = 0
    const offsets = packed.map(([number, body]) => {
      const pair = `${number} ${at} `
      at += body.length + 1
      return pair
    })
    const first = offsets.join('')
    const inside = first + packed.map(([, body]) => `${body}\n`).join('')
    add(
      packNumber,
      `<</Type/ObjStm/N ${packed.length}/First ${first.length}/Length ${inside.length}>>\nstream\n${inside}\nendstream`,
    )
  }
  const xrefNumber = packs ? packNumber + 1 : size
  const keys = `/Size ${kind === 'table' ? size : xrefNumber + 1}/Root 1 0 R${options.trailer ?? ''}`
  let start = text.length
  if (kind === 'hybrid') {
    const hybridAt = start
    rows.push([xrefNumber, 1, hybridAt, 0])
    text += `${xrefNumber} 0 obj\n${streamOf(hidden, `/Size ${xrefNumber + 1}`)}\nendobj\n`
    start = text.length
    text += `${tableOf(rows)}trailer\n<<${keys}/XRefStm ${hybridAt}>>\n`
  } else if (kind === 'table') text += `${tableOf(rows)}trailer\n<<${keys}>>\n`
  else {
    const all: Row[] = [...rows, ...hidden, [xrefNumber, 1, start, 0]]
    text += `${xrefNumber} 0 obj\n${streamOf(all, keys)}\nendobj\n`
  }
  return new Uint8Array(Buffer.from(`${options.before ?? ''}${text}startxref\n${start}\n%%EOF\n`, 'latin1'))
}

/** Signed by nobody: a signature field with a dictionary in it, showing on page 1 at 100 100 250 200. */
export const signedSample = {
  catalog: '/AcroForm<</Fields[20 0 R]/SigFlags 3>>',
  page: '/Annots[20 0 R]',
  objects: {
    20: '<</Type/Annot/Subtype/Widget/FT/Sig/T(Director)/P 4 0 R/Rect[100 100 250 200]/V 21 0 R>>',
    21: '<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange[0 1 2 3]/Contents<00>>>',
  },
} as const satisfies SampleOptions

function inFolder<Value>(bytes: Uint8Array, run: (path: string, folder: string) => Value): Value {
  const folder = mkdtempSync(join(tmpdir(), 'openmeterai-sample-'))
  try {
    const path = join(folder, 'sample.pdf')
    writeFileSync(path, bytes)
    return run(path, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The PDF as qpdf rewrites it, for instance with `--object-streams=generate` or `--linearize`. */
export function rewritten(bytes: Uint8Array, options: readonly string[]): Uint8Array {
  return inFolder(bytes, (path, folder) => {
    const out = join(folder, 'out.pdf')
    execFileSync('qpdf', [...options, '--static-id', path, out])
    return new Uint8Array(readFileSync(out))
  })
}

/** What `qpdf --check` has to say against the PDF: nothing for a good one. */
export function qpdfComplaints(bytes: Uint8Array, password = ''): string[] {
  return inFolder(bytes, (path) => {
    const { status, stdout, stderr } = spawnSync('qpdf', [`--password=${password}`, '--check', path], {
      encoding: 'utf8',
    })
    return status === 0 ? [] : `${stdout}${stderr}`.split('\n').filter((row) => /WARNING|ERROR|qpdf:/.test(row))
  })
}

/** The text of an object as qpdf reads it, decrypted. */
export function qpdfObject(bytes: Uint8Array, number: number | 'trailer', password = ''): string {
  return inFolder(bytes, (path) =>
    execFileSync('qpdf', [`--password=${password}`, `--show-object=${number}`, path], { encoding: 'utf8' }),
  )
}

/** A stream's bytes as qpdf reads them, decrypted and unpacked. */
export function qpdfStream(bytes: Uint8Array, number: number): Uint8Array {
  return inFolder(
    bytes,
    (path) => new Uint8Array(execFileSync('qpdf', [`--show-object=${number}`, '--filtered-stream-data', path])),
  )
}

/** Page 1 as poppler draws it: one grey byte a point, rows from the top. */
export function rendered(bytes: Uint8Array): { width: number; height: number; at(x: number, y: number): number } {
  const image = inFolder(bytes, (path) =>
    execFileSync('pdftoppm', ['-r', '72', '-cropbox', '-gray', '-f', '1', '-l', '1', path]),
  )
  const head = /^P5\s(\d+)\s(\d+)\s255\s/.exec(image.subarray(0, 40).toString('latin1'))
  if (head === null) throw new Error('pdftoppm drew nothing')
  const [width, height] = [Number(head[1]), Number(head[2])]
  const pixels = image.subarray(head[0].length)
  return { width, height, at: (x, y) => pixels[y * width + x] ?? 255 }
}

/** A serial number of the right form. */
export const sampleSerial = 'SPESIMEN01XQ00000000AB'

/** A recipe for these bytes. */
export function sampleRecipe(
  original: Uint8Array,
  placement: Partial<Placement> = {},
  changes: Partial<Recipe> = {},
): Recipe {
  return {
    format: 1,
    pictureVersion: 1,
    artworkSha256: null,
    sourceSha256: createHash('sha256').update(original).digest('hex'),
    sourceLength: original.length,
    placement: { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt', ...placement },
    documentType: 'surat-pernyataan',
    reason: `[${sampleSerial}] Surat Pernyataan`,
    location: 'Jakarta',
    serial: sampleSerial,
    checkUrl: `https://meterai.example/cek/${sampleSerial}`,
    specimen: true,
    signedAt: '2026-11-23T13:14:00Z',
    seed: '5e'.repeat(32),
    signerKeyId: 'sample',
    contentsBytes: 2048,
    profile: 'B-LT',
    ...changes,
  }
}
