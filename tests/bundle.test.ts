import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { openBrowser } from './support/browser.ts'
import { type BrowserTwin, openBrowserTwin } from './support/browser-twin.ts'
import { bundle, entries } from './support/bundle.ts'
import { forgedUpdates } from './support/forged-updates.ts'
import { goldenFolder, goldenNames } from './support/golden-files.ts'
import { rewritten, samplePdf } from './support/pdf-samples.ts'
import { append, onePage, removeAuthorities, specimenSerial, stampPdf, temporarySigner } from './support/stamped-pdf.ts'
import { twinRun } from './support/twin-run.ts'

/** What a phone loads when a file is chosen (docs/limits.md), in bytes as gzip sends them. */
const scriptBytesMax = 30 * 1024

let browser: Browser
let twin: BrowserTwin
beforeAll(async () => {
  browser = await openBrowser()
  twin = await openBrowserTwin(browser)
})
afterAll(async () => {
  await browser.close()
  await removeAuthorities()
})

test.each(['stamping', 'checking'] as const)('the script for %s is at most 30 KB', async (name) => {
  const { gzipped } = await bundle(entries[name])
  expect(gzipped).toBeLessThanOrEqual(scriptBytesMax)
})

test('the primitives handed in add at most 12 KB for stamping, and for checking 30 KB', async () => {
  const [stamping, checking] = await Promise.all([bundle(entries.primitives), bundle(entries.verifyPrimitives)])
  expect(stamping.gzipped).toBeLessThanOrEqual(12 * 1024)
  expect(checking.gzipped).toBeLessThanOrEqual(30 * 1024)
})

test('no script reaches for Node', async () => {
  for (const lines of Object.values(entries)) {
    const { text } = await bundle(lines)
    expect(text).not.toMatch(/node:|require\(|\bBuffer\b|process\./)
  }
})

async function expectTwins(bytes: Uint8Array, roots: readonly Uint8Array[] = []): Promise<string[]> {
  const here = twinRun({ bytes, roots, primitives: nodePrimitives })
  expect(await twin.run(bytes, roots)).toEqual(here)
  return here
}

test.each(goldenNames(1))('Chromium and Node make the same of %s', async (name) => {
  const told = await expectTwins(new Uint8Array(readFileSync(join(goldenFolder(1), `${name}.pdf`))))
  expect(told.at(-1)).toMatch(/^(?:embedded|refused)/)
})

test('Chromium and Node make the same of packed, linearized and damaged files', async () => {
  const packed = rewritten(samplePdf({ pages: 3 }), ['--object-streams=generate', '--compress-streams=y'])
  const linearized = rewritten(samplePdf({ pages: 3 }), ['--linearize'])
  for (const whole of [packed, linearized]) {
    const told = await expectTwins(whole)
    expect(told.at(-1)).toMatch(/^embedded/)
    for (let cut = 0; cut < whole.length; cut += 97) {
      const damaged = whole.slice()
      damaged[cut] = (damaged[cut] ?? 0) ^ 0x55
      await expectTwins(damaged)
    }
  }
})

test.each(['ec-p256', 'rsa-2048'] as const)(
  'Chromium and Node prove the same of %s stamps, whole and forged',
  async (keyAlgorithm) => {
    const signer = await temporarySigner(keyAlgorithm)
    const original = append(new Uint8Array(0), onePage('/Reserve 150 0 R'))
    const stamped = await stampPdf(original, signer, { serial: specimenSerial(1) })
    const roots = signer.trustRoots().map(({ certificate }) => certificate)
    const [, checked = ''] = await expectTwins(stamped.bytes, roots)
    expect(checked).toContain('"integrity":"intact"')
    expect(checked).toContain('"profile":"B-LT"')
    for (const [, reason, make] of forgedUpdates) {
      const { objects, ...options } = make(stamped)
      const [, forged = ''] = await expectTwins(append(stamped.bytes, objects, options), roots)
      expect(forged).toContain(reason)
    }
  },
)
