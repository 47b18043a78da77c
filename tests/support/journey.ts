import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import type { Browser, BrowserContext, Download, Page } from 'playwright-core'

/** How somebody comes: on a phone or a desk, with or without scripts, in a language and a theme. */
export type Visit = { width?: number; scripts?: boolean; language?: 'id' | 'en'; scheme?: 'light' | 'dark' }

/** One visitor's browser: a page, and whom it asked for anything. */
export type Visitor = { page: Page; context: BrowserContext; hosts: Set<string> }

/** Opens a page of its own. */
export async function visit(browser: Browser, given: Visit = {}): Promise<Visitor> {
  const { width = 360, scripts = true, language = 'id', scheme = 'light' } = given
  const context = await browser.newContext({
    viewport: { width, height: 740 },
    javaScriptEnabled: scripts,
    locale: language === 'id' ? 'id-ID' : 'en-GB',
    colorScheme: scheme,
    reducedMotion: 'reduce',
    acceptDownloads: true,
  })
  const hosts = new Set<string>()
  context.on('request', (request) => {
    if (/^https?:/.test(request.url())) hosts.add(new URL(request.url()).host)
  })
  return { page: await context.newPage(), context, hosts }
}

/** Opens a page of whoever signs in to the demo by one click; `url`: of the service. */
export async function visitAsDemo(browser: Browser, url: string, given: Visit = {}): Promise<Visitor> {
  const visitor = await visit(browser, given)
  await enterAsDemo(visitor.page, url)
  return visitor
}

/** Signs this page in to the demo by one click. */
export async function enterAsDemo(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/masuk`)
  await page.click('form[action^="/masuk/contoh"] button')
  await page.waitForURL('**/beranda')
}

/**
 * Gives a page a device that keeps passkeys and knows its owner, at the public address that passkeys are bound to: nobody listens there,
 * what is asked of it goes to the service at `url`.
 */
export async function withPasskeys(context: BrowserContext, page: Page, url: string): Promise<void> {
  await context.route('http://localhost:8080/**', async (route) => {
    const asked = route.request().url().replace('http://localhost:8080', url)
    const headers = { ...(await route.request().allHeaders()), host: 'localhost:8080' }
    await route.fulfill({ response: await route.fetch({ url: asked, headers, maxRedirects: 0 }) })
  })
  const devices = await context.newCDPSession(page)
  await devices.send('WebAuthn.enable')
  await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

/** A way to the service that keeps every byte going there: what the browser itself tells of a form leaves its files out. */
export type Recorder = { url: string; sent(): Buffer[]; close(): Promise<void> }

/** Opens one in front of this address. */
export async function openRecorder(to: string): Promise<Recorder> {
  const port = Number(new URL(to).port)
  const connections: Buffer[][] = []
  const server = createServer((socket) => {
    const bytes: Buffer[] = []
    connections.push(bytes)
    const service = connect(port, '127.0.0.1')
    socket.on('data', (chunk) => bytes.push(chunk))
    socket.pipe(service).pipe(socket)
    for (const [one, other] of [
      [socket, service],
      [service, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the recorder listens nowhere')
  return {
    url: `http://127.0.0.1:${address.port}`,
    sent: () => connections.map((chunks) => Buffer.concat(chunks)),
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}

/** The bytes of a download. */
export async function bytesOf(download: Download): Promise<Buffer> {
  return readFile(await download.path())
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What the judge of accessibility finds on this page as it stands, as `rule: element`; none is what we want. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // the page's own policy lets no strange script in; the judge comes through the debugger
  const source = await readFile(axePath, 'utf8')
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: source })
  const expression = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 160))))`
  const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
  await session.detach()
  const found: unknown = result.value
  if (!Array.isArray(found)) throw new Error(`axe told nothing of ${page.url()}`)
  return found.map(String)
}
