import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { check } from '../src/stamp/check/check.ts'
import type { CheckReport } from '../src/stamp/check/report.ts'
import { agreement, foreignSigner, sign } from './support/foreign-signer.ts'
import { replaced, stream } from './support/forged-updates.ts'
import { append, objectText, pdfBytes, pdfText, type Objects } from './support/stamped-pdf.ts'

/*
 * The published attacks on PDF signatures (incremental saving, signature wrapping, universal forgery: "1 Trillion Dollar
 * Refund", 2019; shadow attacks, 2021) and their kin, each made from a document of our own. The forger has the signed file
 * and no key. Whatever the forger does, no signature is called intact.
 */

const notary = foreignSigner('ec-p256')
let signed: Uint8Array
let text: string
/** ByteRange of the signature. */
let range: readonly [number, number, number, number]

beforeAll(async () => {
  signed = await sign(agreement(), { sign: notary.sign, box: [300, 600, 390, 640] })
  text = pdfText(signed)
  const found = /\/ByteRange\[(\d+) (\d+) (\d+) (\d+)\]/.exec(text)
  range = [Number(found?.[1]), Number(found?.[2]), Number(found?.[3]), Number(found?.[4])]
})

afterAll(() => notary.remove())

function checked(bytes: Uint8Array): CheckReport {
  return check(bytes, { roots: [] }, nodePrimitives)
}

/** Of a forged file, how many signatures pass for good: there must be none. */
function fooledBy({ signatures }: CheckReport): number {
  return signatures.filter(({ integrity }) => integrity === 'intact').length
}

test('before anything is done to it the signature is intact', () => {
  expect(checked(signed).signatures).toMatchObject([{ integrity: 'intact', reasons: [] }])
})

/** The file with the same number of bytes instead of its signature dictionary's part that matches. */
function edited(find: RegExp, put: string | ((found: string) => string)): Uint8Array {
  const found = find.exec(text)?.[0]
  if (found === undefined) throw new Error(`${find} is not in the file`)
  const now = typeof put === 'string' ? put : put(found)
  return pdfBytes(replaced(text, found, now.padEnd(found.length)))
}

const hex = /\/Contents<[0-9a-f]+>/
const four = /\/ByteRange\[[^\]]*\] */

