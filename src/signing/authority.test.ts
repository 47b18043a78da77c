import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { toHex } from '../base/bytes.ts'
import { keyAlgorithms } from '../stamp/cms/algorithms.ts'
import { oids, stampPolicyOid } from '../stamp/cms/oids.ts'
import { type Authority, holderNames, openAuthority } from './authority.ts'
import { name } from './certificates.ts'

const base = await mkdtemp(join(tmpdir(), 'meterai-authority-'))
afterAll(() => rm(base, { recursive: true, force: true }))
const newFolder = (label: string) => join(base, label, 'authority')

const certificatesOf = (authority: Authority) =>
  holderNames.map((holder) => toHex(authority.holders[holder].certificate.der))

for (const keyAlgorithm of keyAlgorithms) {
  test(`openssl accepts every chain of a ${keyAlgorithm} authority, strictly and for its purpose`, async () => {
    const { folder } = await openAuthority(newFolder(`chains-${keyAlgorithm}`), { keyAlgorithm })
    const file = (text: string) => join(folder, text)
    const verify = (leaf: string, ...options: string[]) =>
      execFileSync('openssl', [
        'verify', '-x509_strict', '-CAfile', file('root.crt'), '-untrusted', file('issuing.crt'), ...options, file(`${leaf}.crt`),
      ]).toString() // prettier-ignore
    expect(verify('stamp', '-policy', stampPolicyOid, '-explicit_policy')).toMatch(/OK$/m)
    expect(verify('timestamp', '-purpose', 'timestampsign')).toMatch(/OK$/m)
    expect(verify('ocsp', '-purpose', 'ocsphelper')).toMatch(/OK$/m)
  })
}

test('the stamp signer may sign and do nothing else, and its name says what it is not', async () => {
  const { stamp, timestamp, ocsp, issuing } = (await openAuthority(newFolder('roles'))).holders
  expect([...(stamp.certificate.keyUsage ?? [])]).toEqual(['digitalSignature', 'nonRepudiation'])
  expect(stamp.certificate.authority.isAuthority).toBe(false)
  expect(stamp.certificate.extendedKeyUsage).toBeUndefined()
  expect(stamp.certificate.policies).toEqual([stampPolicyOid])
  expect(stamp.certificate.commonName).toBe('OpenMeterai SPESIMEN duty stamp: says nothing about the content')
  expect(timestamp.certificate.extendedKeyUsage).toEqual({ critical: true, purposes: [oids.timeStamping] })
  expect(ocsp.certificate.extendedKeyUsage?.purposes).toEqual([oids.ocspSigning])
  expect(ocsp.certificate.ocspNoCheck).toBe(true)
  expect(issuing.certificate.authority).toEqual({ isAuthority: true, pathLength: 0 })
})

test('all names of a specimen authority say SPESIMEN', async () => {
  const { holders } = await openAuthority(newFolder('names'))
  for (const holder of holderNames) expect(holders[holder].certificate.commonName).toMatch(/SPESIMEN/)
})

test('a second open gives the same keys', async () => {
  const folder = newFolder('twice')
  const first = await openAuthority(folder)
  const second = await openAuthority(folder)
  expect(certificatesOf(second)).toEqual(certificatesOf(first))
  expect(second.holders.stamp.key.privateKey.equals(first.holders.stamp.key.privateKey)).toBe(true)
})

test('many who open it at once end with one authority, and no draft is left', async () => {
  const folder = newFolder('race')
  const all = await Promise.all(Array.from({ length: 8 }, () => openAuthority(folder)))
  const stored = certificatesOf(await openAuthority(folder))
  for (const authority of all) expect(certificatesOf(authority)).toEqual(stored)
  expect(await readdir(join(folder, '..'))).toEqual(['authority'])
})

test('an empty folder that is there already is used', async () => {
  const folder = newFolder('empty')
  await mkdir(folder, { recursive: true })
  expect((await openAuthority(folder)).keyAlgorithm).toBe('ec-p256')
})

test('keys are for their owner alone', async () => {
  const folder = newFolder('modes')
  await openAuthority(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  for (const holder of holderNames) expect((await stat(join(folder, `${holder}.key`))).mode & 0o777).toBe(0o600)
})

test('another kind of key than is there is refused with both named', async () => {
  const folder = newFolder('kind')
  await openAuthority(folder, { keyAlgorithm: 'ec-p256' })
  await expect(openAuthority(folder, { keyAlgorithm: 'rsa-2048' })).rejects.toThrow(
    /has ec-p256 keys, rsa-2048 was asked/,
  )
})

test('a missing file stops the opening and nothing new is made in its place', async () => {
  const folder = newFolder('missing')
  await openAuthority(folder)
  await rm(join(folder, 'stamp.key'))
  await expect(openAuthority(folder)).rejects.toThrow(/stamp\.key is missing/)
  await rm(join(folder, 'stamp.crt'))
  await expect(openAuthority(folder)).rejects.toThrow(/is incomplete/)
  expect(await readdir(folder)).not.toContain('stamp.key')
})

test('the key of another certificate is refused', async () => {
  const folder = newFolder('swapped')
  const { holders } = await openAuthority(folder)
  await writeFile(join(folder, 'stamp.key'), holders.ocsp.key.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await expect(openAuthority(folder)).rejects.toThrow(/stamp\.key is not the key of/)
})

test('a folder with other files is refused with its name', async () => {
  const folder = newFolder('foreign')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'letter.txt'), 'x')
  await expect(openAuthority(folder)).rejects.toThrow(/foreign.*has other files and no authority/)
  expect(await readdir(folder)).toEqual(['letter.txt'])
})

test('a name longer than certificates hold is refused', () => {
  expect(() => name('OpenMeterai', 'x'.repeat(65))).toThrow(RangeError)
})
