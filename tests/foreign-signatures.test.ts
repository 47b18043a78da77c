import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { openStampSigner, type StampSigner } from '../src/signing/stamp-signer.ts'
import { developmentTimestampSource } from '../src/signing/timestamp-source.ts'
import { concatBytes } from '../src/base/bytes.ts'
import { check } from '../src/stamp/check/check.ts'
import { contentOfParts, proveContents } from '../src/stamp/check/cms-proof.ts'
import type { Trust } from '../src/stamp/check/report.ts'
import {
  agreement,
  fieldNumbers,
  foreignKeys,
  foreignSigner,
  sign,
  textAppearance,
  type Sign,
} from './support/foreign-signer.ts'
import { partsOf, replaced, stream } from './support/forged-updates.ts'
import { rewritten, samplePdf } from './support/pdf-samples.ts'
import {
  append,
  objectText,
  onePage,
  removeAuthorities,
  specimenSerial,
  stampPdf,
  temporaryAuthority,
} from './support/stamped-pdf.ts'

/* What honest signers write, told as it is: their keys and forms, signatures on signatures, what they save with them. */

const notary = foreignSigner('rsa-2048')
const buyer = foreignSigner('ec-p384', 'sha384')
let stamps: StampSigner
let timestamp: Sign
/** Of an authority that nobody here trusts. */
let foreignTimestamp: Sign
let trust: Trust

beforeAll(async () => {
  const sourceOf = async (authority: Awaited<ReturnType<typeof temporaryAuthority>>): Promise<Sign> => {
    const source = developmentTimestampSource(authority, { now: () => new Date() })
    return (content) => source.timestamp(nodePrimitives.hash('sha256').update(content).digest())
  }
  const authority = await temporaryAuthority()
  stamps = await openStampSigner({ authority })
  trust = { roots: stamps.trustRoots() }
  timestamp = await sourceOf(authority)
  foreignTimestamp = await sourceOf(await temporaryAuthority())
})

afterAll(async () => {
  notary.remove()
  buyer.remove()
  await removeAuthorities()
})

const checked = (bytes: Uint8Array) => check(bytes, trust, nodePrimitives)
const told = (bytes: Uint8Array) =>
  checked(bytes).signatures.map(({ fieldName, integrity, reasons }) => [fieldName, integrity, ...reasons].join(' '))

describe('keys and forms', () => {
  test.each(foreignKeys)('a signature by an %s key is verified', async (kind) => {
    const signer = foreignSigner(kind, kind === 'ec-p384' ? 'sha384' : kind === 'ec-p521' ? 'sha512' : 'sha256')
    const bytes = await sign(agreement(), { sign: signer.sign })
    const other = await sign(agreement(), { sign: (content) => signer.sign(content.subarray(1)) })
    signer.remove()

    expect(told(bytes)).toEqual(['Signature150 intact'])
    expect(told(other)).toEqual(['Signature150 changed digest_mismatch'])
  })

  test.each<[string, string[], string, string]>([
    ['as CAdES', ['-cades'], 'ETSI.CAdES.detached', 'Signature150 intact'],
    [
      'as CAdES without the hash of its certificate',
      [],
      'ETSI.CAdES.detached',
      'Signature150 broken certificate_unbound',
    ],
    ['with its key by its identifier', ['-keyid'], 'adbe.pkcs7.detached', 'Signature150 intact'],
    ['without signed attributes', ['-noattr'], 'adbe.pkcs7.detached', 'Signature150 intact'],
    ['with its content inside', ['-nodetach'], 'adbe.pkcs7.detached', 'Signature150 broken cms_malformed'],
    ['without its certificate', ['-nocerts'], 'adbe.pkcs7.detached', 'Signature150 broken certificate_unbound'],
  ])('a signature %s', async (_, options, form, expected) => {
    const bytes = await sign(agreement(), {
      sign: notary.signWith(...options),
      kind: `/Type/Sig/SubFilter/${form}`,
    })

    expect(told(bytes)).toEqual([expected])
  })

  test('a signature over SHA-1 is verified, and said to be weak', async () => {
    const old = foreignSigner('rsa-2048', 'sha1')
    const bytes = await sign(agreement(), { sign: old.sign })
    old.remove()

    expect(told(bytes)).toEqual(['Signature150 intact algorithm_weak'])
  })

  test('a maker may end its container with a byte of its own, and no more', async () => {
    const ended = (...end: number[]) =>
      sign(agreement(), { sign: async (content) => Uint8Array.from([...(await notary.sign(content)), ...end]) })

    expect(told(await ended(0xff))).toEqual(['Signature150 intact'])
    expect(told(await ended(0xff, 0xff))).toEqual(['Signature150 broken cms_malformed'])
    expect(told(await ended(0, 0xff))).toEqual(['Signature150 broken cms_malformed'])
  })

  test('what follows a container in a locked file may be padding that was encrypted, and nothing else', async () => {
    const content = contentOfParts([Uint8Array.of(1, 2, 3)], nodePrimitives)
    const der = await notary.sign(Uint8Array.of(1, 2, 3))
    const noise = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7 + 1) & 255)
    const raw = concatBytes([der, noise(400)])
    const proves = (decrypted: Uint8Array) =>
      proveContents({ raw, bytes: decrypted }, { content, needsCertificateHash: false }, nodePrimitives)

    // the vector, 16 bytes, stands in front of what AES encrypts
    expect(proves(concatBytes([noise(der.length), new Uint8Array(380)]))?.reasons).toEqual([])
    expect(proves(concatBytes([noise(der.length + 100), new Uint8Array(280)]))).toBeUndefined()
    expect(proves(noise(der.length + 380))).toBeUndefined()
    expect(proves(raw)).toBeUndefined()
  })
})

