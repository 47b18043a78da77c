import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { demoPin } from '../../src/identity/demo-accounts.ts'
import { enterAsDemo } from '../../tests/support/journey.ts'
import { pdfsigReport } from '../../tests/support/judges.ts'
import { processKinds, startChromium, type Chromium } from './chromium.ts'
import { grantQuota, prove, proveStamped, type Measured, type Options, type World } from './world.ts'

/** Longer than the slowest machine takes for a step. */
const stepMilliseconds = 3_600_000
/** Copies that pdfsig judges, spread over all; `meterai verify` judges every one. */
const judgedMax = 100
/** What the page and its worker may hold: 190 MB for sixty documents, 290 for 3,000 of 100 KB, which would not fit besides. */
const rendererMegabytesMax = 450

/** Chooses the documents on the page, as somebody does, and waits for the dry run. */
async function look(page: Page, { folder, service }: World, isResumed: boolean): Promise<void> {
  page.setDefaultTimeout(stepMilliseconds)
  await enterAsDemo(page, service.url)
  await page.goto(`${service.url}/massal`)
  await page.waitForSelector('[data-bulk] form:visible')
  if (isResumed) await page.waitForSelector('[data-unfinished]:not([hidden])')
  const files = readdirSync(join(folder, 'in')).map((name) => join(folder, 'in', name))
  const session = await page.context().newCDPSession(page)
  const { root } = await session.send('DOM.getDocument')
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: '#documents' })
  await session.send('DOM.setFileInputFiles', { files, nodeId })
  await page.selectOption('#type', 'surat-pernyataan')
  await page.click('[data-bulk] form .button')
  await page.waitForSelector('[data-stage] .rows')
}

/** Begins, by the PIN the first time; what it confirmed goes on without. */
async function begin(page: Page, isResumed: boolean): Promise<void> {
  prove('the PIN asked', (await page.isVisible('#pin')) !== isResumed, { isResumed })
  if (!isResumed) await page.fill('#pin', demoPin)
  await page.click('[data-stage] form .button')
}

/** Waits until so many of all documents are done; answers how many are. */
async function waitForDone(page: Page, files: number, wanted: number): Promise<number> {
  for (;;) {
    const [value, total] = await page.evaluate(() => {
      const bar = document.querySelector('[data-stage] progress')
      return bar instanceof HTMLProgressElement ? [bar.value, bar.max] : [0, 0]
    })
    const done = total === 0 ? 0 : files - total + value
    if (done >= wanted) return done
    await delay(50)
  }
}

/** Takes the copies that the page offers into the folder `out`. */
async function takeCopies({ page }: Chromium, { folder }: World): Promise<void> {
  mkdirSync(join(folder, 'out'))
  for (const link of await page.locator('[data-stage] a[download$=".zip"]').all()) {
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
    // a reader that is not ours, and checks the sum of every file
    execFileSync('python3', ['-m', 'zipfile', '-e', await download.path(), join(folder, 'out')])
  }
}

function proveCopies({ folder }: World, files: number): void {
  const copies = readdirSync(join(folder, 'out'))
  prove('the copies', copies.length === files, copies.length)
  const step = Math.ceil(files / judgedMax)
  for (const name of copies.filter((_, at) => at % step === 0)) {
    const report = pdfsigReport(readFileSync(join(folder, 'out', name)))
    prove(`pdfsig of ${name}`, report.includes('Signature is Valid'), report)
  }
}

/** The page `/massal` in Chromium with the files of the folder, all its processes killed on the way. */
export async function measureBrowser(world: World, { files, kills }: Options): Promise<Measured> {
  const spentBefore = await grantQuota(world, files)
  const profile = join(world.folder, 'profile')
  const killedWith: number[] = []
  const memory: Record<string, number> = {}
  let drySeconds = 0
  const started = performance.now()
  for (let run = 0; run <= kills; run++) {
    const chromium = await startChromium(profile)
    const { page } = chromium
    try {
      const lookStarted = performance.now()
      await look(page, world, run > 0)
      if (run === 0) drySeconds = (performance.now() - lookStarted) / 1000
      await begin(page, run > 0)
      if (run < kills) {
        killedWith.push(await waitForDone(page, files, Math.floor((files * (run + 1)) / (kills + 1))))
        continue
      }
      await page.waitForSelector('[data-stage] .verdict.good')
      await takeCopies(chromium, world)
    } finally {
      for (const kind of processKinds) memory[kind] = Math.max(memory[kind] ?? 0, chromium.peak(kind))
      await chromium.kill()
    }
  }
  const seconds = (performance.now() - started) / 1000
  prove('the memory of the page', (memory['renderer'] ?? 0) < rendererMegabytesMax, memory)
  proveCopies(world, files)
  return { killedWith, drySeconds, seconds, charged: await proveStamped(world, files, spentBefore), memory }
}
