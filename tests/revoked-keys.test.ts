import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { openAuthority, type Authority, type HolderName } from '../src/signing/authority.ts'
import { revocationLists } from '../src/signing/revocation.ts'
import { openStampSigner } from '../src/signing/stamp-signer.ts'
import { check } from '../src/stamp/check/check.ts'
import { registryQuestions, verdictOf } from '../src/stamp/check/verdict.ts'
import { affixDigest } from './support/affix-digest.ts'
import { append, onePage, specimenSerial, stampPdf, type Stamped } from './support/stamped-pdf.ts'
import { testWeb } from './support/web.ts'

const base = await mkdtemp(join(tmpdir(), 'meterai-revoked-'))
afterAll(() => rm(base, { recursive: true, force: true }))

const stampedAt = new Date('2026-11-24T05:00:00Z')
const seconds = (count: number) => new Date(stampedAt.getTime() + count * 1000)

let authority: Authority
let stamped: Stamped
let count = 0
beforeEach(async () => {
  // the authority begins an hour before the stamp, whatever the day
  const clock = { now: () => stampedAt }
  authority = await openAuthority(join(base, String(++count)), { clock })
  const signer = await openStampSigner({ authority, clock })
  stamped = await stampPdf(append(new Uint8Array(0), onePage()), signer, { serial: specimenSerial(count) })
})

async function verdictWith(revoked: Partial<Record<HolderName, Date>>, bytes = stamped.bytes) {
  for (const [holder, at] of Object.entries(revoked))
    await writeFile(join(authority.folder, `${holder}.revoked`), at.toISOString().replace('.000', ''))
  const roots = [{ certificate: authority.holders.root.certificate.der, standing: 'specimen' }] as const
  const crls = await revocationLists(authority, seconds(86_400))
  const report = check(bytes, { roots, crls }, nodePrimitives)
  const [signature] = report.signatures
  const answers = registryQuestions(report).map((pair) => ({ ...pair, standing: 'specimen' as const }))
  return { profile: signature?.profile, online: verdictOf(report, answers), offline: verdictOf(report, 'unreachable') }
}

test('while nobody is revoked the lists change nothing', async () => {
  expect(await verdictWith({})).toMatchObject({
    profile: 'B-LT',
    online: { integrity: 'intact', standing: 'specimen', reasons: [], exitCode: 0 },
  })
})

test.each([
  ['stamp', 1, 'specimen', 0],
  ['stamp', 0, 'suspect', 29],
  ['stamp', -1, 'suspect', 29],
  ['issuing', 1, 'specimen', 0],
  ['issuing', -1, 'suspect', 29],
] as const)(
  'with the key of %s revoked %i s after the timestamp a stamp is %s',
  async (holder, after, standing, exitCode) => {
    const { online } = await verdictWith({ [holder]: seconds(after) })
    expect(online).toMatchObject({ integrity: 'intact', standing, exitCode })
  },
)

test('offline too a stamp made after the revocation is suspect, not merely unknown', async () => {
  const { offline } = await verdictWith({ stamp: seconds(-1) })
  expect(offline).toMatchObject({ standing: 'suspect', reasons: ['certificate_revoked'], exitCode: 29 })
})

test('a timestamp whose own key was revoked before saves nobody: the stamp may be of any day', async () => {
  const { online } = await verdictWith({ timestamp: seconds(-1), stamp: seconds(3600) })
  expect(online).toMatchObject({ standing: 'suspect' })
  expect(online.reasons).toEqual(expect.arrayContaining(['timestamp_untrusted', 'certificate_revoked']))
})

test('what was changed is changed, whoever was revoked', async () => {
  const { online } = await verdictWith({ stamp: seconds(-1) }, Buffer.concat([stamped.bytes, Buffer.from('%')]))
  expect(online).toMatchObject({ integrity: 'changed', exitCode: 20 })
})

test('openssl reads who is revoked since when from our list', async () => {
  await verdictWith({ stamp: seconds(-1) })
  const [, list = new Uint8Array()] = await revocationLists(authority, stampedAt)
  const path = join(authority.folder, 'list.crl')
  await writeFile(path, list)
  const said = execFileSync('openssl', ['crl', '-inform', 'DER', '-in', path, '-noout', '-text']).toString()
  expect(said).toContain(authority.holders.stamp.certificate.serialNumber.toUpperCase())
  expect(said).toContain('Nov 24 04:59:59 2026 GMT')
})

test('registry and page say of a number whether it was made before or after the revocation', async () => {
  const web = await testWeb()
  try {
    const { liveKey } = await web.openAccount(2)
    const serial = await affixDigest({ url: web.url, key: liveKey }, 'revoked', 'ab'.repeat(32))
    const ask = async () => {
      const payload = { items: [{ serial, digest: 'ab'.repeat(32) }] }
      const { items } = (await web.app.inject({ method: 'POST', url: '/v1/checks', payload })).json()
      const page = await (await fetch(`${web.url}/cek/${serial}?lang=en`)).text()
      return { standing: items[0].standing, picture: items[0].pictureSha256 !== undefined, page }
    }
    const mark = join(web.authorityFolder, 'stamp.revoked')
    await writeFile(mark, '2999-01-01T00:00:00Z')
    expect(await ask()).toMatchObject({ standing: 'specimen', picture: true })
    await writeFile(mark, '2020-01-01T00:00:00Z')
    const suspect = await ask()
    expect(suspect).toMatchObject({ standing: 'suspect', picture: true })
    expect(suspect.page).toContain('made after its key was revoked')
  } finally {
    await web.close()
  }
})
