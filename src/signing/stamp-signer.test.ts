import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { concatBytes, toHex } from '../base/bytes.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { contentsBytesUnknownSigner } from '../limits/stamping.ts'
import { keyAlgorithms, signatureIsGood } from '../stamp/cms/algorithms.ts'
import { DerError } from '../stamp/cms/der.ts'
import { parseSignedData } from '../stamp/cms/signed-data.ts'
import { parseTimestampToken } from '../stamp/cms/timestamp.ts'
import { openAuthority } from './authority.ts'
import { openStampSigner } from './stamp-signer.ts'
import { TimestampUnavailable } from './timestamp-source.ts'

const base = await mkdtemp(join(tmpdir(), 'meterai-signer-'))
afterAll(() => rm(base, { recursive: true, force: true }))

const serial = 'SPESIMEN01A2B3C4D5E6FX'
const content = randomBytes(5_000)
const digest = createHash('sha256').update(content).digest('hex')
const openssl = (...options: string[]) =>
  execFileSync('openssl', options, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()

for (const keyAlgorithm of keyAlgorithms) {
  test(`openssl verifies a ${keyAlgorithm} signature, its timestamp, and finds no signing time`, async () => {
    const authority = await openAuthority(join(base, keyAlgorithm), { keyAlgorithm })
    const signer = await openStampSigner({ authority })
    const file = (text: string) => join(authority.folder, text)
    const cms = await signer.sign({ digest, serial })
    const [signed] = parseSignedData(cms).signers
    await writeFile(file('content'), content)
    await writeFile(file('cms'), cms)
    await writeFile(file('signature'), signed?.signature ?? '')
    await writeFile(file('token'), signed?.timestampToken ?? '')

    openssl(
      'cms',
      '-verify',
      '-binary',
      '-content',
      file('content'),
      '-inform',
      'DER',
      '-in',
      file('cms'),
      '-CAfile',
      file('root.crt'),
      '-purpose',
      'any',
      '-cades',
      '-out',
      file('out'),
    )
    const timestamp = openssl(
      'ts',
      '-verify',
      '-data',
      file('signature'),
      '-in',
      file('token'),
      '-token_in',
      '-CAfile',
      file('root.crt'),
      '-untrusted',
      file('issuing.crt'),
    )
    expect(timestamp).toContain('Verification: OK')
    const parsed = openssl('asn1parse', '-inform', 'DER', '-in', file('cms'))
    expect(parsed).not.toContain('signingTime')
    expect(parsed).toContain(serial)

    await writeFile(file('content'), concatBytes([content, Uint8Array.of(0)]))
    expect(() =>
      openssl(
        'cms',
        '-verify',
        '-binary',
        '-content',
        file('content'),
        '-inform',
        'DER',
        '-in',
        file('cms'),
        '-CAfile',
        file('root.crt'),
        '-purpose',
        'any',
        '-out',
        file('out'),
      ),
    ).toThrow(/verification failure|digest/i)
  })
}

test('a signature reads back as what it was made from', async () => {
  const authority = await openAuthority(join(base, 'reading'))
  const at = new Date('2026-11-23T13:10:00.250Z')
  const signer = await openStampSigner({ authority, clock: { now: () => at } })
  const cms = await signer.sign({ digest, serial })
  const { stamp, issuing } = authority.holders
  const { certificates, signers, content: inside } = parseSignedData(cms)
  expect(inside).toBeUndefined()
  expect(certificates.map(toHex).toSorted()).toEqual(
    [stamp, issuing].map(({ certificate }) => toHex(certificate.der)).toSorted(),
  )
  const [signed] = signers
  if (signed?.signedAttributes === undefined || signed.timestampToken === undefined)
    throw new Error('one signer with attributes')
  expect(signed).toMatchObject({
    serial,
    contentType: '1.2.840.113549.1.7.1',
    digestAlgorithm: 'sha256',
    hasSigningTime: false,
  })
  expect(signed.identifier).toEqual({
    issuer: issuing.certificate.subject,
    serialNumber: stamp.certificate.serialNumber,
  })
  expect(toHex(signed.messageDigest ?? new Uint8Array())).toBe(digest)
  const certificateHash = createHash('sha256').update(stamp.certificate.der).digest('hex')
  expect(signed.signingCertificate?.hash).toBe('sha256')
  expect(toHex(signed.signingCertificate?.value ?? new Uint8Array())).toBe(certificateHash)
  const proof = {
    spki: stamp.certificate.spki,
    algorithm: signed.signatureAlgorithm,
    message: signed.signedAttributes,
    signature: signed.signature,
  }
  expect(signatureIsGood(proof, nodePrimitives)).toBe(true)
  const timestamp = parseTimestampToken(signed.timestampToken)
  expect(toHex(timestamp.imprint.value)).toBe(createHash('sha256').update(signed.signature).digest('hex'))
  expect(timestamp.at).toEqual(at)
})

test('the key id is the hash of the public key', async () => {
  const authority = await openAuthority(join(base, 'key-id'))
  const signer = await openStampSigner({ authority })
  const spki = createPublicKey(authority.holders.stamp.key.privateKey).export({ type: 'spki', format: 'der' })
  expect(signer.signerKeyId).toBe(createHash('sha256').update(spki).digest('hex').slice(0, 32))
  expect(signer.specimen).toBe(true)
  expect(signer.trustRoots()).toEqual([{ certificate: authority.holders.root.certificate.der, standing: 'specimen' }])
})

test('the room measured at the start holds every signature', async () => {
  const signer = await openStampSigner({ authority: await openAuthority(join(base, 'room')) })
  const made = await Promise.all(Array.from({ length: 200 }, () => signer.sign({ digest, serial })))
  const longest = Math.max(...made.map((cms) => cms.length))
  expect(signer.contentsBytes % 256).toBe(0)
  expect(signer.contentsBytes).toBeGreaterThanOrEqual(longest * 1.2)
  expect(signer.contentsBytes).toBeLessThan(longest * 1.4)
})

test('without timestamps the signer opens with the usual room, and signing says so', async () => {
  const timestamps = { timestamp: () => Promise.reject(new TimestampUnavailable('down')) }
  const signer = await openStampSigner({ authority: await openAuthority(join(base, 'down')), timestamps })
  expect(signer.contentsBytes).toBe(contentsBytesUnknownSigner)
  await expect(signer.sign({ digest, serial })).rejects.toThrow(TimestampUnavailable)
})

test('a digest that is not 64 lower-case hex characters is refused before anything is signed', async () => {
  const signer = await openStampSigner({ authority: await openAuthority(join(base, 'digest')) })
  for (const wrong of ['', digest.slice(1), digest.toUpperCase(), `${digest}00`])
    await expect(signer.sign({ digest: wrong, serial })).rejects.toThrow(RangeError)
})

test('proofs that failed are asked for again, and good ones are kept until their period ends', async () => {
  const authority = await openAuthority(join(base, 'proofs'))
  let at = new Date()
  const signer = await openStampSigner({ authority, clock: { now: () => at } })
  const validation = join(authority.folder, 'validation')
  await writeFile(validation, 'a file where the folder belongs')
  await expect(signer.validation()).rejects.toThrow(/ENOTDIR/)
  await rm(validation)
  const first = await signer.validation()
  expect(await signer.validation()).toBe(first)
  at = new Date(at.getTime() + 4 * 86_400_000)
  expect((await signer.validation()).ocsps).not.toEqual(first.ocsps)
})

/** What reading the container and its timestamp throws; undefined when it does not. */
function refusalOf(cms: Uint8Array): unknown {
  try {
    const token = parseSignedData(cms).signers[0]?.timestampToken
    if (token !== undefined) parseTimestampToken(token)
    return undefined
  } catch (error) {
    return error
  }
}

test('a damaged signature container is read or refused with DerError, never anything else', async () => {
  const signer = await openStampSigner({ authority: await openAuthority(join(base, 'damage')) })
  const cms = await signer.sign({ digest, serial })
  const damage = fc.tuple(fc.nat(cms.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(cms.length))
  fc.assert(
    fc.property(damage, ([where, value, cut]) => {
      for (const length of [cms.length, cut]) {
        const damaged = cms.slice(0, length)
        if (where < length) damaged[where] = value
        expect(refusalOf(damaged) ?? new DerError('')).toBeInstanceOf(DerError)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('zeros after the container are padding, other bytes are counted', async () => {
  const signer = await openStampSigner({ authority: await openAuthority(join(base, 'padding')) })
  const cms = await signer.sign({ digest, serial })
  expect(parseSignedData(concatBytes([cms, new Uint8Array(100)])).signers[0]?.serial).toBe(serial)
  expect(parseSignedData(concatBytes([cms, new Uint8Array(100)])).trailingBytes).toBe(0)
  expect(parseSignedData(concatBytes([cms, Uint8Array.of(0, 1, 0)])).trailingBytes).toBe(2)
})
