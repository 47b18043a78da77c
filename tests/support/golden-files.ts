import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { concatBytes, latin1Bytes } from '../../src/base/bytes.ts'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import { embed } from '../../src/stamp/pdf/embed.ts'
import { place } from '../../src/stamp/pdf/place.ts'
import { artworkText, readArtwork } from '../../src/stamp/picture/artwork.ts'
import { stampPicture } from '../../src/stamp/picture/picture.ts'
import type { Recipe, ValidationData } from '../../src/stamp/recipe.ts'
import { rewritten, sampleKinds, samplePdf, sampleRecipe, signedSample, type SampleOptions } from './pdf-samples.ts'
import { root } from './tracked-files.ts'

/*
 * Golden files: what one version of the recipe's format made of these originals, it makes for ever, or nobody can
 * rebuild a stamped copy. A folder holds, for each original `name.pdf`: `name.json` with the recipe and the digests of
 * what came out, and `name.update.txt`, the updates with their streams left out, for people who look for a difference.
 */

/** The folder of a format's golden files. */
export function goldenFolder(format: number): string {
  return join(root, 'tests', 'golden', `format-${format}`)
}

/** Names of a format's golden files, without their endings. */
export function goldenNames(format: number): string[] {
  return readdirSync(goldenFolder(format))
    .filter((name) => name.endsWith('.pdf'))
    .map((name) => name.slice(0, -'.pdf'.length))
}

