import { assert, integer, nat, property } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { pictureSha256 } from '../src/stamp/picture/picture.ts'
import { check } from '../src/stamp/check/check.ts'
import type { CheckReason, CheckReport, SignatureReport } from '../src/stamp/check/report.ts'
import { verdictOf } from '../src/stamp/check/verdict.ts'
import type { StampSigner } from '../src/signing/stamp-signer.ts'
import { forgedUpdates, partsOf, replaced, stream } from './support/forged-updates.ts'
import {
  append,
  appendSignature,
  objectText,
  onePage,
  pdfBytes,
  pdfText,
  removeAuthorities,
  specimenSerial,
  stampPdf,
  temporarySigner,
  type Stamped,
} from './support/stamped-pdf.ts'

const nothing = new Uint8Array(0)
let signer: StampSigner
/** Of another authority, which nobody here trusts. */
let stranger: StampSigner
let stamped: Stamped

beforeAll(async () => {
  signer = await temporarySigner()
  stranger = await temporarySigner()
  // the page refers to an object 150 that is not there, as a forger would prepare it
  stamped = await stampPdf(append(nothing, onePage('/Group 150 0 R')), signer, { serial: specimenSerial(1) })
})

afterAll(removeAuthorities)

function checked(bytes: Uint8Array): CheckReport {
  return check(bytes, { roots: signer.trustRoots() }, nodePrimitives)
}

function stampIn(report: CheckReport): SignatureReport | undefined {
  return report.signatures.find((signature) => signature.fieldName === `Emet${stamped.serial}`)
}

test('a stamp is an intact specimen with its serial, its time and its validation data', () => {
  expect(checked(stamped.bytes)).toMatchObject({
    signatures: [
      {
        integrity: 'intact',
        reasons: [],
        signer: { standing: 'specimen' },
        serial: stamped.serial,
        serialInField: stamped.serial,
        serialInReason: stamped.serial,
        digest: stamped.digest,
        profile: 'B-LT',
        pictureSha256: pictureSha256(stamped.recipe, nodePrimitives),
      },
    ],
    stampPictures: [],
    coversWholeFile: true,
  })
})

test('a stamp by an RSA key is intact as well', async () => {
  const other = await temporarySigner('rsa-2048')
  const { bytes } = await stampPdf(append(nothing, onePage()), other, { serial: specimenSerial(7) })

  expect(check(bytes, { roots: other.trustRoots() }, nodePrimitives).signatures).toMatchObject([
    { integrity: 'intact', profile: 'B-LT' },
  ])
})

test('without its root in the trust list the signer is foreign', () => {
  expect(check(stamped.bytes, { roots: [] }, nodePrimitives).signatures).toMatchObject([
    { integrity: 'intact', signer: { standing: 'foreign' } },
  ])
})

test('a second stamp beside the first leaves both intact', async () => {
  const twice = await stampPdf(stamped.bytes, signer, { serial: specimenSerial(2), placement: { left: 300 } })

  expect(checked(twice.bytes).signatures.map(({ integrity, profile }) => [integrity, profile])).toEqual([
    ['intact', 'B-LT'],
    ['intact', 'B-LT'],
  ])
})

test.each(forgedUpdates)('an update that brings %s makes the stamp changed', (_, reason, forge) => {
  const { objects, ...options } = forge(stamped)

  const stamp = stampIn(checked(append(stamped.bytes, objects, options)))

  expect(stamp?.integrity).toBe('changed')
  expect(stamp?.reasons).toContain(reason)
})

test('an update that changes nothing leaves the stamp intact', () => {
  expect(stampIn(checked(append(stamped.bytes, { 1: partsOf(stamped).catalog })))?.integrity).toBe('intact')
})

test('more validation data leaves the stamp intact', () => {
  const { store } = partsOf(stamped)
  const more = replaced(objectText(stamped.bytes, store), '/Certs[', '/Certs[190 0 R ')

  expect(stampIn(checked(append(stamped.bytes, { [store]: more, 190: stream('30') })))?.integrity).toBe('intact')
})

test.each([
  ['words', 'anything', 'bytes_after_end'],
  ['a second end', '\nstartxref\n0\n%%EOF\n', 'update_malformed'],
  ['a whole other document', pdfText(append(nothing, onePage())), 'update_malformed'],
] as const)('%s after the end make the stamp changed', (_, tail, reason) => {
  const stamp = stampIn(checked(Buffer.concat([stamped.bytes, pdfBytes(tail)])))

  expect(stamp).toMatchObject({ integrity: 'changed', reasons: expect.arrayContaining([reason]) })
})

