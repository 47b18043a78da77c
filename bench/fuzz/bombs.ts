import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { concatBytes, latin1Bytes } from '../../src/base/bytes.ts'
import { latin1Text } from '../../src/stamp/pdf/objects.ts'
import { partsOf } from '../../tests/support/forged-updates.ts'
import { samplePdf } from '../../tests/support/pdf-samples.ts'
import { append, objectText, onePage } from '../../tests/support/stamped-pdf.ts'
import type { Random } from './random.ts'

/*
 * Files that ask for more work than they are long: filters that unpack to gigabytes, trees that share their branches, text
 * that every search reads again to its end. Each takes its size from the random numbers.
 */

type Bomb = (random: Random) => Uint8Array

/** Bytes of zeros that a filter bomb unpacks to. */
const unpackedBytesMax = 60 * 1024 * 1024
const deflatedZeros = new Map<number, Uint8Array>()

/** Zeros of a size up to the maximum, deflated; few sizes, so that they are deflated once. */
function zeros(random: Random): Uint8Array {
  const size = unpackedBytesMax >> (random.below(4) * 4)
  const known = deflatedZeros.get(size) ?? new Uint8Array(deflateSync(new Uint8Array(size), { level: 9 }))
  deflatedZeros.set(size, known)
  return known
}

function stream(keys: string, data: Uint8Array | string): string {
  const text = typeof data === 'string' ? data : latin1Text(data)
  return `<<${keys}/Length ${text.length}>>\nstream\n${text}\nendstream`
}

/** Objects numbered from 20 on. */
function numbered(count: number, make: (number: number, index: number) => string): Record<number, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [20 + index, make(20 + index, index)]))
}

const references = (count: number, number: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => `${number(index)} 0 R`).join(' ')

/** Some PDF that is none, so that readers look through the whole file for objects. */
const scanned = (text: string) => latin1Bytes(`%PDF-1.7\n${text}\ntrailer\n<</Root 1 0 R>>\nstartxref\n7\n%%EOF\n`)

function repeated(piece: string | ((index: number) => string), count: number): string {
  return typeof piece === 'string'
    ? piece.repeat(count)
    : Array.from({ length: count }, (_, index) => piece(index)).join('')
}

/** A chain of cross-reference tables, each one small and each pointing back. */
function revisions(random: Random): Uint8Array {
  let bytes = append(new Uint8Array(0), onePage())
  const parts: Uint8Array[] = [bytes]
  let length = bytes.length
  let previous = latin1Text(bytes).lastIndexOf('xref\n0')
  for (let left = random.length(1200); left > 0; left--) {
    const text = `\nxref\n0 0\ntrailer\n<</Size 200/Root 1 0 R/Prev ${previous}>>\nstartxref\n${length + 1}\n%%EOF\n`
    previous = length + 1
    length += text.length
    parts.push(latin1Bytes(text))
  }
  bytes = concatBytes(parts)
  return bytes
}

const lzwZeros = (times: number) => {
  // 256, then codes that each repeat the one before with a zero more: 12 bits for up to 4,000 bytes
  let bits = (256).toString(2).padStart(9, '0') + '0'.repeat(9)
  for (let code = 258; code < 4095; code++)
    bits += code.toString(2).padStart(code < 510 ? 9 : code < 1022 ? 10 : code < 2046 ? 11 : 12, '0')
  const bytes = bits.match(/.{1,8}/g) ?? []
  return Uint8Array.from(bytes, (eight) => Number.parseInt(eight.padEnd(8, '0'), 2)).slice(0, times)
}

/** A stamp under many names, over a store that repeats its proofs. */
function repeatedProofs(random: Random): Uint8Array {
  const stamped = new Uint8Array(readFileSync(new URL('samples/once-ec-p256.pdf', import.meta.url)))
  const { field, form, store } = partsOf({ bytes: stamped })
  const names = 1 + random.length(150)
  const copies = Array.from({ length: names }, (_, index) => objectText(stamped, field).replace('/T(', `/T(${index}`))
  const repeat = (match: string, before: string, list: string) => `${before}${list.repeat(1 + random.below(200))}]`
  return append(stamped, {
    ...Object.fromEntries(copies.map((text, index) => [2000 + index, text])),
    [form]: `<</Fields[${field} 0 R ${references(names, (index) => 2000 + index)}]/SigFlags 3>>`,
    [store]: objectText(stamped, store).replaceAll(/(\/(?:Certs|OCSPs|CRLs)\[)([^\]]*)\]/g, repeat),
  })
}

