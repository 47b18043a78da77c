import { concatBytes, latin1Bytes } from '../../src/base/bytes.ts'
import { latin1Text } from '../../src/stamp/pdf/objects.ts'
import { mutateDer } from './der-mutations.ts'
import type { Random } from './random.ts'

/** A file on its way through mutations, as text with one character a byte. `other` is another sample. */
type Ground = { text: string; other: string; random: Random }
type Mutation = (ground: Ground) => string

/** Numbers at which readers have stumbled: around powers of two, beyond safe integers, negative, not whole. */
const numbers =
  `0 1 -1 2 7 255 256 65535 65536 8388607 8388608 2147483647 2147483648 4294967295 4294967296 9007199254740991
  9007199254740993 99999999999999999999 0.5 -0.0001 1e9 . --3`.split(/\s+/)
const words = [
  ...'null true R obj endobj stream endstream xref trailer startxref %%EOF << >> [ ] ( ) < > / % \\ # /#00 %PDF-1.7'.split(
    ' ',
  ),
  '\r',
  '\r\n',
  '\0',
  '1 0 R',
  '1 0 obj',
]
const names = `Type Catalog Pages Page Kids Count Parent Annots AcroForm Fields FT Sig Tx T V Rect P Length Filter
  FlateDecode LZWDecode ASCII85Decode ASCIIHexDecode RunLengthDecode Crypt DCTDecode DecodeParms Predictor
  Columns Colors XRef ObjStm XRefStm Prev Size Index W N First Extends Root Info ID Encrypt Standard CF StmF
  StrF Identity O U MediaBox CropBox Rotate UserUnit Resources Contents DSS VRI Certs OCSPs CRLs ByteRange
  SubFilter Reference TransformMethod DocMDP TransformParams Perms Lock AP XFA NeedAppearances OCProperties
  Extensions Version`.split(/\s+/)

type Found = { at: number; end: number; text: string }

/** Where a pattern matches, at most some hundred times: enough to choose from. */
function all(text: string, pattern: RegExp): Found[] {
  const found: Found[] = []
  for (const match of text.matchAll(pattern)) {
    found.push({ at: match.index, end: match.index + match[0].length, text: match[0] })
    if (found.length >= 400) break
  }
  return found
}

function replace(text: string, found: Pick<Found, 'at' | 'end'>, by: string): string {
  return text.slice(0, found.at) + by + text.slice(found.end)
}

/** Replaces one match by what `make` says; the text itself where nothing matches. */
function replaceOne(ground: Ground, pattern: RegExp, make: (found: Found) => string): string {
  const found = all(ground.text, pattern)
  if (found.length === 0) return ground.text
  const one = ground.random.pick(found)
  return replace(ground.text, one, make(one))
}

