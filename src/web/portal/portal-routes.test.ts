import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownPaths } from '../../../tests/support/own-paths.ts'
import { registerPerson } from '../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { serialCheckCharacter } from '../../stamp/serial.ts'
import { rendererPath } from './renderer-files.ts'
import { scriptPaths } from './scripts.ts'

let web: TestWeb
let key: string
let accountId: string
beforeAll(async () => {
  web = await testWeb()
  const account = await web.openAccount(5)
  key = account.liveKey
  accountId = account.accountId
})
afterAll(async () => {
  await web.close()
})

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await web.app.inject({ method: 'GET', url: path, headers: { accept: 'text/html', ...headers } })
  return { status: answer.statusCode, headers: answer.headers, body: answer.body }
}

async function reserve(source: string): Promise<{ id: string; serial: string }> {
  const facts = {
    documentType: 'surat-perjanjian',
    number: 'RAHASIA-77',
    payerName: 'Nama Rahasia',
    fileName: 'rahasia.pdf',
  }
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const answer = await web.app.inject({
    method: 'POST',
    url: '/v1/affixings',
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': source },
    payload: { facts, placement, sourceSha256: digestOf(source), sourceLength: 1000, pageCount: 1 },
  })
  const { id, serial } = answer.json()
  return { id, serial }
}

async function affix(source: string): Promise<{ id: string; serial: string }> {
  const reserved = await reserve(source)
  const answer = await web.app.inject({
    method: 'PUT',
    url: `/v1/affixings/${reserved.id}/signature`,
    headers: { authorization: `Bearer ${key}` },
    payload: { digest: digestOf(`${source} prepared`) },
  })
  expect(answer.statusCode).toBe(200)
  return reserved
}

/** A number of the right form that was never given. */
function neverGiven(): string {
  const body = 'SPESIMEN000Z00000000A'
  return body + serialCheckCharacter(body)
}

test('the page of an affixed specimen says so, and shows day, type and digest', async () => {
  const { serial } = await affix('shown')
  const page = await get(`/cek/${serial}`)
  expect(page.status).toBe(200)
  expect(page.body).toContain('Lingkungan uji: meterai di sini tidak sah.')
  expect(page.body).toContain('tidak sah sebagai meterai')
  expect(page.body).toContain('Surat Perjanjian')
  expect(page.body).toContain('(WIB)')
  expect(page.body.replaceAll(/<\/?span>/g, '')).toContain(digestOf('shown prepared'))
})

test('a specimen is never green', async () => {
  const { serial } = await affix('never-green')
  const { body } = await get(`/cek/${serial}`)
  expect(body).toContain('verdict warn')
  expect(body).not.toContain('verdict good')
})

test('the page shows no name, number, account, affixing or digest of the original', async () => {
  const { id, serial } = await affix('hides')
  const { body } = await get(`/cek/${serial}`)
  for (const secret of ['RAHASIA', 'Rahasia', 'rahasia', id, accountId, accountId.slice(4), digestOf('hides')])
    expect(body).not.toContain(secret)
})

test('reserved, released and never given numbers answer alike', async () => {
  const reserved = await reserve('reserved')
  const released = await reserve('released')
  await web.app.inject({
    method: 'DELETE',
    url: `/v1/affixings/${released.id}`,
    headers: { authorization: `Bearer ${key}` },
  })
  const pages = await Promise.all(
    [reserved.serial, released.serial, neverGiven()].map((serial) => get(`/cek/${serial}`)),
  )
  const [first, ...others] = [reserved.serial, released.serial, neverGiven()].map((serial, at) => ({
    status: pages[at]?.status,
    body: pages[at]?.body.replaceAll(serial, 'SERIAL'),
  }))
  expect(first?.status).toBe(404)
  for (const other of others) expect(other).toEqual(first)
})

test('a number in small letters, with spaces or dashes leads to its one address', async () => {
  const serial = neverGiven()
  const spaced = `${serial.slice(0, 11)} ${serial.slice(11)}`.toLowerCase()
  const moved = await get(`/cek/${encodeURIComponent(spaced)}`)
  expect(moved).toMatchObject({ status: 308, headers: { location: `/cek/${serial}` } })
  const asked = await get(`/cek?serial=${encodeURIComponent(spaced)}&bahasa=en`)
  expect(asked).toMatchObject({ status: 303, headers: { location: `/cek/${serial}?bahasa=en` } })
})

test.each(['/cek/NOMOR-SALAH', '/cek?serial=NOMOR-SALAH', '/cek?serial='])(
  '%s is no stamp number: the page says so, points at the field and keeps what was typed',
  async (path) => {
    const page = await get(path)
    expect(page.status).toBe(400)
    expect(page.body).toContain('href="#serial"')
    expect(page.body).toContain('aria-invalid="true"')
    expect(page.body).toContain(path.endsWith('SALAH') ? 'value="NOMOR-SALAH"' : 'name="serial"')
  },
)

test('what was typed is never read as markup', async () => {
  const page = await get(`/cek?serial=${encodeURIComponent('"><script>alert(1)</script>')}`)
  expect(page.body).not.toContain('<script>')
  expect(page.body).toContain('&quot;>&lt;script')
})

