import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepArtwork } from '../src/affixing/artworks.ts'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { affixDocument } from '../src/client/affix.ts'
import { fetchArtwork } from '../src/client/artwork.ts'
import { rebuildDocument } from '../src/client/rebuild.ts'
import { askRegistry, fetchTrustBundle } from '../src/client/registry.ts'
import { openArtwork } from '../src/signing/artwork.ts'
import { check } from '../src/stamp/check/check.ts'
import { verdictOf } from '../src/stamp/check/verdict.ts'
import type { Artwork } from '../src/stamp/picture/artwork.ts'
import { fetchTransport, jsonOf } from './support/fetch-transport.ts'
import { samplePdf } from './support/pdf-samples.ts'
import { testWeb, type TestWeb } from './support/web.ts'

// A service with an issuer's artwork: in the stamp, in the rebuilt copy, in what a check compares.

let web: TestWeb
let folder: string
let artwork: Artwork
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meterai-issuer-'))
  const path = join(folder, 'artwork.svg')
  writeFileSync(
    path,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><rect width="200" height="200" rx="20" fill="#075"/>
    <path d="M0 0L200 200M200 0L0 200" stroke="#fff" stroke-width="4"/></svg>`,
  )
  artwork = await openArtwork(path)
  web = await testWeb(() => ({ artwork }))
  await keepArtwork(web.db.database, artwork)
})
afterAll(async () => {
  await web.close()
  rmSync(folder, { recursive: true })
})

const connection = (key: string) => ({ transport: fetchTransport(web.url, key), wait: () => Promise.resolve() })

async function affix(original: Uint8Array) {
  const { liveKey } = await web.openAccount(1)
  const outcome = await affixDocument({
    ...connection(liveKey),
    original,
    facts: { documentType: 'surat-pernyataan', number: '7' },
    placement: { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' },
    idempotencyKey: randomUUID(),
    primitives: nodePrimitives,
  })
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return { ...outcome, reached: connection(liveKey), bytes: Buffer.concat([original, outcome.tail]) }
}

test('the stamp shows the artwork, is intact, and can be rebuilt byte for byte', async () => {
  const original = samplePdf({})
  const { affixing, bytes, reached } = await affix(original)
  expect(affixing.recipe).toMatchObject({ artworkSha256: artwork.sha256, specimen: true })
  expect(bytes.includes(artwork.text.slice(artwork.text.indexOf('\n') + 1))).toBe(true)
  const path = join(folder, 'stamped.pdf')
  writeFileSync(path, bytes)
  expect(execFileSync('pdfsig', [path], { encoding: 'utf8', stdio: 'pipe' })).toContain('Signature is Valid')

  const trusted = await fetchTrustBundle(reached, nodePrimitives)
  if (!trusted.ok) throw new Error(trusted.refusal.code)
  const report = check(bytes, trusted.bundle.trust, nodePrimitives)
  const [signature] = report.signatures
  const pair = { serial: affixing.serial, digest: signature?.digest ?? '' }
  const asked = await askRegistry(reached, [pair])
  if (!asked.ok) throw new Error(asked.refusal.code)
  expect(asked.answers[0]?.pictureSha256).toBe(signature?.pictureSha256)
  expect(verdictOf(report, asked.answers)).toMatchObject({ integrity: 'intact', standing: 'specimen' })

  const drawn = await fetchArtwork(reached, affixing.recipe, nodePrimitives)
  if (!drawn.ok) throw new Error(drawn.refusal.code)
  const rebuilt = rebuildDocument({ original, affixing, artwork: drawn.artwork, primitives: nodePrimitives })
  expect(rebuilt.ok && Buffer.from(rebuilt.tail).equals(bytes.subarray(original.length))).toBe(true)
})

test('an uploaded file gets the same artwork', async () => {
  const { liveKey } = await web.openAccount(1)
  const facts = { documentType: 'surat-pernyataan', number: '8' }
  const placement = { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const sent = Buffer.from(JSON.stringify({ facts, placement })).toString('base64url')
  const answer = await fetch(`${web.url}/v1/stampings/${randomUUID()}?facts=${sent}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${liveKey}`, 'content-type': 'application/pdf' },
    body: Buffer.from(samplePdf({ catalog: '/Lang(id)' })),
  })
  expect(answer.status).toBe(200)
  const text = Buffer.from(await answer.arrayBuffer()).toString('latin1')
  expect(text).toContain(artwork.text.slice(artwork.text.indexOf('\n') + 1))
})

test('anyone may fetch an artwork that was ever used, and nothing else', async () => {
  const get = (hash: string) => fetch(`${web.url}/v1/artworks/${hash}`)
  const found = await get(artwork.sha256)
  expect(found.headers.get('cache-control')).toContain('immutable')
  expect(await jsonOf(found)).toEqual({ sha256: artwork.sha256, text: artwork.text })
  for (const hash of ['0'.repeat(64), 'x', '%00']) {
    const answer = await get(hash)
    expect([answer.status, (await jsonOf(answer)).code]).toEqual([404, 'not_found'])
  }
})
