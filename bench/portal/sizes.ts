import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import type { WalkedPage } from './walk.ts'

/** Bytes on the wire, with gzip, that a page may have: of the document, all its style sheets, all its scripts. */
export const pageBudget = { html: 14_000, css: 10_000, script: 5_000 } as const
/** What comes when a file is chosen, until its stamp can be placed: our own part, and what reads and draws its pages. */
export const affixBudget = { core: 30_000, renderer: 450_000 } as const
/** From the front page to the stamped file, besides the person's own file. */
export const journeyBudget = 1_500_000

export type PageSizes = { route: string; html: number; css: number; script: number }

/** One answer as it came over the wire. */
type Fetched = { bytes: Buffer; text: string; status: number }

/** Asks for a path with gzip, the encoding that every browser and every cache takes. */
async function fetchEncoded(url: string, path: string, cookie = ''): Promise<Fetched> {
  const request = get(url + path, { headers: { accept: 'text/html', 'accept-encoding': 'gzip', cookie } })
  const [answer]: IncomingMessage[] = await once(request, 'response')
  if (answer === undefined) throw new Error(`${path} was not answered`)
  const chunks: Buffer[] = await answer.toArray()
  const bytes = Buffer.concat(chunks)
  const text = (answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8')
  return { bytes, text, status: answer.statusCode ?? 0 }
}

/** How large each page is, with what it loads at once. An asset that several pages share is asked for once. */
export async function measurePages(url: string, pages: readonly WalkedPage[]): Promise<PageSizes[]> {
  const known = new Map<string, number>()
  const sizeOf = async (path: string) => {
    const size = known.get(path) ?? (await fetchAsset(url, path))
    known.set(path, size)
    return size
  }
  const sizesOf = async (paths: readonly string[]) => {
    let sum = 0
    for (const path of paths) sum += await sizeOf(path)
    return sum
  }
  const measured: PageSizes[] = []
  for (const { route, path, cookie } of pages) {
    const { bytes, text } = await fetchEncoded(url, path, cookie)
    measured.push({
      route,
      html: bytes.length,
      css: await sizesOf(addressesIn(text, /<link rel="stylesheet" href="([^"]+)"/g)),
      script: await sizesOf(addressesIn(text, /<script type="module" src="([^"]+)"/g)),
    })
  }
  return measured
}

async function fetchAsset(url: string, path: string): Promise<number> {
  const { bytes, status } = await fetchEncoded(url, path)
  if (status !== 200) throw new Error(`${path} answered ${status}`)
  return bytes.length
}

const addressesIn = (html: string, of: RegExp): string[] => [...html.matchAll(of)].map(([, address = '']) => address)

/** The parts of a page that are above its budget, in words; none is what we want. */
export function aboveBudget({ route, ...sizes }: PageSizes): string[] {
  return (['html', 'css', 'script'] as const)
    .filter((part) => sizes[part] > pageBudget[part])
    .map((part) => `${route}: ${sizes[part]} bytes of ${part}, ${pageBudget[part]} are meant`)
}

/**
 * What the affixing page loads when a file is chosen. `core`: what looks at the document and lets its stamp be placed; `text`: what reads
 * its words meanwhile; `finish`: what comes while the person types, from the review to the stamped copy; `occasional`: what only photos
 * and signed files need.
 */
export type AffixParts = {
  core: number
  renderer: number
  sentences: number
  text: number
  finish: number
  occasional: number
}

/** How large these are, as the page itself says where they lie; a file that several need is counted with the first. */
export async function measureAffixParts(url: string): Promise<AffixParts> {
  const { text } = await fetchEncoded(url, '/bubuhkan')
  const counted = new Set<string>()
  const sum = async (...names: string[]) => {
    let bytes = 0
    for (const name of names) {
      const files = new RegExp(`data-${name}="([^"]+)"`).exec(text)?.[1]?.split(' ') ?? []
      if (files.length === 0) throw new Error(`the page does not say where its ${name} lies`)
      for (const path of files) {
        if (!counted.has(path)) bytes += await fetchAsset(url, path)
        counted.add(path)
      }
    }
    return bytes
  }
  return {
    core: await sum('core', 'worker'),
    renderer: await sum('renderer', 'renderer-worker'),
    sentences: await sum('words'),
    text: await sum('text'),
    finish: await sum('finish', 'stamper'),
    occasional: await sum('photos', 'verifier'),
  }
}
