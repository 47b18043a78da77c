import { expect, test } from 'vitest'
import type { CheckReport, SignatureReport } from './report.ts'
import {
  registryQuestions,
  severity,
  verdictExits,
  verdictOf,
  type RegistryAnswer,
  type RegistryStanding,
} from './verdict.ts'

const serial = 'SPESIMEN01XQABCDEFGHI0'
const otherSerial = 'SPESIMEN01XQJKLMNOPQR0'
const digest = 'ab'.repeat(32)
const picture = 'cd'.repeat(32)

function signature(changes: Partial<SignatureReport> = {}): SignatureReport {
  return {
    fieldName: `Emet${serial}`,
    integrity: 'intact',
    reasons: [],
    signer: { commonName: 'Signer', standing: 'stamp' },
    serial,
    serialInField: serial,
    serialInReason: serial,
    digest,
    profile: 'B-LT',
    pictureSha256: picture,
    ...changes,
  }
}

function report(signatures: SignatureReport[], stampPictures: string[] = []): CheckReport {
  return { signatures, stampPictures, coversWholeFile: true }
}

function answer(standing: RegistryStanding, changes: Partial<RegistryAnswer> = {}): RegistryAnswer[] {
  return [{ serial, digest, standing, ...changes }]
}

const specimenSigner = { commonName: 'Signer', standing: 'specimen' } as const

test.each([
  ['stamp', 0],
  ['released', 27],
  ['cancelled', 28],
  ['unknown', 23],
  ['other_document', 24],
] as const)('an intact stamp the registry calls %s exits with %i', (standing, exitCode) => {
  const verdict = verdictOf(report([signature()]), answer(standing))

  expect(verdict).toMatchObject({ integrity: 'intact', standing, serial, exitCode })
})

test.each([
  ['stamp', 'suspect', 29],
  ['unreachable', 'suspect', 29],
  ['unknown', 'unknown', 23],
  ['cancelled', 'cancelled', 28],
  ['other_document', 'other_document', 24],
] as const)(
  'a stamp made after its key was revoked, which the registry calls %s, is %s',
  (said, standing, exitCode) => {
    const registry = said === 'unreachable' ? said : answer(said)
    const verdict = verdictOf(report([signature({ reasons: ['certificate_revoked'] })]), registry)

    expect(verdict).toMatchObject({ integrity: 'intact', standing, exitCode })
  },
)

test('what the registry alone calls suspect is suspect, and its picture is compared all the same', () => {
  expect(verdictOf(report([signature()]), answer('suspect'))).toMatchObject({ standing: 'suspect', exitCode: 29 })
  const other = verdictOf(report([signature()]), answer('suspect', { pictureSha256: '00'.repeat(32) }))
  expect(other).toMatchObject({ integrity: 'broken', standing: 'suspect', exitCode: 21 })
})

test('a verdict names what its stamp covers, its type, and its time where that can be relied on', () => {
  const at = '2026-11-24T05:00:00.000Z'
  const told = verdictOf(report([signature({ documentType: 'Surat Pernyataan', timestamp: at })]), answer('stamp'))
  expect(told.stamps).toMatchObject([{ digest, documentType: 'Surat Pernyataan', stampedAt: at }])
  const untrusted = signature({ timestamp: at, reasons: ['timestamp_untrusted'] })
  expect(verdictOf(report([untrusted]), answer('stamp')).stamps[0]?.stampedAt).toBeUndefined()
})

test('every verdict has its rank', () => {
  expect(severity.toSorted()).toEqual(Object.keys(verdictExits).toSorted())
})

test('an intact specimen exits with 0 and never says stamp', () => {
  const verdict = verdictOf(report([signature({ signer: specimenSigner })]), answer('specimen'))

  expect(verdict).toMatchObject({ integrity: 'intact', standing: 'specimen', exitCode: 0 })
})

test('a specimen signer whose serial the registry calls a stamp is a specimen', () => {
  const verdict = verdictOf(report([signature({ signer: specimenSigner })]), answer('stamp'))

  expect(verdict).toMatchObject({ standing: 'specimen', reasons: ['registry_disagrees'] })
})

test('an unreachable registry leaves an intact stamp unproven', () => {
  expect(verdictOf(report([signature()]), 'unreachable')).toMatchObject({ standing: 'unreachable', exitCode: 69 })
})

test('an answer about another digest is no answer', () => {
  const verdict = verdictOf(report([signature()]), answer('stamp', { digest: 'ef'.repeat(32) }))

  expect(verdict).toMatchObject({ standing: 'unreachable', exitCode: 69 })
})

