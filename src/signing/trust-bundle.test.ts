import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fromBase64, toBase64 } from '../base/bytes.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { bundleBytes, proveTrustBundle, type TrustBundle } from '../client/trust-bundle.ts'
import { keyAlgorithms } from '../stamp/cms/algorithms.ts'
import { parseCrl } from '../stamp/cms/crl.ts'
import { openAuthority, type Authority } from './authority.ts'
import { containerSigner } from './signed-containers.ts'
import { openStampSigner } from './stamp-signer.ts'
import { openTrustBundle } from './trust-bundle.ts'

const base = await mkdtemp(join(tmpdir(), 'meterai-bundle-'))
afterAll(() => rm(base, { recursive: true, force: true }))

const service = 'https://meterai.example'
let now = new Date()
const clock = { now: () => now }

async function open(name: string, options: Parameters<typeof openAuthority>[1] = {}) {
  const authority = await openAuthority(join(base, name), options)
  const signer = await openStampSigner({ authority, clock })
  return { authority, current: openTrustBundle({ authority, signers: [signer], service, clock }) }
}
const prove = (json: unknown) => proveTrustBundle(json, nodePrimitives)

for (const keyAlgorithm of keyAlgorithms) {
  test(`openssl finds the signature of a ${keyAlgorithm} bundle good, and so do we`, async () => {
    const { authority, current } = await open(keyAlgorithm, { keyAlgorithm })
    const bundle = await current()
    const file = (name: string) => join(authority.folder, name)
    await writeFile(file('content'), bundleBytes(bundle))
    await writeFile(file('cms'), fromBase64(bundle.signature))
    const how = 'cms -verify -binary -inform DER -purpose any -out /dev/null'.split(' ')
    const what = ['-in', file('cms'), '-content', file('content'), '-CAfile', file('root.crt')]
    const said = execFileSync('openssl', [...how, ...what], { stdio: ['ignore', 'pipe', 'pipe'] })
    expect(said.toString()).toBe('')
    const proven = prove(JSON.parse(JSON.stringify(bundle)))
    expect(proven).toMatchObject({ service, issuedAt: now })
    expect(proven.trust.roots).toMatchObject([{ standing: 'specimen' }])
    expect(proven.validUntil.getTime() - now.getTime()).toBe(7 * 86_400_000)
  })
}

test('a bundle in which anything was changed does not hold', async () => {
  const { current } = await open('changed')
  const bundle = await current()
  const other = await (await open('other')).current()
  const changes: Partial<Record<keyof TrustBundle, unknown>>[] = [
    { format: 2 },
    { service: 'https://elsewhere.example' },
    { issuedAt: new Date(now.getTime() + 1000).toISOString() },
    { validUntil: new Date(now.getTime() + 1e12).toISOString() },
    { roots: [] },
    { roots: bundle.roots.map((root) => ({ ...root, standing: 'stamp' })) },
    { roots: [...bundle.roots, ...other.roots] },
    { roots: other.roots },
    { crls: bundle.crls.slice(1) },
    { crls: [] },
    { signature: other.signature },
    { signature: '' },
    { signature: 'AAAA' },
    { roots: [{ certificate: 'AAAA', standing: 'stamp' }] },
  ]
  for (const change of changes) expect(() => prove({ ...bundle, ...change })).toThrow('cannot be used')
  for (const value of [undefined, null, 1, 'x', [], {}]) expect(() => prove(value)).toThrow('cannot be used')
})

test('fields in another order and spaces between them are the same bundle', async () => {
  const bundle = await (await open('order')).current()
  const turned = Object.fromEntries(Object.entries(bundle).toReversed())
  expect(prove(JSON.parse(JSON.stringify(turned, null, 2)))).toEqual(prove(bundle))
})

test.each(['stamp', 'timestamp', 'ocsp', 'issuing', 'root'] as const)(
  'the key of %s, which the same root certifies, cannot sign a bundle',
  async (holder) => {
    const { authority, current } = await open('holders')
    const bundle = await current()
    const signature = await signAs(authority, holder, bundleBytes(bundle))
    expect(() => prove({ ...bundle, signature: toBase64(signature) })).toThrow('does not hold')
  },
)

async function signAs(authority: Authority, holder: keyof Authority['holders'], content: Uint8Array) {
  const { key, certificate } = authority.holders[holder]
  const digest = nodePrimitives.hash('sha256').update(content).digest()
  return containerSigner({ key, certificates: [certificate.der] })({ digest })
}

test('all processes of an installation sign with the same key, and the anchor stays for its life', async () => {
  const both = await Promise.all([open('shared'), open('shared')])
  const bundles = await Promise.all(both.map(({ current }) => current()))
  const pem = await readFile(join(base, 'shared', 'bundle.pem'), 'utf8')
  expect(pem.match(/BEGIN/g)).toHaveLength(2)
  const [one, two] = bundles.map(prove)
  expect(one?.anchor).toMatch(/^[0-9a-f]{64}$/)
  expect(two?.anchor).toBe(one?.anchor)
})

test('a bundle stays the same for a day, and is made anew as soon as a key is revoked', async () => {
  const { authority, current } = await open('renewed')
  const start = now
  const later = (milliseconds: number) => (now = new Date(start.getTime() + milliseconds))
  const first = await current()
  later(3_600_000)
  expect(await current()).toBe(first)

  await writeFile(join(authority.folder, 'stamp.revoked'), '2026-11-24T09:00:00+07:00\n')
  later(3_600_000 + 61_000)
  const second = await current()
  const revoked = second.crls.flatMap((crl) => [...parseCrl(fromBase64(crl)).revoked])
  expect(revoked).toEqual([[authority.holders.stamp.certificate.serialNumber, new Date('2026-11-24T02:00:00Z')]])

  later(2 * 86_400_000)
  expect((await current()).issuedAt).not.toBe(second.issuedAt)
  now = start
})

test('a moment of revocation that cannot be read stops the bundle: silence would call stamps good', async () => {
  const { authority, current } = await open('unreadable')
  await writeFile(join(authority.folder, 'stamp.revoked'), 'yesterday')
  await expect(current()).rejects.toThrow('write the moment of revocation as')
})