test('the address names the language before cookie and browser do; links carry it on, and a cookie remembers it', async () => {
  const byBrowser = await get('/', { 'accept-language': 'en-GB,en;q=0.9' })
  expect(byBrowser.body).toContain('<html lang="en">')
  expect(byBrowser.headers).toMatchObject({
    vary: expect.stringContaining('accept-language'),
    'content-language': 'en',
  })
  const byAddress = await get('/?bahasa=id', { 'accept-language': 'en', cookie: 'bahasa=en' })
  expect(byAddress.body).toContain('<html lang="id">')
  expect(byAddress.body).toContain('href="/cek?bahasa=id"')
  expect(byAddress.headers['set-cookie']).toMatch(/^bahasa=id; .*HttpOnly; SameSite=Lax$/)
  const byCookie = await get('/', { cookie: 'other=1; bahasa=en' })
  expect(byCookie.body).toContain('<html lang="en">')
  expect(byCookie.headers['set-cookie']).toBeUndefined()
  // addresses given out earlier named it so
  expect((await get('/?lang=en')).body).toContain('<html lang="en">')
  expect((await get('/')).body).toContain('<html lang="id">')
})

test('every page stays inside its budget and asks nobody else for anything', async () => {
  const { serial } = await affix('budget')
  const paths = ['/', '/?bahasa=en', '/cek', '/cek?serial=x', `/cek/${serial}`, `/cek/${neverGiven()}`, '/nowhere']
  paths.push('/status', '/bantuan', '/spesimen', '/luring', '/design', '/bubuhkan')
  const pages = await Promise.all(paths.map((path) => get(path)))
  for (const { body, headers } of pages) {
    expect(gzipSync(body).length).toBeLessThan(14 * 1024)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(body).not.toMatch(
      /<script(?! type="module" src="\/aset\/)|<style|\sstyle=|\son\w+=|(?:src|href)="(?:https?:)?\/\//,
    )
  }
})

test('an asset lies at the address of its content for ever, and nowhere else', async () => {
  const { body } = await get('/')
  const paths = [...body.matchAll(/"(\/aset\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(new Set(paths).size).toBe(3)
  for (const path of paths) {
    const asset = await get(path)
    expect(asset).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=31536000, immutable' } })
    expect(gzipSync(asset.body).length).toBeLessThan(10 * 1024)
    expect((await get(path.replace(/[0-9a-f]{16}/, '0123456789abcdef'))).status).toBe(404)
  }
})

test('an address that leads nowhere answers a browser with a page that leads on', async () => {
  const page = await get('/tidak-ada', { 'accept-language': 'en' })
  expect(page).toMatchObject({ status: 404, headers: { 'content-type': 'text/html; charset=utf-8' } })
  expect(page.body).toContain('This page does not exist')
  expect(page.body).toContain('href="/cek"')
})

test('an asset comes as small as the browser takes it, and is the same when it is opened', async () => {
  const { body } = await get('/')
  const path = /"(\/aset\/portal\.[0-9a-f]{16}\.css)"/.exec(body)?.[1] ?? ''
  const ask = (encoding: string) => web.app.inject({ url: path, headers: { 'accept-encoding': encoding } })
  const [plain, br, gzip] = [await ask('identity'), await ask('gzip, br'), await ask('gzip')]
  expect([br.headers['content-encoding'], gzip.headers['content-encoding']]).toEqual(['br', 'gzip'])
  expect(brotliDecompressSync(br.rawPayload).equals(plain.rawPayload)).toBe(true)
  expect(gunzipSync(gzip.rawPayload).equals(plain.rawPayload)).toBe(true)
})

test('the scripts stay inside their budgets and know no other host', async () => {
  const { assets } = await scriptPaths()
  const sizeOf = (name: string) =>
    gzipSync(assets.find(({ path }) => path.startsWith(`/aset/${name}.`))?.bytes ?? '').length
  // what a page loads at once, with the one that every page loads
  expect(sizeOf('portal') + sizeOf('check')).toBeLessThan(5 * 1024)
  expect(sizeOf('portal') + sizeOf('affix')).toBeLessThan(5 * 1024)
  for (const own of ['home', 'rebuild', 'bulk']) expect(sizeOf('portal') + sizeOf(own)).toBeLessThan(5 * 1024)
  expect(sizeOf('bulk-core')).toBeLessThan(6 * 1024)
  expect(sizeOf('bulk-worker')).toBeLessThan(64 * 1024)
  expect(sizeOf('portal') + sizeOf('pay')).toBeLessThan(5 * 1024)
  const ours = assets.filter(({ path }) => !path.includes('/pdf'))
  const hosts = ours.flatMap(
    ({ bytes }) =>
      Buffer.from(bytes)
        .toString()
        .match(/https?:\/\/[a-z][\w.-]*/g) ?? [],
  )
  // the name of a vocabulary, and an address as long as a real one
  expect(new Set(hosts)).toEqual(new Set(['http://www.w3.org', 'https://meterai.example']))
})

test('the renderer gives its fonts and decoders, and nothing else of its package', async () => {
  const font = await get(`${rendererPath}/standard_fonts/FoxitSerif.pfb`)
  expect(font).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=31536000, immutable' } })
  for (const path of ['standard_fonts/..%2f..%2fpackage.json', 'standard_fonts/LICENSE_FOXIT', 'build/pdf.mjs'])
    expect((await get(`${rendererPath}/${path}`)).status).toBe(404)
})

/** What a browser is told of a page: everything from here, nothing from anywhere else, in nobody's frame. */
const policy = (script: string) =>
  [
    "default-src 'none'",
    `script-src ${script}`,
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join(';')

test('the policy of every page is the same one, and names no other host', async () => {
  const { browser } = await registerPerson(web)
  const open = [
    '/',
    '/cek',
    '/status',
    '/bantuan',
    '/spesimen',
    '/luring',
    '/design',
    '/masuk',
    '/daftar',
    '/tidak-ada',
  ]
  const own = [
    '/beranda',
    '/beli',
    '/beli/cara?jumlah=2',
    '/pembelian',
    '/pengembalian',
    '/riwayat',
    '/massal',
    ...ownPaths,
  ]
  const visits = [...open.map((path) => [path, ''] as const), ...own.map((path) => [path, browser.cookie] as const)]
  for (const [path, cookie] of visits) {
    const { headers } = await get(path, { cookie })
    expect([path, headers['content-security-policy']]).toEqual([path, policy("'self'")])
    expect([path, headers['content-type']]).toEqual([path, 'text/html; charset=utf-8'])
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
  }
  const affixing = (await get('/bubuhkan')).headers['content-security-policy']
  expect(affixing).toBe(policy("'self' 'wasm-unsafe-eval'"))
})

test('only the affixing page and what renders for it may compile WebAssembly', async () => {
  const { assets } = await scriptPaths()
  const worker = assets.find(({ path }) => path.startsWith('/aset/pdf-worker.'))?.path ?? ''
  const policyOf = async (path: string) => String((await get(path)).headers['content-security-policy'])
  expect(await policyOf(worker)).toContain("'wasm-unsafe-eval'")
  for (const path of ['/', '/cek', '/status']) expect(await policyOf(path)).not.toContain('unsafe')
})

test('the worker of the site keeps the offline page and what it looks like, and asks whether it changed', async () => {
  const worker = await get('/sw.js?bahasa=en')
  expect(worker.headers['cache-control']).toBe('no-cache')
  expect(worker.body).toMatch(
    /^const kept=\{"page":"\/luring\?bahasa=en","files":\["\/aset\/portal\.[^"]+","\/aset\/mark\.[^"]+"\]\}/,
  )
  expect((await get('/luring?bahasa=en')).body).toContain('Nothing is lost')
})

test('the portal installs as an app: its icons are pictures of the sizes it says, and its doors are pages', async () => {
  const manifest = JSON.parse((await get('/manifest.webmanifest')).body)
  const sizes: string[] = []
  for (const { src, sizes: told, type, purpose } of manifest.icons) {
    const icon = await web.app.inject({ url: src })
    expect([icon.statusCode, icon.headers['content-type']]).toEqual([200, type])
    if (type !== 'image/png') continue
    const [width, height] = [icon.rawPayload.readUInt32BE(16), icon.rawPayload.readUInt32BE(20)]
    expect(`${width}x${height}`).toBe(told)
    sizes.push(`${told} ${purpose}`)
  }
  expect(sizes).toEqual(['192x192 any', '192x192 maskable', '512x512 any', '512x512 maskable'])
  expect(manifest).toMatchObject({ id: '/', start_url: '/', display: 'standalone' })
  for (const { url } of manifest.shortcuts) expect([200, 303]).toContain((await get(url)).status)
})

test('every page has help, the state of the service, the language and what a specimen is at its foot', async () => {
  for (const path of ['/', '/cek', '/status', '/tidak-ada']) {
    const { body } = await get(path)
    const foot = body.slice(body.indexOf('<footer'))
    for (const link of ['/bantuan', '/status', '/spesimen', '/cek']) expect(foot).toContain(`href="${link}"`)
    expect(body).toContain('hreflang="en"')
  }
})

test('who is not signed in may choose a file, and sends none: the way leads through signing in', async () => {
  const page = await get('/bubuhkan')
  expect(page.status).toBe(200)
  expect(page.body).toContain('href="/masuk?next=/bubuhkan"')
  const sent = await web.app.inject({ method: 'POST', url: '/bubuhkan' })
  expect(sent).toMatchObject({ statusCode: 303, headers: { location: '/masuk?next=%2Fbubuhkan' } })
})

test('a refusal answers a browser with a page that says why, and a program with a problem', async () => {
  const path = '/aset/portal.0123456789abcdef.js'
  const page = await get(path)
  expect(page).toMatchObject({ status: 404, headers: { 'content-type': 'text/html; charset=utf-8' } })
  expect(page.body).toContain(String(page.headers['request-id']))
  const problem = await web.app.inject({ url: path, headers: { accept: 'application/json' } })
  expect(problem.json()).toMatchObject({ code: 'not_found' })
})