test('a file changed after stamping is changed even while the registry is silent', () => {
  const verdict = verdictOf(report([signature({ reasons: ['page_changed'] })]), 'unreachable')

  expect(verdict).toMatchObject({ integrity: 'changed', exitCode: 20 })
})

test('a good signature over another digest tells of the other document first', () => {
  const verdict = verdictOf(report([signature({ reasons: ['digest_mismatch'] })]), answer('other_document'))

  expect(verdict).toMatchObject({ integrity: 'changed', standing: 'other_document', exitCode: 24 })
})

test.each([
  ['the document itself with a byte changed', 1000, 20, 'stamp'],
  ['a document of another length', 200_000, 24, 'other_document'],
  ['a document shorter than the one stamped', 5000, 24, 'other_document'],
] as const)('a digest that differs in %s', (_, sourceLength, exitCode, standing) => {
  const moved = signature({ reasons: ['digest_mismatch'], gap: { start: 4000, end: 13_218 } })
  const verdict = verdictOf(report([moved]), answer('other_document', { sourceLength, contentsBytes: 4608 }))

  expect(verdict).toMatchObject({ integrity: 'changed', standing, exitCode })
})

test('a signature under the names of another serial has moved, wherever it stands', () => {
  const moved = signature({
    reasons: ['digest_mismatch'],
    serialInField: otherSerial,
    gap: { start: 4000, end: 13_218 },
  })
  const verdict = verdictOf(report([moved]), answer('other_document', { sourceLength: 1000, contentsBytes: 4608 }))

  expect(verdict).toMatchObject({ standing: 'other_document', exitCode: 24 })
})

test('a broken signature is broken whatever the registry says', () => {
  const verdict = verdictOf(report([signature({ reasons: ['signature_invalid'] })]), answer('other_document'))

  expect(verdict).toMatchObject({ integrity: 'broken', exitCode: 21 })
})

test.each([[{ pictureSha256: '00'.repeat(32) }], [{}]])(
  'a picture that is not the one of the recipe breaks the stamp',
  (changes) => {
    const found = signature(changes)
    if (Object.keys(changes).length === 0) delete found.pictureSha256

    const verdict = verdictOf(report([found]), answer('stamp', { pictureSha256: picture }))

    expect(verdict).toMatchObject({ integrity: 'broken', reasons: ['picture_differs'], exitCode: 21 })
  },
)

test('of two stamps the worse one speaks for the file and both are listed', () => {
  const other = signature({ serial: otherSerial, reasons: ['page_changed'] })
  const registry = [...answer('stamp'), ...answer('stamp', { serial: otherSerial })]

  const verdict = verdictOf(report([signature(), other]), registry)

  expect(verdict).toMatchObject({ serial: otherSerial, exitCode: 20 })
  expect(verdict.stamps.map((stamp) => stamp.exitCode)).toEqual([20, 0])
})

test('a foreign signature beside a stamp does not speak for the stamp', () => {
  const foreign = signature({ signer: { commonName: 'Notary', standing: 'foreign' }, reasons: ['signature_invalid'] })

  expect(verdictOf(report([foreign, signature()]), answer('stamp'))).toMatchObject({ standing: 'stamp', exitCode: 0 })
})

test('a foreign signature that carries a serial is no stamp', () => {
  const foreign = signature({ signer: { commonName: 'Forger', standing: 'foreign' } })

  expect(verdictOf(report([foreign]), answer('stamp'))).toMatchObject({ standing: 'foreign', exitCode: 26 })
})

test('a picture without its signature is named with its serial', () => {
  expect(verdictOf(report([], [serial]), [])).toMatchObject({ standing: 'picture_only', serial, exitCode: 25 })
})

test('a file without stamp, picture or signature is not stamped', () => {
  expect(verdictOf(report([]), 'unreachable')).toMatchObject({ standing: 'not_stamped', exitCode: 22 })
})

test('the registry is asked once about each of our stamps that covers anything', () => {
  const foreign = signature({ signer: { commonName: 'Notary', standing: 'foreign' } })
  const uncovered = signature({ digest: '', reasons: ['byte_range_malformed'] })
  const other = signature({ serial: otherSerial })

  expect(registryQuestions(report([signature(), signature(), foreign, uncovered, other]))).toEqual([
    { serial, digest },
    { serial: otherSerial, digest },
  ])
})