test.each<[string, () => Uint8Array]>([
  ['no /Contents', () => edited(hex, '')],
  ['null for /Contents', () => edited(hex, '/Contents null')],
  ['nothing in /Contents', () => edited(hex, '/Contents<>')],
  ['a zero in /Contents', () => edited(hex, '/Contents<00>')],
  ['a literal string for /Contents', () => edited(hex, '/Contents(abc)')],
  ['a reference for /Contents', () => edited(hex, '/Contents 4 0 R')],
  ['no /ByteRange', () => edited(four, '')],
  ['null for /ByteRange', () => edited(four, '/ByteRange null')],
  ['nothing in /ByteRange', () => edited(four, '/ByteRange[]')],
  ['two numbers in /ByteRange', () => edited(four, '/ByteRange[0 10]')],
  ['zeros in /ByteRange', () => edited(four, '/ByteRange[0 0 0 0]')],
  ['a negative number in /ByteRange', () => edited(four, `/ByteRange[0 -${range[1]} ${range[2]} ${range[3]}]`)],
  ['a negative start in /ByteRange', () => edited(four, `/ByteRange[-1 ${range[1]} ${range[2]} ${range[3]}]`)],
  ['parts that overlap', () => edited(four, `/ByteRange[0 ${range[2]} ${range[1]} ${range[3]}]`)],
  ['the same part twice', () => edited(four, `/ByteRange[0 ${range[1]} 0 ${range[1]}]`)],
  ['strings in /ByteRange', () => edited(four, '/ByteRange[(0)(1)(2)(3)]')],
  ['a number that ends behind the file', () => edited(four, '/ByteRange[0 99999999 999999999 9]')],
  ['a number beyond all numbers', () => edited(four, '/ByteRange[0 9e999 9 99999999999999999999]')],
  ['a reference for /ByteRange', () => edited(four, '/ByteRange 9 0 R')],
  ['a second /ByteRange', () => edited(four, `/ByteRange[0 9 11 9]/ByteRange[0 1 3 4]`)],
  ['no /SubFilter', () => edited(/\/SubFilter\/adbe.pkcs7.detached/, '')],
  ['a /SubFilter that nobody knows', () => edited(/adbe.pkcs7.detached/, 'adbe.pkcs7.whatever')],
  ['the name of a document timestamp', () => edited(/adbe.pkcs7.detached/, 'ETSI.RFC3161')],
  ['another /Type', () => edited(/\/Type\/Sig\//, '/Type/Foo/')],
  ['no hex digits', () => edited(hex, (found) => found.replace(/[0-9a-f]{9}>$/, '(/Evil(1)>'))],
  ['a comment in /Contents', () => edited(hex, (found) => found.replace(/0{9}>$/, '%comment\n>'))],
  ['an odd number of digits', () => edited(hex, (found) => found.replace(/00>$/, '0> '))],
  ['a string that ends early', () => edited(hex, (found) => found.replace(/0{9}>$/, '>/X<000000>'))],
  ['other bytes behind its container', () => edited(hex, (found) => found.replace(/0{9}>$/, 'aabbccdd0>'))],
  ['another signature value', () => edited(hex, (found) => found.replace(/([1-9a-f])(0+>)$/, '0$2'))],
  ['a byte range name in capitals', () => edited(/\/ByteRange/, '/BYTERANGE')],
])('with %s the signature is not intact', (_, forge) => {
  const report = checked(forge())

  expect(report.signatures.length).toBeGreaterThan(0)
  expect(fooledBy(report)).toBe(0)
})

/** Both covered parts in their places, with `wrapped` in the gap and the ByteRange as it was or `moved` behind it. */
function wrapping(wrapped: string, moved: boolean): Uint8Array {
  const [, gapStart, gapEnd, length] = range
  const bytes = text.slice(0, gapEnd) + wrapped + text.slice(gapEnd)
  if (!moved) return pdfBytes(bytes)
  const shifted = `/ByteRange[0 ${gapStart} ${gapEnd + wrapped.length} ${length}]`
  return pdfBytes(bytes.replace(four, (found) => shifted.padEnd(found.length)))
}

const evil = `4 0 obj\n${stream('BT (Rp 9.000.000) Tj ET')}\nendobj\n`

test.each<[string, () => Uint8Array]>([
  ['objects between the hex and the rest', () => wrapping(`>>endobj\n${evil}`, false)],
  ['objects that the range leaves out', () => wrapping(`>>endobj\n${evil}`, true)],
  ['white space that the range leaves out', () => wrapping(' '.repeat(100), true)],
  ['a second string that the range leaves out', () => wrapping('/Contents<00>', true)],
  ['the whole signature dictionary once more', () => wrapping(`>>endobj\n151 0 obj<<${four.exec(text)?.[0]}>>`, true)],
  [
    'a range that names the signed bytes at the end of another document',
    () => {
      const moved = text.length + 200
      const [, gapStart, gapEnd, length] = range
      const other = pdfText(append(pdfBytes(text), { 4: stream('BT (Rp 9) Tj ET') })).padEnd(moved)
      const shown = other.replace(four, (found) =>
        `/ByteRange[0 ${gapStart} ${moved + gapEnd} ${length}]`.padEnd(found.length),
      )
      return pdfBytes(shown + text)
    },
  ],
])('wrapped: %s', (_, forge) => {
  expect(fooledBy(checked(forge()))).toBe(0)
})

const changes: Objects = { 4: stream('BT /F1 24 Tf 72 700 Td (Rp 9.000.000) Tj ET') }
const startOf = (bytes: string) => Number([...bytes.matchAll(/startxref\s+(\d+)/g)].at(-1)?.[1])
const row = (offset: number) => `${String(offset).padStart(10, '0')} 00000 n \n`

/** The file with an update written by hand: its objects, and what comes behind them, told where the objects stand. */
function updated(body: string, end: (at: number) => string): Uint8Array {
  const objects = `\n${body}`
  return pdfBytes(text + objects + end(text.length + objects.length))
}

const trailer = (keys: string) => `trailer\n<</Size 200/Root 1 0 R/Info 6 0 R${idOf()}${keys}>>\n`
const idOf = () => /\/ID\s*\[[^\]]*\]/.exec(text)?.[0] ?? ''
const ending = (at: number) => `startxref\n${at}\n%%EOF\n`
const evilRow = () => `4 1\n${row(text.length + 1)}`

test.each<[string, () => Uint8Array]>([
  ['other contents', () => append(signed, changes)],
  ['other contents without a table', () => updated(evil, () => '')],
  ['other contents and an end without a table', () => updated(evil, () => `${trailer('')}%%EOF\n`)],
  ['other contents and the old table', () => updated(evil, () => ending(startOf(text)))],
  ['other contents with a table and no trailer', () => updated(evil, (at) => `xref\n${evilRow()}${ending(at)}`)],
  [
    'other contents behind a table that does not name them',
    () => updated(evil, (at) => `xref\n0 0\n${trailer(`/Prev ${startOf(text)}`)}${ending(at)}`),
  ],
  ['a table without its past', () => updated(evil, (at) => `xref\n${evilRow()}${trailer('')}${ending(at)}`)],
  [
    'a table that skips the signature',
    () => {
      const first = Number(/startxref\s+(\d+)/.exec(text)?.[1])
      return updated(evil, (at) => `xref\n${evilRow()}${trailer(`/Prev ${first}`)}${ending(at)}`)
    },
  ],
  [
    'a table that follows itself',
    () => updated(evil, (at) => `xref\n${evilRow()}${trailer(`/Prev ${at}`)}${ending(at)}`),
  ],
  ...['-1', '0', '99999999', '(1)', '9 0 R', '1.5'].map((prev): [string, () => Uint8Array] => [
    `a table whose past is at ${prev}`,
    () => updated(evil, (at) => `xref\n${evilRow()}${trailer(`/Prev ${prev}`)}${ending(at)}`),
  ]),
  [
    'a table that says its past twice',
    () => updated(evil, (at) => `xref\n${evilRow()}${trailer(`/Prev 9/Prev ${startOf(text)}`)}${ending(at)}`),
  ],
  [
    'a hidden table beside the one that shows',
    () => {
      const hidden = String.fromCharCode(1, ...[24, 16, 8, 0].map((bits) => ((text.length + 1) >> bits) & 255), 0)
      const section = `180 0 obj\n<</Type/XRef/Size 200/W[1 4 1]/Index[4 1]/Length 6>>\nstream\n${hidden}\nendstream\nendobj\n`
      const at = text.length + 1 + evil.length
      return updated(
        evil + section,
        (end) => `xref\n180 1\n${row(at)}${trailer(`/Prev ${startOf(text)}/XRefStm ${at}`)}${ending(end)}`,
      )
    },
  ],
  [
    'contents packed into an object stream',
    () => {
      const inside = '3 0 <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>'
      const pack = `170 0 obj\n<</Type/ObjStm/N 1/First 4/Length ${inside.length}>>\nstream\n${inside}\nendstream\nendobj\n`
      return updated(pack, (at) => {
        const offset = (number: number) => [24, 16, 8, 0].map((bits) => (number >> bits) & 255)
        const rows = [2, ...offset(170), 0, 1, ...offset(text.length + 1), 0, 1, ...offset(at), 0]
        const data = String.fromCharCode(...rows)
        const keys = `/Size 200/Root 1 0 R/Info 6 0 R${idOf()}/Prev ${startOf(text)}/W[1 4 1]/Index[3 1 170 2]`
        return `171 0 obj\n<</Type/XRef${keys}/Length ${data.length}>>\nstream\n${data}\nendstream\nendobj\n${ending(at)}`
      })
    },
  ],
  [
    'an encryption',
    () => updated('', (at) => `xref\n0 0\n${trailer(`/Encrypt<<>>/Prev ${startOf(text)}`)}${ending(at)}`),
  ],
  ['two ends', () => Buffer.concat([append(signed, { 1: objectText(signed, 1) }), pdfBytes(ending(0))])],
  ['bytes after the end', () => pdfBytes(`${text}%%EOF and more`)],
  ['a comment after the end', () => pdfBytes(`${text}% Rp 9.000.000\n`)],
  ['zeros after the end, and objects', () => pdfBytes(`${text}${'\0'.repeat(50)}${evil}`)],
])('saved with %s', (_, forge) => {
  const report = checked(forge())

  expect(fooledBy(report)).toBe(0)
  expect(report.signatures.length).toBeGreaterThan(0)
  expect(report.coversWholeFile).toBe(false)
})

const page = () => objectText(signed, 3)
const catalog = () => objectText(signed, 1)

test.each<[string, () => Objects]>([
  [
    'the contents that are named',
    () => ({ 3: replaced(page(), '/Contents 4 0 R', '/Contents[4 0 R 190 0 R]'), 190: stream('q') }),
  ],
  ['a key given twice', () => ({ 3: replaced(page(), '/MediaBox', '/Contents 190 0 R/MediaBox'), 190: stream('q') })],
  ['a catalog with a key given twice', () => ({ 1: replaced(catalog(), '<<', '<</Pages 2 0 R/AcroForm 9 0 R') })],
  ['the font', () => ({ 5: '<</Type/Font/Subtype/Type1/BaseFont/Symbol>>' })],
  ['the pages', () => ({ 2: '<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>' })],
  ['a page that turns', () => ({ 3: replaced(page(), '<<', '<</Rotate 180') })],
  ['a page with an action', () => ({ 3: replaced(page(), '<<', '<</AA<</O<</S/JavaScript/JS(x)>>>>') })],
  ['a script on opening', () => ({ 1: replaced(catalog(), '<<', '<</OpenAction<</S/JavaScript/JS(x)>>') })],
  [
    'scripts by name',
    () => ({ 1: replaced(catalog(), '<<', '<</Names<</JavaScript<</Names[(a)<</S/JavaScript>>]>>>>') }),
  ],
  ['actions of the document', () => ({ 1: replaced(catalog(), '<<', '<</AA<</WC<</S/JavaScript/JS(x)>>>>') })],
  ['layers that switch', () => ({ 1: replaced(catalog(), '<<', '<</OCProperties<</OCGs[]/D<<>>>>') })],
  [
    'a structure tree',
    () => ({ 1: replaced(catalog(), '<<', '<</StructTreeRoot 190 0 R'), 190: '<</Type/StructTreeRoot>>' }),
  ],
  ['page labels', () => ({ 1: replaced(catalog(), '<<', '<</PageLabels<</Nums[0<</P(9)>>]>>') })],
  ['an old version', () => ({ 1: replaced(catalog(), '<<', '<</Version/Old') })],
  [
    'validation data that stands in for the page',
    () => ({ 1: replaced(catalog(), '<<', '<</DSS 3 0 R'), 3: replaced(page(), '595', '99') }),
  ],
  ['the form', () => ({ 1: replaced(catalog(), '/AcroForm 9 0 R', '') })],
  ['the fields', () => ({ 9: objectText(signed, 9).replace(/\[[^\]]*\]/, '[150 0 R]') })],
  ['the order of the fields', () => ({ 9: objectText(signed, 9).replace(/\[10 0 R 11 0 R/, '[11 0 R 10 0 R') })],
  ['an XFA form', () => ({ 9: replaced(objectText(signed, 9), '<<', '<</XFA(x)') })],
  ['an order of calculation', () => ({ 9: replaced(objectText(signed, 9), '<<', '<</CO[10 0 R]') })],
  ['the signature dictionary', () => ({ 151: objectText(signed, 151).replace('/M(D:2026', '/M(D:2020') })],
  ['the signed field', () => ({ 150: objectText(signed, 150).replace('/V 151 0 R', '') })],
  ['the name of the signed field', () => ({ 150: replaced(objectText(signed, 150), 'T(Signature150)', 'T(Other)') })],
  ['the picture of the signature', () => ({ 152: stream('0 g 0 0 9 9 re f') })],
  ['where the signature shows', () => ({ 150: objectText(signed, 150).replace(/Rect\[[^\]]*\]/, 'Rect[0 0 1 1]') })],
  ['the signature hidden', () => ({ 150: replaced(objectText(signed, 150), '/F 132', '/F 134') })],
  ['the annotations', () => ({ 3: page().replace(/\/Annots\[[^\]]*\]/, '') })],
  ['a freed object', () => ({ 5: null })],
  ['the title', () => ({ 6: '<</Producer(Agreement Maker)/Title(Another)>>' })],
  [
    'metadata with another title',
    () => ({ 1: replaced(catalog(), '<<', '<</Metadata 190 0 R'), 190: xmp('<dc:title>Another</dc:title>') }),
  ],
  ['a signature without a key', () => copiedSignature()],
])('an update of %s is told', (_, objects) => {
  const report = checked(append(signed, objects()))

  expect(fooledBy(report)).toBe(0)
  expect(report.signatures.flatMap(({ reasons }) => reasons)).not.toContain('update_malformed')
})

