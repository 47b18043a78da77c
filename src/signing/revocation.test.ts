import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { toBase64 } from '../base/bytes.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { keyAlgorithms, signatureIsGood } from '../stamp/cms/algorithms.ts'
import { parseCrl } from '../stamp/cms/crl.ts'
import { certIdOf, parseOcspResponse } from '../stamp/cms/ocsp.ts'
import type { ValidationData } from '../stamp/recipe.ts'
import { openAuthority } from './authority.ts'
import { validationAt } from './revocation.ts'

const base = await mkdtemp(join(tmpdir(), 'meterai-revocation-'))
afterAll(() => rm(base, { recursive: true, force: true }))

const now = new Date()
const later = (days: number) => new Date(now.getTime() + days * 86_400_000)
const textOf = (validation: ValidationData) =>
  JSON.stringify([validation.certs, validation.ocsps, validation.crls].map((list) => list.map(toBase64)))

for (const keyAlgorithm of keyAlgorithms) {
  test(`openssl finds the OCSP answers and the CRL of a ${keyAlgorithm} authority good`, async () => {
    const authority = await openAuthority(join(base, keyAlgorithm), { keyAlgorithm })
    const { ocsps, crls } = await validationAt(authority, now)
    const file = (text: string) => join(authority.folder, text)
    for (const [index, subject] of (['stamp', 'timestamp'] as const).entries()) {
      await writeFile(file('answer.der'), ocsps[index] ?? '')
      const said = execFileSync(
        'openssl',
        [
          'ocsp',
          '-respin',
          file('answer.der'),
          '-issuer',
          file('issuing.crt'),
          '-cert',
          file(`${subject}.crt`),
          '-CAfile',
          file('root.crt'),
        ],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      ).toString()
      expect(said).toContain(`${subject}.crt: good`)
    }
    await writeFile(file('root.crl'), crls[0] ?? '')
    execFileSync('openssl', [
      'crl',
      '-inform',
      'DER',
      '-in',
      file('root.crl'),
      '-outform',
      'PEM',
      '-out',
      file('root-crl.pem'),
      '-CAfile',
      file('root.crt'),
    ])
    const chain = execFileSync('openssl', [
      'verify',
      '-crl_check',
      '-CRLfile',
      file('root-crl.pem'),
      '-CAfile',
      file('root.crt'),
      file('issuing.crt'),
    ])
    expect(chain.toString()).toMatch(/OK$/m)
  })
}

test('our own reading of the proofs finds whom they are for and who signed them', async () => {
  const authority = await openAuthority(join(base, 'reading'))
  const { root, issuing, stamp, ocsp } = authority.holders
  const { ocsps, crls } = await validationAt(authority, now)
  const answer = parseOcspResponse(ocsps[0] ?? new Uint8Array())
  const id = certIdOf({ certificate: stamp.certificate, issuer: issuing.certificate }, 'sha1', nodePrimitives)
  expect(answer.responses).toMatchObject([{ id, status: { standing: 'good' } }])
  const signedBy = (
    spki: Uint8Array,
    message: Uint8Array,
    from: { signatureAlgorithm: typeof answer.signatureAlgorithm; signature: Uint8Array },
  ) => signatureIsGood({ spki, message, algorithm: from.signatureAlgorithm, signature: from.signature }, nodePrimitives)
  expect(signedBy(ocsp.certificate.spki, answer.responseData, answer)).toBe(true)
  expect(signedBy(stamp.certificate.spki, answer.responseData, answer)).toBe(false)
  const list = parseCrl(crls[0] ?? new Uint8Array())
  expect(signedBy(root.certificate.spki, list.tbs, list)).toBe(true)
  expect(list).toMatchObject({ issuer: root.certificate.subject, revoked: new Map(), unknownCritical: [] })
})

test('our own reading finds a serial number that openssl put on a CRL', async () => {
  const authority = await openAuthority(join(base, 'revoked'))
  const file = (text: string) => join(authority.folder, text)
  await writeFile(file('index.txt'), '')
  await writeFile(file('number'), '01')
  await writeFile(
    file('ca.cnf'),
    `[ca]\ndefault_ca=d\n[d]\ndatabase=${file('index.txt')}\ncrlnumber=${file('number')}\ndefault_md=sha256\ndefault_crl_days=7\ncertificate=${file('issuing.crt')}\nprivate_key=${file('issuing.key')}\n`,
  )
  const ca = (...options: string[]) =>
    execFileSync('openssl', ['ca', '-config', file('ca.cnf'), ...options], { stdio: 'pipe' })
  ca('-revoke', file('stamp.crt'), '-crl_reason', 'keyCompromise')
  ca('-gencrl', '-out', file('issuing.crl'))
  const der = execFileSync('openssl', ['crl', '-in', file('issuing.crl'), '-outform', 'DER'], { stdio: 'pipe' })
  const { revoked } = parseCrl(new Uint8Array(der))
  expect([...revoked.keys()]).toEqual([authority.holders.stamp.certificate.serialNumber])
})

test('all stamps of a period hold the same bytes, whoever asks and however many at once', async () => {
  const authority = await openAuthority(join(base, 'period'))
  const again = await openAuthority(authority.folder)
  const all = await Promise.all(Array.from({ length: 6 }, (_, i) => validationAt(i % 2 === 0 ? authority : again, now)))
  expect(new Set(all.map(textOf)).size).toBe(1)
  expect(await readdir(join(authority.folder, 'validation'))).toHaveLength(1)
})

test('proofs always have at least half their seven days left', async () => {
  const authority = await openAuthority(join(base, 'fresh'))
  for (const days of [0, 1, 2, 3, 3.4, 3.6, 5, 7, 30]) {
    const at = later(days)
    const { ocsps, crls } = await validationAt(authority, at)
    const ends = [
      ...ocsps.map((der) => parseOcspResponse(der).responses[0]?.nextUpdate),
      ...crls.map((der) => parseCrl(der).nextUpdate),
    ]
    for (const end of ends)
      expect((end?.getTime() ?? 0) - at.getTime()).toBeGreaterThanOrEqual(3.5 * 86_400_000 - 1_000)
  }
  expect(await readdir(join(authority.folder, 'validation'))).toHaveLength(1)
})