const bombs: Record<string, Bomb> = {
  'object streams of zeros': (random) =>
    scanned(
      repeated(
        (index) =>
          `${20 + index} 0 obj\n${stream('/Type/ObjStm/N 1/First 4/Filter/FlateDecode', zeros(random))}\nendobj\n`,
        1 + random.below(12),
      ),
    ),
  'zeros unpacked twice'(random) {
    const twice = new Uint8Array(deflateSync(zeros(random), { level: 9 }))
    return scanned(
      repeated(
        (index) =>
          `${20 + index} 0 obj\n${stream('/Type/ObjStm/N 9/First 4/Filter[/FlateDecode/FlateDecode]', twice)}\nendobj\n`,
        40,
      ),
    )
  },
  'an object stream of nulls': (random) =>
    scanned(
      `1 0 obj\n<</Type/Catalog/Pages 9 0 R>>\nendobj\n9 0 obj\n${stream('/Type/ObjStm/N 8000000/First 4/Filter/FlateDecode', new Uint8Array(deflateSync(Buffer.from(repeated((index) => `${index + 10} 0 `, random.length(400_000))))))}\nendobj\n`,
    ),
  'a cross-reference of zeros'(random) {
    const head = '%PDF-1.7\n'
    const index = random.pick([
      '[0 8388600]',
      '[0 8388600 0 8388600 0 8388600]',
      '[8388000 600]',
      `[${repeated('5 3 ', random.length(5000))}]`,
    ])
    const width = random.pick(['[0 1 0]', '[1 0 0]', '[1 2 1]', '[0 0 0]', '[8 8 8]'])
    return latin1Bytes(
      `${head}1 0 obj\n${stream(`/Type/XRef/W${width}/Index${index}/Size 8388600/Root 1 0 R/Filter/FlateDecode`, zeros(random))}\nendobj\nstartxref\n${head.length}\n%%EOF\n`,
    )
  },
  'a cross-reference of ones'(random) {
    const rows = new Uint8Array(deflateSync(new Uint8Array(random.length(8_000_000)).fill(1), { level: 9 }))
    return latin1Bytes(
      `%PDF-1.7\n1 0 obj\n${stream(`/Type/XRef/W[0 1 0]/Index[0 8388600]/Size 8388600/Root 1 0 R/Filter/FlateDecode`, rows)}\nendobj\nstartxref\n9\n%%EOF\n`,
    )
  },
  'LZW of zeros': (random) =>
    scanned(
      repeated(
        (index) =>
          `${20 + index} 0 obj\n${stream('/Type/ObjStm/N 1/First 4/Filter/LZWDecode', lzwZeros(6000))}\nendobj\n`,
        random.length(400),
      ),
    ),
  'runs of zeros': (random) =>
    scanned(
      repeated(
        (index) =>
          `${20 + index} 0 obj\n${stream('/Type/ObjStm/N 1/First 4/Filter[/FlateDecode/RunLengthDecode]', zeros(random))}\nendobj\n`,
        3,
      ),
    ),
  'one cross-reference inside another': (random) =>
    latin1Bytes(
      `%PDF-1.7\n${repeated(' ', random.below(9))}xref\n0 0\ntrailer\n<</XRefStm 9/Root 1 0 R>>\nstartxref\n9\n%%EOF\n`,
    ),
  'cross-references inside each other'(random) {
    const count = 1 + random.length(20_000)
    const section = (at: number) => `xref\n0 0\ntrailer\n<</XRefStm ${String(at).padStart(9, '0')}/Root 1 0 R>>\n`
    const { length } = section(0)
    return latin1Bytes(
      `%PDF-1.7\n${repeated((index) => section(9 + (index + 1) * length), count)}startxref\n9\n%%EOF\n`,
    )
  },
  revisions,
  'repeated proofs': repeatedProofs,
  'strings that never end': (random) => scanned(repeated((index) => `${index} 0 obj (`, random.length(100_000))),
  'hex strings that never end': (random) => scanned(repeated((index) => `${index} 0 obj <`, random.length(100_000))),
  'streams that never end': (random) =>
    scanned(repeated((index) => `${index} 0 obj<<>>stream\n`, random.length(60_000))),
  'arrays that never end': (random) => scanned(repeated((index) => `${index} 0 obj[`, random.length(100_000))),
  'dictionaries that never end': (random) => scanned(repeated((index) => `${index} 0 obj<</A`, random.length(100_000))),
  'comments that never end': (random) => scanned(repeated((index) => `${index} 0 obj%`, random.length(100_000))),
  'names that never end': (random) => scanned(repeated((index) => `${index} 0 obj/`, random.length(100_000))),
  'trailers that never end': (random) => scanned(repeated('trailer[', random.length(100_000))),
  'digits that never end': (random) => scanned(`${repeated('1', random.length(400_000))} 0 obj`),
  'spaces before obj': (random) => scanned(repeated(`${repeated(' ', random.length(2000))}obj`, random.length(1000))),
  'nested arrays': (random) => scanned(`1 0 obj${repeated('[', random.length(200_000))}`),
  'a page a thousand times': (random) =>
    samplePdf({ objects: { 2: `<</Type/Pages/Count 1/Kids[${references(random.length(120_000), () => 4)}]>>` } }),
  'kids that share their kids': (random) =>
    samplePdf({
      catalog: `/AcroForm<</Fields[${references(random.length(6000), (index) => 20 + index)}]>>`,
      objects: {
        ...numbered(random.length(6000), () => '<</FT/Sig/V 21 0 R/Kids 19 0 R>>'),
        19: `[${references(random.length(6000), () => 4)}]`,
      },
    }),
  'signatures on pages that share their annotations'(random) {
    const count = random.length(1500)
    const pages = random.length(1500)
    return samplePdf({
      pages: 1 + pages,
      page: '/Annots 9000 0 R',
      catalog: `/AcroForm<</Fields[${references(count, (index) => 9002 + index)}]>>`,
      objects: {
        ...Object.fromEntries(
          Array.from({ length: pages }, (_, index) => [5 + index, '<</Type/Page/Parent 2 0 R/Annots 9000 0 R>>']),
        ),
        9000: `[${references(random.length(1500), () => 3)}]`,
        9001: '<</Type/Sig/Contents<00>/ByteRange[0 1 2 3]>>',
        ...Object.fromEntries(
          Array.from({ length: count }, (_, index) => [
            9002 + index,
            `<</FT/Sig/T(a${index})/V 9001 0 R/Subtype/Widget/Rect[0 0 9 9]>>`,
          ]),
        ),
      },
    })
  },
  'fields one below the other': (random) =>
    samplePdf({
      catalog: '/AcroForm<</Fields[20 0 R]>>',
      objects: numbered(random.length(200), (number) => `<</T(a)/Kids[${number + 1} 0 R]>>`),
    }),
  'fields with long names'(random) {
    const name = 'a'.repeat(random.length(20_000))
    return samplePdf({
      catalog: '/AcroForm<</Fields[20 0 R]>>',
      objects: numbered(
        60,
        (number) => `<</T(${name})/Kids[${references(random.length(60), () => number + 1)} ${number + 1} 0 R]>>`,
      ),
    })
  },
  'lengths that lead on': (random) =>
    samplePdf({
      objects: numbered(random.length(12_000), (number) => `<</Length ${number + 1} 0 R>>\nstream\nx\nendstream`),
      catalog: '/AcroForm 20 0 R',
    }),
  'references that lead on': (random) =>
    samplePdf({
      objects: numbered(random.length(12_000), (number) => `${number + 1} 0 R`),
      catalog: '/AcroForm 20 0 R',
    }),
  'a store that leads on': (random) =>
    samplePdf({
      objects: numbered(random.length(12_000), (number) => `<</A ${number + 1} 0 R>>`),
      catalog: '/DSS 20 0 R',
    }),
  'a thousand byte ranges': (random) =>
    samplePdf({
      objects: numbered(
        random.length(2000),
        (_, index) => `<</ByteRange[0 ${100 + index} ${110 + index} ${index + 5}]/Contents<00000000>>>`,
      ),
    }),
  'a thousand signatures': (random) => {
    const count = random.length(1500)
    return samplePdf({
      catalog: `/AcroForm<</Fields[${references(count, (index) => 20 + index)}]>>`,
      objects: numbered(
        count,
        (_, index) => `<</FT/Sig/T(a${index})/V<</Contents<00>/ByteRange[0 ${100 + index} ${104 + index} 90]>>>>`,
      ),
    })
  },
}
const kinds = Object.keys(bombs)
export const bombNames: readonly string[] = kinds

/** A hostile file of this kind; throws RangeError for a kind there is none of. */
export function bombOf(kind: string, random: Random): Uint8Array {
  const make = bombs[kind]
  if (make === undefined) throw new RangeError(`there is no bomb "${kind}"`)
  return make(random)
}