function xmp(inside: string): string {
  return stream(`<x:xmpmeta>${inside}</x:xmpmeta>`).replace('<<', '<</Type/Metadata/Subtype/XML')
}

/** A field of its own with a copy of the notary's signature as its value, over changed contents. */
function copiedSignature(): Objects {
  return {
    ...changes,
    3: page().replace(/(\/Annots\[[^\]]*)\]/, '$1 190 0 R]'),
    9: objectText(signed, 9).replace(/(\/Fields\[[^\]]*)\]/, '$1 190 0 R]'),
    190: '<</Type/Annot/Subtype/Widget/FT/Sig/T(Copy)/F 132/Rect[0 0 0 0]/V 191 0 R>>',
    191: objectText(signed, 151),
  }
}

/** Shadow attacks: what will be swapped later stands in the file when it is signed. */
test.each<[string, Objects, Objects]>([
  ['hides: the picture over the text becomes nothing', { 20: stream('1 g 0 0 595 842 re f') }, { 20: '<<>>' }],
  ['hides: the picture is freed', { 20: stream('1 g 0 0 595 842 re f') }, { 20: null }],
  ['replaces: another object takes the number', { 20: stream('BT (good) Tj ET') }, { 20: stream('BT (evil) Tj ET') }],
  [
    'hides and replaces: the other catalog',
    { 21: '<</Type/Catalog/Pages 22 0 R>>', 22: '<</Type/Pages/Kids[]/Count 0>>' },
    { 1: '<</Type/Catalog/Pages 22 0 R/AcroForm 9 0 R>>' },
  ],
])('a shadow that %s is told', async (_, prepared, swapped) => {
  const shadowed = append(agreement(), { 3: objectText(agreement(), 3).replace('<<', '<</Group 20 0 R'), ...prepared })
  const bytes = await sign(shadowed, { sign: notary.sign })
  expect(checked(bytes).signatures).toMatchObject([{ integrity: 'intact' }])

  expect(fooledBy(checked(append(bytes, swapped)))).toBe(0)
})

test('an object of digits that no reader can take apart keeps nobody busy', async () => {
  const original = append(agreement(), { 30: `>>${'1'.repeat(400_000)}` })
  const bytes = await sign(original, { sign: notary.sign })

  expect(fooledBy(checked(append(bytes, { 190: stream('q') })))).toBe(1)
})

test('what an object that no reader can take apart refers to is not filled in', async () => {
  const original = append(agreement(), { 30: '>>/Contents 00190  0\nR' })
  const bytes = await sign(original, { sign: notary.sign })

  expect(checked(append(bytes, { 190: stream('q') })).signatures[0]?.reasons).toEqual(['object_filled_in'])
})