describe('signatures on signatures', () => {
  test('each of three people signs what the others signed', async () => {
    const first = await sign(agreement(), { sign: notary.sign, box: [300, 700, 390, 740] })
    const second = await sign(first, { sign: buyer.sign, at: 160, box: [400, 700, 490, 740] })
    const third = await sign(second, { sign: notary.sign, at: 170, into: fieldNumbers.buyer })

    expect(told(third)).toEqual([
      'Signature150 intact later_signature',
      'Signature160 intact later_signature',
      'buyer intact',
    ])
    expect(checked(third).coversWholeFile).toBe(true)
  })

  test('a field may be made ready in one update and signed in the next', async () => {
    const first = await sign(agreement(), { sign: notary.sign })
    const ready = append(first, {
      9: replaced(objectText(first, 9), ']', ' 160 0 R]'),
      160: '<</Type/Annot/Subtype/Widget/FT/Sig/T(Ready)/F 132/P 3 0 R/Rect[0 0 0 0]>>',
    })

    expect(told(await sign(ready, { sign: buyer.sign, at: 165, into: 160 }))).toEqual([
      'Signature150 intact later_signature',
      'Ready intact',
    ])
  })

  test('a stamp on a signed document leaves the signature as it is, and the other way round', async () => {
    const signed = await sign(agreement(), { sign: notary.sign })
    const { bytes } = await stampPdf(signed, stamps, { serial: specimenSerial(1), placement: { left: 300 } })
    const both = await sign(bytes, { sign: buyer.sign, at: 190 })

    expect(checked(both).signatures.map(({ integrity }) => integrity)).toEqual(['intact', 'intact', 'intact'])
  })

  test('a signature that its successor wrote over is left out, a stamp never', async () => {
    const signed = await sign(agreement(), { sign: notary.sign })
    const over = await sign(signed, {
      sign: buyer.sign,
      at: 160,
      objects: { 9: objectText(signed, 9).replace('150 0 R', '160 0 R') },
    })
    const original = append(new Uint8Array(0), onePage())
    const { bytes, serial } = await stampPdf(original, stamps, { serial: specimenSerial(2) })
    const field = partsOf({ bytes }).field
    const form = Number(/\/AcroForm (\d+) 0 R/.exec(objectText(bytes, 1))?.[1])
    const overStamp = await sign(bytes, {
      sign: buyer.sign,
      at: 190,
      objects: { [form]: objectText(bytes, form).replace(`${field} 0 R`, '190 0 R') },
    })

    expect(told(over)).toEqual(['Signature160 intact'])
    expect(told(overStamp)).toContainEqual(expect.stringMatching(`^Emet${serial} changed .*object_removed`))
  })
})