test('a table that brings back an older object is not followed', () => {
  const text = pdfText(stamped.bytes)
  const at = String(text.indexOf('3 0 obj')).padStart(10, '0')
  const start = text.length
  const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(text)?.[1]
  const id = [...text.matchAll(/\/ID\[[^\]]*\]/g)].at(-1)?.[0]
  const tail = `xref\n3 1\n${at} 00000 n \ntrailer\n<</Size 300/Root 1 0 R/Info 6 0 R${id}/Prev ${previous}>>\nstartxref\n${start}\n%%EOF\n`

  expect(stampIn(checked(Buffer.concat([stamped.bytes, pdfBytes(tail)])))).toMatchObject({
    integrity: 'changed',
    reasons: ['update_malformed'],
  })
})

test('another signature over the stamp hides it, and the stamp says so', async () => {
  const over = await appendSignature(stamped.bytes, stranger, { box: [50, 50, 90, 90], serial: specimenSerial(3) })

  expect(stampIn(checked(over))).toMatchObject({
    integrity: 'changed',
    reasons: expect.arrayContaining(['stamp_covered']),
  })
})

test('another signature beside the stamp is named and leaves it intact', async () => {
  const beside = await appendSignature(stamped.bytes, stranger, { box: [300, 50, 390, 90], serial: specimenSerial(3) })

  expect(stampIn(checked(beside))).toMatchObject({ integrity: 'intact', reasons: ['later_signature'] })
})

test('another signature that does not hold makes the stamp changed', async () => {
  const beside = await appendSignature(stamped.bytes, stranger, {
    box: [300, 50, 390, 90],
    serial: specimenSerial(3),
    isBad: true,
  })

  expect(stampIn(checked(beside))).toMatchObject({
    integrity: 'changed',
    reasons: expect.arrayContaining(['form_changed']),
  })
})

/** The stamped file with its ByteRange written anew, in the same room. */
function withByteRange(range: readonly number[], bytes: Uint8Array = stamped.bytes): Uint8Array {
  const text = pdfText(bytes)
  return pdfBytes(
    text.replace(/\/ByteRange\[[^\]]*\] */, (found) => `/ByteRange[${range.join(' ')}]`.padEnd(found.length)),
  )
}

const ranges: [string, () => Uint8Array, CheckReason][] = [
  ['has five numbers', () => withByteRange([...stamped.byteRange, 0]), 'byte_range_malformed'],
  [
    'starts after the header',
    () => withByteRange([9, stamped.byteRange[1] - 9, stamped.byteRange[2], stamped.byteRange[3]]),
    'byte_range_malformed',
  ],
  [
    'ends behind the file',
    () => withByteRange([0, stamped.byteRange[1], stamped.byteRange[2], stamped.bytes.length]),
    'byte_range_malformed',
  ],
  ['runs backwards', () => withByteRange([0, stamped.byteRange[2], stamped.byteRange[1], 10]), 'byte_range_malformed'],
  [
    'leaves more than /Contents out',
    () => withByteRange([0, stamped.byteRange[1] - 9, stamped.byteRange[2], stamped.byteRange[3]]),
    'byte_range_gap',
  ],
  [
    'leaves out a part behind /Contents',
    () => withByteRange([0, stamped.byteRange[1], stamped.byteRange[2] + 2, stamped.byteRange[3] - 2]),
    'byte_range_gap',
  ],
  [
    'covers a part of the update only',
    () => withByteRange([0, stamped.byteRange[1], stamped.byteRange[2], stamped.byteRange[3] - 40]),
    'signed_part_unreadable',
  ],
]

test.each(ranges)('a ByteRange that %s is broken', (_, forge, reason) => {
  expect(checked(forge()).signatures).toMatchObject([
    { integrity: 'broken', reasons: [reason], signer: { standing: 'specimen' }, serial: stamped.serial },
  ])
})

test('a stamp whose ByteRange was cut off is broken and not merely foreign', () => {
  const verdict = verdictOf(checked(withByteRange([0, stamped.byteRange[1], stamped.byteRange[2]])), 'unreachable')

  expect(verdict).toMatchObject({ integrity: 'broken', serial: stamped.serial, exitCode: 21 })
})

test('bytes wrapped into the gap are found', () => {
  const [, gapStart, gapEnd, length] = stamped.byteRange
  const inserted = pdfBytes(`>/Evil(${' '.repeat(200)})/X<00>`)
  const head = stamped.bytes.subarray(0, gapEnd - 1)
  const wrapped = Buffer.concat([head, inserted, stamped.bytes.subarray(gapEnd)])

  const report = checked(withByteRange([0, gapStart, gapEnd - 1 + inserted.length, length], wrapped))

  expect(report.signatures.map(({ integrity }) => integrity)).not.toContain('intact')
})

/** The stamped file with other bytes in /Contents, padded with zeros. */
function withContents(hex: string): Uint8Array {
  const [, gapStart, gapEnd] = stamped.byteRange
  const room = gapEnd - gapStart - 2
  return Buffer.concat([
    stamped.bytes.subarray(0, gapStart + 1),
    pdfBytes(hex.padEnd(room, '0')),
    stamped.bytes.subarray(gapEnd - 1),
  ])
}