const anyNumber = /(?<![\w.#-])\d+(?![\w.])/g
const anyReference = /\b\d+ \d+ R\b/g
const anyObject = /\b\d+ \d+ obj\b[^]{0,20000}?endobj/g

/** Some number of the file: an object's, a length, an offset. */
function ownNumber({ text, random }: Ground): string {
  const found = all(text, anyNumber)
  return found.length === 0 ? '1' : random.pick(found).text
}

function piece(text: string, random: Random, limit: number): Found {
  const at = random.below(text.length + 1)
  const end = Math.min(text.length, at + 1 + random.length(limit))
  return { at, end, text: text.slice(at, end) }
}

/** What nests, repeats or never ends. */
function excess(random: Random): string {
  const times = random.length(20_000)
  const filler = random.pick([
    '[',
    '<<',
    '<</A',
    '(',
    '(\\',
    '<',
    '[[0 0 R',
    '<</Kids[',
    '1 0 obj ',
    '1 0 obj<<>>stream\n',
    '% ',
    '/',
    '-',
    '1',
    '0 ',
    '\\',
  ])
  return filler.repeat(times)
}

const mutations: Record<string, Mutation> = {
  bytes({ text, random }) {
    let changed = text
    for (let left = 1 + random.below(8); left > 0; left--) {
      const at = random.below(changed.length)
      changed = replace(changed, { at, end: at + 1 }, String.fromCharCode(random.below(256)))
    }
    return changed
  },
  number: (ground) =>
    replaceOne(ground, anyNumber, () => (ground.random.onceIn(2) ? ownNumber(ground) : ground.random.pick(numbers))),
  nudge: (ground) => replaceOne(ground, anyNumber, ({ text }) => String(Number(text) + ground.random.below(5) - 2)),
  reference: (ground) => replaceOne(ground, anyReference, () => `${ownNumber(ground)} 0 R`),
  unreferenced: (ground) =>
    replaceOne(ground, anyReference, () => ground.random.pick(['null', '[]', '<<>>', '()', '0', '/Name', 'true'])),
  referenced: (ground) =>
    replaceOne(ground, /(?<=\/\w+ ?)(?:\d+(?! \d+ R)|\[[^[\]]*\]|\/\w+)/g, () => `${ownNumber(ground)} 0 R`),
  name: (ground) => replaceOne(ground, /\/[A-Za-z0-9]+/g, () => `/${ground.random.pick(names)}`),
  entry: (ground) =>
    replaceOne(
      ground,
      /<</g,
      () => `<</${ground.random.pick(names)} ${ground.random.pick([...numbers, ...words, `${ownNumber(ground)} 0 R`])}`,
    ),
  word({ text, random }) {
    const at = random.below(text.length)
    return replace(text, { at, end: at + random.below(3) }, random.pick(words))
  },
  offset: (ground) =>
    replaceOne(ground, /\b\d{10}(?= \d{5} [nf])/g, () =>
      String(ground.random.below(ground.text.length + 2)).padStart(10, '0'),
    ),
  pointer: (ground) =>
    replaceOne(
      ground,
      /(?:startxref\s+|\/(?:Prev|XRefStm|Length|First|N|Size|Columns|Predictor) ?)\d+/g,
      ({ text }) => {
        const places = all(ground.text, /\bxref\b|\b\d+ \d+ obj\b|trailer/g)
        const to =
          places.length > 0 && ground.random.onceIn(2) ? ground.random.pick(places).at : ground.random.pick(numbers)
        return text.replace(/\d+$/, String(to))
      },
    ),
  range: (ground) =>
    replaceOne(ground, /\/(?:ByteRange|W|Index|Rect|MediaBox|Kids|Fields|Annots)\s*\[[^\]]*\]/g, ({ text }) =>
      text.replaceAll(/-?\d+/g, (number) =>
        ground.random.onceIn(3) ? ground.random.pick([...numbers, ownNumber(ground)]) : number,
      ),
    ),
  removed: ({ text, random }) => replace(text, piece(text, random, 400), ''),
  doubled({ text, random }) {
    const found = piece(text, random, 2000)
    return replace(text, { at: found.end, end: found.end }, found.text)
  },
  truncated: ({ text, random }) => text.slice(0, random.below(text.length)),
  beheaded: ({ text, random }) => text.slice(random.length(text.length)),
  spliced({ text, other, random }) {
    return text.slice(0, random.below(text.length)) + other.slice(random.below(other.length))
  },
  appended: ({ text, other }) => text + other,
  object(ground) {
    const found = all(ground.random.onceIn(2) ? ground.other : ground.text, anyObject)
    if (found.length === 0) return ground.text
    return replaceOne(
      ground,
      anyObject,
      ({ text }) => text.replace(/(?<=obj)[^]*$/, '') + ground.random.pick(found).text.replace(/^\d+ \d+ obj/, ''),
    )
  },
  redefined(ground) {
    const found = all(ground.text, anyObject)
    const at = ground.text.lastIndexOf(ground.random.pick(['xref', 'startxref', 'trailer', 'endobj']))
    return found.length === 0 || at < 0
      ? ground.text
      : replace(ground.text, { at, end: at }, `${ground.random.pick(found).text}\n`)
  },
  excess({ text, random }) {
    const at = random.below(text.length)
    return replace(text, { at, end: at }, excess(random))
  },
  container: (ground) =>
    replaceOne(ground, /(?<=\/Contents ?<)[0-9a-fA-F]{200,}(?=>)/g, ({ text }) => {
      const hex = Buffer.from(mutateDer(new Uint8Array(Buffer.from(text, 'hex')), ground.random)).toString('hex')
      return ground.random.onceIn(8) ? hex : hex.slice(0, text.length).padEnd(text.length, '0')
    }),
  stream: (ground) =>
    replaceOne(ground, /(?<=stream\r?\n)[^]{1,20000}?(?=\r?\nendstream)/g, ({ text }) => {
      const bytes = mutateDer(latin1Bytes(text), ground.random)
      return latin1Text(bytes).slice(0, text.length).padEnd(text.length, '\0')
    }),
}
const kinds = Object.keys(mutations)

/** How many mutations a file gets at most: more, and nothing behind the first refusal is reached. */
const mutationsMax = 6
/** No mutation lets a file grow beyond this: hostile files of any size are made in bombs.ts. */
const bytesMax = 2 * 1024 * 1024

/** A sample with one to six mutations, and their names in order. */
export function mutate(sample: Uint8Array, other: Uint8Array, random: Random): { bytes: Uint8Array; how: string[] } {
  let text = latin1Text(sample)
  const how: string[] = []
  for (let left = 1 + random.length(mutationsMax - 1); left > 0 && text.length > 0; left--) {
    const kind = random.pick(kinds)
    const changed = mutations[kind]?.({ text, other: latin1Text(other), random }) ?? text
    how.push(kind)
    text = changed.slice(0, bytesMax)
  }
  return { bytes: concatBytes([latin1Bytes(text)]), how }
}