describe('what signers save besides', () => {
  const asMetadata = (text: string) => stream(text).replace('<<', '<</Type/Metadata/Subtype/XML')
  const xmp = (title: string, date: string) => asMetadata(xml(title, date))
  const xml = (title: string, date: string) =>
    `<rdf:Description><dc:title><rdf:Alt><rdf:li>${title}</rdf:li></rdf:Alt></dc:title><xmp:ModifyDate>${date}</xmp:ModifyDate></rdf:Description>`
  const described = () =>
    append(new Uint8Array(0), {
      ...onePage(),
      1: '<</Type/Catalog/Pages 2 0 R/Metadata 8 0 R>>',
      6: '<</Title(Sale)/Producer(Maker)>>',
      8: xmp('Sale', '2026-01-01'),
    })

  test.each<[string, Record<number, string>, string]>([
    ['a new date and program', { 6: '<</Title(Sale)/Producer(Signer)/ModDate(D:2026)>>' }, 'intact'],
    ['a new date in the metadata', { 8: xmp('Sale', '2026-11-23') }, 'intact'],
    ['another title', { 6: '<</Title(Gift)/Producer(Signer)>>' }, 'changed object_changed'],
    ['another title in the metadata', { 8: xmp('Gift', '2026-11-23') }, 'changed catalog_changed object_changed'],
    ['no title', { 6: '<</Producer(Signer)>>' }, 'changed object_changed'],
    ['something that is no description', { 6: '<</Title(Sale)/AA<</S/JavaScript>>>>' }, 'changed object_changed'],
    ['metadata of another kind', { 8: stream('x') }, 'changed catalog_changed object_changed'],
  ])('with %s', async (_, objects, expected) => {
    const signed = await sign(described(), { sign: notary.sign })

    const reasons = told(append(signed, objects))[0]?.split(' ').slice(1)

    expect(expected.split(' ')).toEqual(expect.arrayContaining(reasons ?? []))
    expect(reasons?.[0]).toBe(expected.split(' ')[0])
  })

  test('metadata where there was none may say what the document said already', async () => {
    const signed = await sign(append(new Uint8Array(0), { ...onePage(), 6: '<</Title(A Sale)>>' }), {
      sign: notary.sign,
    })
    const told1 = (title: string) =>
      told(
        append(signed, {
          1: objectText(signed, 1).replace('<<', '<</Metadata 190 0 R'),
          190: xmp(title, '2026-11-23'),
        }),
      )

    expect(told1('A Sale')).toEqual(['Signature150 intact'])
    expect(told1('A Gift')).toEqual(['Signature150 changed catalog_changed'])
  })

  test('keywords count in an attribute too, and metadata of nothing but beginnings is read in no time', async () => {
    const signed = await sign(described(), { sign: notary.sign })
    const saved = (inside: string) => told(append(signed, { 8: asMetadata(inside) }))
    const title = '<dc:title>Sale</dc:title>'

    expect(saved(title)).toEqual(['Signature150 intact'])
    expect(saved(`${title}<x pdf:Keywords="gift"/>`)).toEqual([expect.stringContaining('changed')])
    expect(saved('<dc:title '.repeat(200_000))).toEqual([expect.stringContaining('changed')])
  })

  test('an object that shows elsewhere is not taken for the description of the document', async () => {
    const original = append(new Uint8Array(0), { ...onePage('/PieceInfo 6 0 R') })
    const signed = await sign(original, { sign: notary.sign })

    expect(told(append(signed, { 6: '<</Producer(Signer)>>' }))).toEqual(['Signature150 changed object_changed'])
  })

  test('more fonts for forms, another version and an object that nobody needs', async () => {
    const first = await sign(agreement(), { sign: notary.sign })
    const second = await sign(first, {
      sign: buyer.sign,
      at: 160,
      catalog: (catalog) =>
        catalog.replace('<<', '<</Version/1.7/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>>>'),
      objects: {
        9: objectText(first, 9)
          .replace('/F1 5 0 R', '/F1 5 0 R/Helv 170 0 R')
          .replace(/(\/Fields\[[^\]]*)\]/, '$1 160 0 R]'),
        170: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
        171: textAppearance('left over'),
      },
    })

    expect(told(second)).toEqual(['Signature150 intact later_signature', 'Signature160 intact'])
  })
})

test('a signer may put its own drawing among the defaults of the form, unless a field could show it', async () => {
  const exchanged = async (original: Uint8Array) => {
    const first = await sign(original, {
      sign: notary.sign,
      objects: {
        9: objectText(original, 9)
          .replace('/DR<<', '/DR<</XObject<</FRM 14 0 R>>')
          .replace(/(\/Fields\[[^\]]*)\]/, '$1 150 0 R]'),
      },
    })
    return told(append(first, { 9: replaced(objectText(first, 9), '/FRM 14 0 R', '/FRM 15 0 R') }))
  }
  const bare = append(agreement(), {
    14: '<</Type/XObject/Subtype/Form/BBox[0 0 100 20]/Length 7>>\nstream\n/FRM Do\nendstream',
  })

  expect(await exchanged(agreement())).toEqual(['Signature150 intact'])
  expect(await exchanged(bare)).toEqual(['Signature150 changed form_changed'])
})