function contentsHex(of: Stamped): string {
  return pdfText(of.bytes.subarray(of.byteRange[1] + 1, of.byteRange[2] - 1)).replace(/(?:00)+$/, '')
}

test.each([
  ['is empty', () => withContents(''), 'cms_malformed'],
  ['has something behind the signature', () => withContents(`${contentsHex(stamped)}00ff`), 'cms_malformed'],
  ['is no DER', () => withContents('3080'), 'cms_malformed'],
] as const)('a /Contents that %s is broken', (_, forge, reason) => {
  expect(checked(forge()).signatures).toMatchObject([{ integrity: 'broken', reasons: [reason] }])
})

test('the signature of another stamp does not fit', async () => {
  const other = await stampPdf(append(nothing, onePage()), signer, { serial: specimenSerial(4) })

  const [signature] = checked(withContents(contentsHex(other))).signatures

  expect(signature?.integrity).not.toBe('intact')
  expect(signature?.reasons).toEqual(expect.arrayContaining(['digest_mismatch']))
})

test('a signature by the same key under another name of field and reason is broken', async () => {
  const forged = await appendSignature(append(nothing, onePage()), signer, {
    box: [36, 36, 136, 136],
    serial: specimenSerial(5),
  })

  expect(checked(forged).signatures).toMatchObject([
    { integrity: 'broken', reasons: ['serial_mismatch', 'picture_missing'] },
  ])
})

test('a stamp moved to another document belongs to another document', async () => {
  const original = append(nothing, { ...onePage('/Group 150 0 R'), 6: '<</Producer(Agreement Taker)>>' })
  const target = await stampPdf(original, signer, { serial: specimenSerial(6) })
  const room = target.byteRange[2] - target.byteRange[1] - 2
  const hex = contentsHex(stamped).padEnd(room, '0')
  const moved = Buffer.concat([
    target.bytes.subarray(0, target.byteRange[1] + 1),
    pdfBytes(hex),
    target.bytes.subarray(target.byteRange[2] - 1),
  ])

  const report = checked(moved)
  const digest = report.signatures[0]?.digest ?? ''
  const verdict = verdictOf(report, [{ serial: stamped.serial, digest, standing: 'other_document' }])

  expect(verdict).toMatchObject({
    integrity: 'changed',
    standing: 'other_document',
    reasons: expect.arrayContaining(['digest_mismatch']),
    exitCode: 24,
  })
})

test('a stamp that an update hides is still found', () => {
  const hidden = append(stamped.bytes, { 1: '<</Type/Catalog/Pages 2 0 R>>' })

  const stamp = stampIn(checked(hidden))

  expect(stamp).toMatchObject({ integrity: 'changed', reasons: expect.arrayContaining(['object_removed']) })
})

test('a picture whose signature is gone is a picture only', () => {
  const content = `%OpenMeterai ${stamped.serial}\n0 0 100 100 re f`
  const copied = append(nothing, {
    ...onePage(),
    7: `<</Type/XObject/Subtype/Form/BBox[0 0 100 100]/Length ${content.length}>>\nstream\n${content}\nendstream`,
  })

  const report = checked(copied)

  expect(report).toMatchObject({ signatures: [], stampPictures: [stamped.serial] })
  expect(verdictOf(report, []).standing).toBe('picture_only')
})

test('a file cut short proves nothing', () => {
  const report = checked(stamped.bytes.subarray(0, stamped.bytes.length / 2))

  expect(report.signatures.map(({ integrity }) => integrity)).not.toContain('intact')
  expect(report.parseProblem).toBeDefined()
})

test.each([
  ['nothing', nothing],
  ['no PDF', pdfBytes('hello')],
])('%s gives a report and no exception', (_, bytes) => {
  expect(checked(bytes)).toMatchObject({ signatures: [], stampPictures: [], coversWholeFile: false })
})

test('no single byte under the signature can change unseen', () => {
  const [, gapStart, gapEnd, length] = stamped.byteRange
  assert(
    property(nat(gapStart + length - 1), integer({ min: 1, max: 255 }), (place, change) => {
      const at = place < gapStart ? place : place - gapStart + gapEnd
      const bytes = Uint8Array.from(stamped.bytes)
      bytes[at] = (bytes[at] ?? 0) ^ change
      expect(checked(bytes).signatures.map(({ integrity }) => integrity)).not.toContain('intact')
    }),
    { numRuns: 200 },
  )
})

test('damage behind the signature never throws and never changes what was signed', () => {
  const end = stamped.byteRange[2] + stamped.byteRange[3]
  assert(
    property(integer({ min: end, max: stamped.bytes.length - 1 }), integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = Uint8Array.from(stamped.bytes)
      bytes[at] = (bytes[at] ?? 0) ^ change
      expect(stampIn(checked(bytes))?.digest).toBe(stamped.digest)
    }),
    { numRuns: 200 },
  )
})
