import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openAuthority, type Authority } from '../src/signing/authority.ts'
import { openStampSigner } from '../src/signing/stamp-signer.ts'
import { openTrustBundle } from '../src/signing/trust-bundle.ts'
import { openCommandLine, type CommandLine } from './support/command-line.ts'
import { append, onePage, specimenSerial, stampPdf } from './support/stamped-pdf.ts'

const service = 'https://meterai.example'
let base: string
let authority: Authority
let line: CommandLine
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'meterai-offline-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))
let count = 0
beforeEach(async () => {
  authority = await openAuthority(join(base, String(++count)))
  line = await openCommandLine()
  await writeStamped('a.pdf', authority)
})
afterEach(() => line.remove())

async function writeStamped(name: string, by: Authority): Promise<void> {
  const signer = await openStampSigner({ authority: by })
  const stamped = await stampPdf(append(new Uint8Array(0), onePage()), signer, { serial: specimenSerial(count) })
  await writeFile(line.path(name), stamped.bytes)
}

/** Writes the bundle of an authority, made so many days ago. */
async function writeBundle(name: string, by: Authority, daysAgo = 0): Promise<string> {
  const clock = { now: () => new Date(Date.now() - daysAgo * 86_400_000) }
  const signer = await openStampSigner({ authority: by, clock })
  const bundle = await openTrustBundle({ authority: by, signers: [signer], service, clock })()
  await writeFile(line.path(name), JSON.stringify(bundle))
  return line.path(name)
}

test('offline a stamp is intact and no more, and both is said in words', async () => {
  const bundle = await writeBundle('bundle.json', authority)
  const ran = await line.run('verify', line.path('a.pdf'), '--offline', bundle, '--json')
  expect(ran).toMatchObject({ exitCode: 69, json: { ok: false, integrity: 'intact', standing: 'unreachable' } })
  expect(ran.err).toContain('checked are who stamped, whether the document is intact')
  expect(ran.err).toContain('So no file is called valid')
})

test('offline a stamp of a revoked key is suspect', async () => {
  await writeFile(join(authority.folder, 'stamp.revoked'), '2020-01-01T00:00:00Z')
  const bundle = await writeBundle('bundle.json', authority)
  const ran = await line.run('verify', line.path('a.pdf'), '--offline', bundle, '--json')
  expect(ran).toMatchObject({ exitCode: 29, json: { integrity: 'intact', standing: 'suspect' } })
  expect(ran.out).toContain('made after its key was revoked')
  expect(ran.out).toContain('Do not rely on this file')
})

test('a bundle of another authority for a service met before is refused, and leaves the first one trusted', async () => {
  const bundle = await writeBundle('bundle.json', authority)
  const other = await writeBundle('other.json', await openAuthority(join(base, `other-${count}`)))
  const first = await line.run('verify', line.path('a.pdf'), '--offline', bundle)
  expect(first.err).toMatch(/new to this computer.*[0-9a-f]{64}/)
  const refused = await line.run('verify', line.path('a.pdf'), '--offline', other, '--json')
  expect(refused).toMatchObject({ exitCode: 65, json: { code: 'bundle.otherRoot' } })
  const again = await line.run('verify', line.path('a.pdf'), '--offline', bundle)
  expect(again.exitCode).toBe(69)
  expect(again.err).not.toContain('new to this computer')
})

test('a bundle that should have been replaced still serves, with a warning', async () => {
  const monthAgo = { now: () => new Date(Date.now() - 30 * 86_400_000) }
  const old = await openAuthority(join(base, `old-${count}`), { clock: monthAgo })
  const bundle = await writeBundle('old.json', old, 8)
  await writeStamped('a.pdf', old)
  const ran = await line.run('verify', line.path('a.pdf'), '--offline', bundle)
  expect(ran.err).toContain('was to be replaced before')
  expect(ran.exitCode).toBe(69)
})

test.each([
  ['is not there', undefined, 66],
  ['is no JSON', 'hello', 65],
  ['is some other JSON', '{"roots":[]}', 65],
])('a bundle that %s is refused with the way out', async (_, content, exitCode) => {
  const path = line.path('bundle.json')
  if (content !== undefined) await writeFile(path, content)
  expect(await line.run('verify', line.path('a.pdf'), '--offline', path)).toMatchObject({ exitCode })
})