describe('kept for long (PAdES B-LTA)', () => {
  const asTimestamp = { kind: '/Type/DocTimeStamp/SubFilter/ETSI.RFC3161' } as const

  test('a stamp with a timestamp over its validation data is B-LTA, and stays so with the next', async () => {
    const { bytes } = await stampPdf(agreement(), stamps, { serial: specimenSerial(3) })
    const once = await sign(bytes, { sign: timestamp, at: 185, ...asTimestamp })
    const { store } = partsOf({ bytes: once })
    const renewed = append(once, {
      [store]: replaced(objectText(once, store), '/Certs[', '/Certs[195 0 R '),
      195: stream('30'),
    })
    const twice = await sign(renewed, { sign: timestamp, at: 190, ...asTimestamp })

    for (const kept of [once, renewed, twice])
      expect(checked(kept).signatures[0]).toMatchObject({ integrity: 'intact', reasons: [], profile: 'B-LTA' })
    expect(checked(twice)).toMatchObject({ coversWholeFile: true, signatures: { length: 3 } })
    expect(checked(twice).signatures[2]).toMatchObject({
      integrity: 'intact',
      reasons: [],
      timestamp: expect.stringMatching(/^\d{4}-/),
    })
  })

  test('a timestamp by an authority that nobody knows keeps nothing', async () => {
    const { bytes } = await stampPdf(agreement(), stamps, { serial: specimenSerial(4) })

    const report = checked(await sign(bytes, { sign: foreignTimestamp, at: 185, ...asTimestamp }))

    expect(report.signatures).toMatchObject([
      { integrity: 'intact', reasons: [], profile: 'B-LT' },
      { integrity: 'intact', reasons: ['timestamp_untrusted'] },
    ])
  })

  test('a timestamp over other bytes makes the stamp changed', async () => {
    const { bytes } = await stampPdf(agreement(), stamps, { serial: specimenSerial(5) })

    const report = checked(
      await sign(bytes, { sign: (content) => timestamp(content.subarray(1)), at: 185, ...asTimestamp }),
    )

    expect(report.signatures).toMatchObject([
      { integrity: 'changed', reasons: expect.arrayContaining(['form_changed']), profile: 'B-LT' },
      { integrity: 'broken', reasons: ['timestamp_invalid'] },
    ])
  })

  test('a signature in the place of a timestamp is none', async () => {
    const bytes = await sign(agreement(), { sign: notary.sign, ...asTimestamp })

    expect(told(bytes)).toEqual(['Signature150 broken timestamp_invalid'])
  })
})

describe('locked files', () => {
  const weak = '--allow-weak-crypto'
  test.each([
    ['RC4', [weak, '--encrypt', 'open', 'own', '128', '--use-aes=n', '--']],
    ['AES-128', [weak, '--encrypt', 'open', 'own', '128', '--use-aes=y', '--']],
    ['AES-256', ['--encrypt', 'open', 'own', '256', '--']],
  ])('a stamp in a file locked with %s is checked with the password, and not without', async (_, options) => {
    const original = rewritten(samplePdf(), options)
    const { bytes, serial } = await stampPdf(original, stamps, { serial: specimenSerial(6), password: 'open' })
    const second = await stampPdf(bytes, stamps, {
      serial: specimenSerial(7),
      placement: { left: 300 },
      password: 'own',
    })

    for (const password of ['open', 'own'])
      expect(check(second.bytes, { ...trust, password }, nodePrimitives).signatures).toMatchObject([
        { integrity: 'intact', serial, profile: 'B-LT' },
        { integrity: 'intact', profile: 'B-LT' },
      ])
    for (const password of ['wrong', undefined])
      expect(
        check(second.bytes, { ...trust, ...(password === undefined ? {} : { password }) }, nodePrimitives),
      ).toMatchObject({ signatures: [], coversWholeFile: false, parseProblem: expect.any(String) })
  })

  test('a file that anyone may open needs no password, and what is put behind its stamp is told', async () => {
    const original = rewritten(samplePdf(), ['--encrypt', '', 'own', '256', '--'])
    const { bytes } = await stampPdf(original, stamps, { serial: specimenSerial(8) })

    expect(checked(bytes).signatures).toMatchObject([{ integrity: 'intact', profile: 'B-LT' }])
    expect(told(Buffer.concat([bytes, Buffer.from('more')]))).toEqual([
      expect.stringContaining('changed bytes_after_end'),
    ])
  })
})
