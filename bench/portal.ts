import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openBrowser } from '../tests/support/browser.ts'
import { startServiceProcess } from '../tests/support/service.ts'
import { measureServer, pagesPerSecond, serverBudget } from './portal/server-time.ts'
import {
  affixBudget,
  journeyBudget,
  measureAffixParts,
  measurePages,
  pageBudget,
  type PageSizes,
} from './portal/sizes.ts'
import { slowPhone } from './portal/slow-browser.ts'
import { measureAffixing, measureUsable, scannedLetter, usableBudget, type Affixed } from './portal/usable.ts'
import { walkPortal } from './portal/walk.ts'

const usage = `npm run bench:portal -- [--times 3] [--requests 50] [--json]

Every page of the portal against its budgets: bytes with gzip (html, css, script), milliseconds until it is usable on a slow phone, milliseconds
the server takes. Then one document affixed from the front page on. What misses its budget is marked with !. Times are the best of --times on
the phone, the median of --requests on the server. The phone's processor is slowed for pages, not for their workers: Chromium cannot.`

type Figures = PageSizes & { usable: number; server: number }

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '3' },
    requests: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const [times, requests] = [Number(values.times), Number(values.requests)]
if (values.help || !(times > 0) || !(requests > 0)) throw new Error(usage)

/** A figure, marked where it is above its budget. */
const against = (figure: number, budget: number) => `${Math.round(figure)}${figure > budget ? '!' : ''}`

async function measureAll(url: string): Promise<{ pages: Figures[]; affixed: Affixed[]; perSecond: number }> {
  const walked = await walkPortal(url)
  const sizes = await measurePages(url, walked)
  const browser = await openBrowser()
  try {
    const pages: Figures[] = []
    for (const [at, size] of sizes.entries()) {
      const page = walked[at]
      if (page === undefined) continue
      const usable = await best(() => measureUsable(browser, url, page))
      pages.push({ ...size, usable, server: await measureServer(url, page, requests) })
      if (!values.json) printPage(pages.at(-1))
    }
    const letter = await scannedLetter(browser)
    const affixed: Affixed[] = []
    for (let time = 0; time < times; time++)
      // each time another document, which nobody stamped before
      affixed.push(
        await measureAffixing(browser, url, Buffer.concat([letter, Buffer.from(`% ${Date.now()} ${time}\n`)])),
      )
    return { pages, affixed, perSecond: await pagesPerSecond(url, walked, { visitors: 20, seconds: 5 }) }
  } finally {
    await browser.close()
  }
}

async function best(measure: () => Promise<number>): Promise<number> {
  let least = Infinity
  for (let time = 0; time < times; time++) least = Math.min(least, await measure())
  return least
}

const widths = [44, 8, 8, 8, 9, 9] as const
const row = (cells: readonly string[]) =>
  cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at] ?? 8))).join('')

function printPage(page: Figures | undefined): void {
  if (page === undefined) return
  const { route, html, css, script, usable, server } = page
  const cells = [
    against(html, pageBudget.html),
    against(css, pageBudget.css),
    against(script, pageBudget.script),
    against(usable, usableBudget.form),
    `${server.toFixed(1)}${server > serverBudget ? '!' : ''}`,
  ]
  console.log(row([route, ...cells]))
}

const data = await mkdtemp(join(tmpdir(), 'meterai-portal-'))
const service = await startServiceProcess({ dataFolder: data })
try {
  const { url } = service
  if (!values.json) {
    const { downBytes, roundTripMilliseconds, processor } = slowPhone
    console.log(
      `a phone with ${(downBytes * 8) / 1e6} Mbit/s, ${roundTripMilliseconds} ms, a processor ${processor} times slower\n`,
    )
    console.log(row(['page', 'html', 'css', 'script', 'usable', 'server']))
    const budgets = [pageBudget.html, pageBudget.css, pageBudget.script, usableBudget.form, serverBudget]
    console.log(row(['budget', ...budgets.map(String)]))
  }
  const { pages, affixed, perSecond } = await measureAll(url)
  const parts = await measureAffixParts(url)
  const fastest = affixed.toSorted((a, b) => a.stamp - b.stamp)[0]
  if (fastest === undefined) throw new Error('nothing was affixed')
  const { details, stamp, bytes } = fastest
  const missed = pages.filter(misses).length
  if (values.json) console.log(JSON.stringify({ pages, affixing: { details, stamp, bytes, parts }, perSecond, missed }))
  else {
    console.log(`
a chosen document of a megabyte
  our own part, to place the stamp   ${against(parts.core, affixBudget.core)} bytes of ${affixBudget.core}
  what reads its words, and the rest ${parts.text + parts.finish} bytes, while the person types
  what draws its pages               ${against(parts.renderer, affixBudget.renderer)} bytes of ${affixBudget.renderer}
  details can be typed after         ${Math.round(details)} ms
  the stamp can be moved after       ${against(stamp, usableBudget.stamp)} ms of ${usableBudget.stamp}
  from the front page to the stamp   ${against(bytes, journeyBudget)} bytes of ${journeyBudget}, besides the document

${Math.round(perSecond)} pages a second, twenty visitors at once; ${missed} of ${pages.length} pages miss a budget`)
  }
} finally {
  await service.stop()
  await rm(data, { recursive: true, force: true })
}

function misses({ html, css, script, usable, server }: Figures): boolean {
  const isLarge = html > pageBudget.html || css > pageBudget.css || script > pageBudget.script
  return isLarge || usable > usableBudget.form || server > serverBudget
}