/** Everything a golden file says of one original. */
export type Golden = {
  recipe: Recipe
  /** Digest over the ByteRange, as the service signs it. */
  digest: string
  byteRange: readonly number[]
  /** SHA-256 of what follows the original: with an empty signature, with the signature and the validation data. */
  preparedSha256: string
  stampedSha256: string
  stampedBytes: number
  /** The second part of `stampedSha256` in readable form. */
  update: string
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Stand-ins of usual sizes: the golden files pin how the PDF is written, not what a signature says. */
const filler = (length: number, first: number) => Uint8Array.from({ length }, (_, at) => (first + at * 7) & 255)
const cms = filler(1500, 0x30)
const validation: ValidationData = {
  certs: [filler(700, 1), filler(650, 2)],
  ocsps: [filler(900, 3)],
  crls: [filler(400, 4)],
}

/** An issuer's drawing of its own, for the family that has one. */
const artwork = readArtwork(
  artworkText({ width: 200, height: 100, operators: '.1 .3 .5 rg\n0 0 200 100 re\nf\n' }),
  nodePrimitives,
)

/** What this version makes of an original and a recipe. */
export function makeGolden(original: Uint8Array, recipe: Recipe): Golden {
  const picture = stampPicture(recipe, recipe.artworkSha256 === null ? undefined : artwork)
  const placed = place({ original, recipe, picture, primitives: nodePrimitives })
  if (!placed.ok) throw new Error(`not placed: ${JSON.stringify(placed.refusal)}`)
  const { prepared } = placed
  const { tail } = embed({ original, prepared, recipe, cms, validation, primitives: nodePrimitives })
  return {
    recipe,
    digest: prepared.digest,
    byteRange: prepared.byteRange,
    preparedSha256: sha256(prepared.tail),
    stampedSha256: sha256(tail),
    stampedBytes: tail.length,
    update: readable(tail),
  }
}

/** An update as text: streams, long hex and bytes that are no text are told by their length and digest. */
function readable(tail: Uint8Array): string {
  return Buffer.from(tail)
    .toString('latin1')
    .replaceAll(/(\nstream\r?\n)([^]*?)(\r?\n?endstream)/g, (_, from: string, inside: string, to: string) => {
      const told = `(${inside.length} bytes, SHA-256 ${sha256(latin1Bytes(inside))})`
      return `${from}${told}${to.startsWith('\n') ? '' : '\n'}${to}`
    })
    .replaceAll(/<([0-9A-Fa-f]{200,})>/g, (_, hex: string) => `<(${hex.length} digits)>`)
    .replaceAll(/[^\n\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** What a format's folder says of one original. */
export function readGolden(format: number, name: string): { original: Uint8Array; golden: Golden } {
  const at = (ending: string) => join(goldenFolder(format), `${name}${ending}`)
  const told: Omit<Golden, 'update'> = JSON.parse(readFileSync(at('.json'), 'utf8'))
  const golden = { ...told, update: readFileSync(at('.update.txt'), 'utf8') }
  return { original: new Uint8Array(readFileSync(at('.pdf'))), golden }
}

/** Writes a format's folder. Throws where there is one: an old format's files never change. */
export function writeGoldens(format: number): string[] {
  const folder = goldenFolder(format)
  if (existsSync(folder)) throw new Error(`${folder} is there already; golden files of a format never change`)
  const made = Object.entries(goldenOriginals()).map(([name, { bytes, placement, artwork: issued }]) => {
    const recipe = { ...sampleRecipe(bytes, placement), artworkSha256: issued === true ? artwork.sha256 : null }
    return { name, bytes, golden: makeGolden(bytes, recipe) }
  })
  mkdirSync(folder, { recursive: true })
  for (const { name, bytes, golden } of made) {
    const { update, ...told } = golden
    writeFileSync(join(folder, `${name}.pdf`), bytes)
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(told, null, 2)}\n`)
    writeFileSync(join(folder, `${name}.update.txt`), update)
  }
  return made.map(({ name }) => name)
}

type Original = { bytes: Uint8Array; placement?: Partial<Recipe['placement']>; artwork?: true }

/** One original of each family that the writer treats in a way of its own. */
function goldenOriginals(): Record<string, Original> {
  const from = (options: SampleOptions, placement?: Original['placement']): Original => ({
    bytes: samplePdf(options),
    ...(placement === undefined ? {} : { placement }),
  })
  const encrypted = (...words: string[]): Original => ({
    bytes: rewritten(samplePdf(), ['--allow-weak-crypto', '--encrypt', '', 'owner', ...words, '--']),
  })
  const text = '<</FT/Tx/T(Name)/Type/Annot/Subtype/Widget/P 4 0 R/Rect[50 700 200 720]>>'
  const small = { left: 20, bottom: 20, width: 54, height: 54 }
  return {
    ...Object.fromEntries(sampleKinds.map((kind) => [kind, from({ kind, pages: 2 })])),
    'rotated-90': from({ page: '/Rotate 90' }),
    'rotated-180': from({ tree: '/Rotate 180' }),
    'rotated-270': from({ page: '/Rotate -90' }),
    'user-unit': from({ page: '/UserUnit 2.5' }),
    'crop-box': from({ page: '/MediaBox[600 900 -20 -30]/CropBox[10 20 400 700]' }, { left: 200 }),
    millimetres: from({}, { ...small, width: 20, height: 20, unit: 'mm' }),
    'last-page': from({ pages: 3 }, { page: 3 }),
    'form-direct': from({ catalog: '/AcroForm<</Fields[20 0 R]>>', page: '/Annots[20 0 R]', objects: { 20: text } }),
    'form-indirect': from({
      catalog: '/AcroForm 21 0 R',
      page: '/Annots 23 0 R',
      objects: { 20: text, 21: '<</Fields 22 0 R/DA(/Helv 0 Tf)>>', 22: '[20 0 R]', 23: '[20 0 R]' },
    }),
    signed: from(signedSample),
    'form-redrawn': from({
      catalog: '/AcroForm<</Fields[20 0 R]/NeedAppearances true>>',
      page: '/Annots[20 0 R]',
      objects: { 20: text },
    }),
    'form-redrawn-signed': from({
      ...signedSample,
      catalog: signedSample.catalog.replace('/Fields', '/NeedAppearances true/Fields'),
    }),
    'small-page': from({ page: '/MediaBox[0 0 40 60]' }, { left: 0, bottom: 0, width: 40, height: 40 }),
    'dangling-reference': from({ page: '/Thumb 9 0 R' }),
    'xfa-static': from({
      catalog: '/AcroForm<</Fields[]/XFA 21 0 R>>',
      objects: { 21: '<</Length 0>>\nstream\n\nendstream' },
    }),
    tagged: from({
      catalog: '/MarkInfo<</Marked true>>/StructTreeRoot 21 0 R',
      objects: { 21: '<</Type/StructTreeRoot/K[]/ParentTreeNextKey 3>>' },
    }),
    'tagged-branches': from({
      catalog: '/MarkInfo<</Marked true>>/StructTreeRoot 21 0 R',
      objects: {
        21: '<</Type/StructTreeRoot/K 22 0 R/ParentTree 23 0 R/ParentTreeNextKey 1>>',
        22: '<</Type/StructElem/S/Document/P 21 0 R/K 0/Pg 4 0 R>>',
        23: '<</Kids[24 0 R]>>',
        24: '<</Limits[0 0]/Nums[0[22 0 R]]>>',
      },
    }),
    artwork: { bytes: samplePdf(), artwork: true },
    'garbage-before': from({ before: 'garbage\n' }),
    'old-version': from({ version: '1.2' }),
    'version-2': from({ version: '2.0' }),
    repaired: { bytes: damaged() },
    'encrypted-rc4': encrypted('128', '--use-aes=n'),
    'encrypted-aes-128': encrypted('128', '--use-aes=y'),
    'encrypted-aes-256': encrypted('256'),
  }
}

/** A file whose startxref leads nowhere, so that its cross-reference is rebuilt. */
function damaged(): Uint8Array {
  const whole = Buffer.from(samplePdf({ pages: 2 })).toString('latin1')
  return concatBytes([latin1Bytes(whole.replace(/startxref\n\d+/, 'startxref\n7'))])
}
