import { afterAll, beforeAll, expect, test } from 'vitest'
import { aboveBudget, affixBudget, measureAffixParts, measurePages, type PageSizes } from '../bench/portal/sizes.ts'
import { walkPortal } from '../bench/portal/walk.ts'
import { printedRoutes } from './support/registered-routes.ts'
import { testWeb, type TestWeb } from './support/web.ts'

// Sizes are the same on every machine, so they are held here; the times of `npm run bench:portal` are not.

let web: TestWeb
let sizes: PageSizes[]
beforeAll(async () => {
  web = await testWeb()
  sizes = await measurePages(web.url, await walkPortal(web.url))
}, 120_000)
afterAll(() => web.close())

/** What is asked for with GET and is no page: files, figures, what scripts ask, and ways that only lead on. */
const noPages = [
  /^\/v1\//,
  /^\/demo\//,
  /^\/aset\//,
  /\.(?:csv|json|pdf|png|svg|js|ico|webmanifest)$/,
  /^\/(?:health|ready|metrics|laporan|masuk\/contoh)$/,
  /^\/simulator\/payments\//,
  /\/(?:berkas|gambar|unduh|kabar|keadaan|salinan)$/,
  /^\/akun\/identitas\/foto$/,
  /\/dokumen\/:paper$/,
]

test('every page of the portal is walked through', () => {
  const pages = printedRoutes(web.app)
    .filter((route) => route.startsWith('GET '))
    .map((route) => route.slice('GET '.length))
    .filter((path) => !noPages.some((pattern) => pattern.test(path)))
  const walked = sizes.map(({ route }) => route.replace(/ \(.*\)$/, ''))
  const isWalked = (path: string) =>
    walked.includes(path) || walked.some((one) => new RegExp(`^${path.replaceAll(/:[^/]+/g, '[^/]+')}$`).test(one))

  expect(pages.filter((path) => !isWalked(path))).toEqual([])
})

test('every page keeps to its budget of bytes', () => {
  expect(sizes.flatMap(aboveBudget)).toEqual([])
})

test('what a chosen file loads until its stamp can be placed keeps to its budgets; the rest comes after', async () => {
  const { core, renderer, text, finish } = await measureAffixParts(web.url)

  expect(renderer).toBeGreaterThan(100_000)
  expect(renderer).toBeLessThanOrEqual(affixBudget.renderer)
  expect(core).toBeGreaterThan(10_000)
  expect(core).toBeLessThanOrEqual(affixBudget.core)
  // all of it together stays within the sum
  expect(core + renderer + text + finish).toBeLessThanOrEqual(affixBudget.core + affixBudget.renderer)
})
