import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { serialCheckCharacter } from '../../stamp/serial.ts'

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
  const asked = await get(`/cek?serial=${encodeURIComponent(spaced)}&lang=en`)
  expect(asked).toMatchObject({ status: 303, headers: { location: `/cek/${serial}?lang=en` } })
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
  expect(page.body).not.toContain('<script')
  expect(page.body).toContain('&quot;>&lt;script')
})

test('the address names the language before the browser does, and links carry it on', async () => {
  const byBrowser = await get('/', { 'accept-language': 'en-GB,en;q=0.9' })
  expect(byBrowser.body).toContain('<html lang="en">')
  expect(byBrowser.headers).toMatchObject({
    vary: expect.stringContaining('accept-language'),
    'content-language': 'en',
  })
  const byAddress = await get('/?lang=id', { 'accept-language': 'en' })
  expect(byAddress.body).toContain('<html lang="id">')
  expect(byAddress.body).toContain('href="/cek?lang=id"')
  expect((await get('/')).body).toContain('<html lang="id">')
})

test('every page stays inside its budget and asks nobody else for anything', async () => {
  const { serial } = await affix('budget')
  const paths = ['/', '/?lang=en', '/cek', '/cek?serial=x', `/cek/${serial}`, `/cek/${neverGiven()}`, '/nowhere']
  const pages = await Promise.all(paths.map((path) => get(path)))
  for (const { body, headers } of pages) {
    expect(gzipSync(body).length).toBeLessThan(14 * 1024)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(body).not.toMatch(/<script|<style|\sstyle=|\son\w+=|(?:src|href)="(?:https?:)?\/\//)
  }
})

test('an asset lies at the address of its content for ever, and nowhere else', async () => {
  const { body } = await get('/')
  const paths = [...body.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(new Set(paths).size).toBe(2)
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
