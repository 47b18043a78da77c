import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formBrowser } from '../../../../tests/support/form-browser.ts'
import { registerPerson } from '../../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../../tests/support/web.ts'
import { parsePublicId } from '../../../base/ids.ts'
import { statementsInLineMax } from '../../../limits/purchases.ts'

let web: TestWeb
beforeAll(async () => {
  const help = { whatsapp: '+62 812 0000 0000', email: 'bantuan@contoh.example' }
  web = await testWeb(undefined, () => ({ help, buyPath: '/beli' }))
})
afterAll(async () => {
  await web.close()
})

type Key = { accountId: string; key: string }

/** A person who signed in, with stamps, and a key of their account. */
async function signedIn(units: number) {
  const { browser, accountId } = await registerPerson(web)
  const account = parsePublicId('account', accountId) ?? ''
  // who holds it is proven: it may use as many as it has
  await web.db.database.sql`update account_holders set proofing = 'proven' where account_id = ${account}`
  if (units > 0) await web.grant(account, units)
  const key = await web.addKey(account)
  const page = async (url: string) => {
    const answer = await browser.call('GET', url, undefined, { accept: 'text/html' })
    return { status: answer.statusCode, headers: answer.headers, body: answer.body, words: wordsOf(answer.body) }
  }
  return { page, key, accountId: account, forms: formBrowser(web, browser.cookie) }
}

/** What stands on a page, without its markup. */
const wordsOf = (html: string) =>
  html
    .replace(/^[^]*<main[^>]*>/, '')
    .replaceAll(/<\/?time[^>]*>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')

const call = (key: string, method: 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  web.app.inject({
    method,
    url,
    headers: {
      authorization: `Bearer ${key}`,
      'idempotency-key': `${url} ${JSON.stringify(payload)}`.slice(0, 120).replaceAll(/[^\x21-\x7e]/g, '.'),
    },
    ...(payload === undefined ? {} : { payload }),
  })

const documentOf = (name: string) => ({
  sourceSha256: createHash('sha256').update(name).digest('hex'),
  facts: { documentType: 'surat-perjanjian', fileName: name, number: '7/CONTOH' },
  placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
  sourceLength: 1000,
  pageCount: 1,
})

async function reserve({ key }: Pick<Key, 'key'>, name: string): Promise<{ id: string; serial: string }> {
  const answer = await call(key, 'POST', '/v1/affixings', documentOf(name))
  expect(answer.statusCode).toBe(201)
  return answer.json()
}

async function affix(who: Pick<Key, 'key'>, name: string): Promise<{ id: string; serial: string }> {
  const reserved = await reserve(who, name)
  const digest = createHash('sha256').update(`${name} placed`).digest('hex')
  const signed = await call(who.key, 'PUT', `/v1/affixings/${reserved.id}/signature`, { digest })
  expect(signed.statusCode).toBe(200)
  return reserved
}

async function release(who: Pick<Key, 'key'>, name: string): Promise<{ id: string; serial: string }> {
  const reserved = await reserve(who, name)
  await call(who.key, 'DELETE', `/v1/affixings/${reserved.id}`)
  return reserved
}

test.each([
  '/beranda',
  '/riwayat',
  '/riwayat.csv',
  `/riwayat/afx_${'0'.repeat(32)}`,
  '/bantuan?tentang=ord_x',
  '/massal',
  '/laporan/2026-01',
])('%s leads whoever has not signed in to sign in and back', async (path) => {
  const answer = await web.app.inject({ method: 'GET', url: path })
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe(`/masuk?next=${encodeURIComponent(path)}`)
})

test('the history has one fixed word for each state, says why quota came back, and is for its account alone', async () => {
  const [owner, other] = [await signedIn(3), await signedIn(1)]
  await affix(owner, 'sewa.pdf')
  const released = await release(owner, 'batal.pdf')
  await reserve(owner, 'nanti.pdf')
  const { words, headers } = await owner.page('/riwayat')
  expect(headers['cache-control']).toBe('private, no-store')
  expect(words).toMatch(/nanti\.pdf Sedang diproses \(kuota ditahan sampai \d\d\.\d\d WIB\)/)
  expect(words).toMatch(/batal\.pdf Dikembalikan: kuota sudah kembali Alasannya: dibatalkan/)
  expect(words).toMatch(/sewa\.pdf Berhasil .*1 kuota \(Rp10\.000\)/)
  expect((await other.page('/riwayat')).words).toContain('Belum ada pembubuhan.')
  const strange = await other.page(`/riwayat/${released.id}`)
  const nobodys = await other.page(`/riwayat/afx_${'0'.repeat(32)}`)
  expect([strange.status, nobodys.status]).toEqual([404, 404])
  const plain = (told: string) => told.replaceAll(/afx_\w+|[0-9a-f-]{36}/g, '')
  expect(plain(strange.words)).toBe(plain(nobodys.words))
})

test.each(['refund', 'Kuota hilang', 'quota lost'])('looking for "%s" leads to what came back', async (words) => {
  const owner = await signedIn(2)
  await affix(owner, 'sewa.pdf')
  await release(owner, 'batal.pdf')
  const page = await owner.page(`/riwayat?cari=${encodeURIComponent(words)}`)
  expect(page.words).toContain('hanya berarti uang kembali')
  expect(page.words).toContain('batal.pdf')
  expect(page.words).not.toContain('sewa.pdf')
})

test('what was looked for stays in its field, goes along to the next page and into the table', async () => {
  const owner = await signedIn(22)
  for (let nr = 0; nr < 21; nr++) await reserve(owner, `surat ${nr}.pdf`)
  await reserve(owner, 'lain.pdf')
  const first = await owner.page('/riwayat?cari=surat&keadaan=diproses')
  expect(first.body).toContain('value="surat"')
  const older = /href="([^"]*sebelum=[^"]*)"/.exec(first.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = await owner.page(older)
  expect(second.words).toContain('surat 0.pdf')
  expect(second.words).not.toMatch(/lain\.pdf|surat 1\.pdf/)
  const table = await owner.page('/riwayat.csv?cari=surat&keadaan=diproses')
  expect(table.body.trim().split('\r\n')).toHaveLength(22)
  expect(gzipSync(first.body).length).toBeLessThan(14 * 1024)
})

test('no cell of the table is a formula', async () => {
  const owner = await signedIn(1)
  await reserve(owner, '=HYPERLINK("http://contoh.example")')
  const { body, headers } = await owner.page('/riwayat.csv')
  expect(headers['content-type']).toContain('text/csv')
  expect(body).toContain(`"'=HYPERLINK(""http://contoh.example"")"`)
  expect(body).not.toMatch(/(?:^|[;"])=/m)
})

test('the story of a stamp has its times, its number, a code to its public page, and the way to its copy', async () => {
  const owner = await signedIn(1)
  const { id, serial } = await affix(owner, 'sewa.pdf')
  const { body, words } = await owner.page(`/riwayat/${id}`)
  expect(words).toContain('Satu kuota ditahan:')
  expect(words).toContain('Meterai dibubuhkan dan kuota terpakai:')
  expect(body).toContain(`href="/cek/${serial}"`)
  expect(body).toContain('<svg class="qr"')
  expect(words).toContain('Pilih berkas aslinya')
  expect(gzipSync(body).length).toBeLessThan(14 * 1024)
})

test('home has the quota large, what is not finished before the doors, and the last five', async () => {
  const owner = await signedIn(8)
  for (let nr = 0; nr < 6; nr++) await affix(owner, `sudah ${nr}.pdf`)
  await reserve(owner, 'nanti.pdf')
  const ordered = await call(owner.key, 'POST', '/v1/orders', { quantity: 2, method: 'qris' })
  const { words, body } = await owner.page('/beranda')
  expect(words).toMatch(/Kuota 1 meterai/)
  expect(words.indexOf('nanti.pdf sedang diproses')).toBeLessThan(words.indexOf('Beli meterai'))
  expect(words).toContain('Pembelian 2 meterai (Rp20.000) menunggu pembayaran')
  expect(body).toContain(`href="/beli/${ordered.json().id}"`)
  expect(words).toContain('sudah 2.pdf')
  expect(words).not.toContain('sudah 1.pdf')
})

test('help says what became of an affixing, and hands the facts on without a name', async () => {
  const owner = await signedIn(3)
  const [running, released, affixed] = [
    await reserve(owner, 'Nama Rahasia.pdf'),
    await release(owner, 'batal.pdf'),
    await affix(owner, 'sewa.pdf'),
  ]
  const pageOf = ({ id }: { id: string }) => owner.page(`/bantuan?tentang=${id}`)
  const first = await pageOf(running)
  expect(first.words).toMatch(/masih berjalan; kuota ditahan sampai \d\d\.\d\d WIB/)
  const link = decodeURIComponent(/href="(https:\/\/wa\.me\/6281200000000\?text=[^"]*)"/.exec(first.body)?.[1] ?? '')
  expect(link).toContain(running.id)
  expect(link).toContain(running.serial)
  expect(link).not.toContain('Rahasia')
  expect((await pageOf(released)).words).toMatch(/Kuota untuk pembubuhan ini sudah kembali pada/)
  expect((await pageOf(affixed)).words).toMatch(/Berhasil: meterai dibubuhkan pada/)
  const stranger = await signedIn(0)
  const strange = await stranger.page(`/bantuan?tentang=${affixed.id}`)
  expect(strange.status).toBe(404)
  expect(strange.words).toContain('tidak ada di akun Anda')
})

test('an order that was paid without a word is asked about and credited while the person looks', async () => {
  const owner = await signedIn(0)
  const ordered = await call(owner.key, 'POST', '/v1/orders', { quantity: 3, method: 'qris' })
  const { id } = ordered.json()
  const before = await owner.page(`/bantuan?tentang=${id}`)
  expect(before.words).toContain('pembayarannya belum sampai')
  await web.db.database.sql`update orders set asked_at = null where account_id = ${owner.accountId}`
  const paid = await call(owner.key, 'POST', `/simulator/payments/${id}`, { act: 'pay_silently' })
  expect(paid.statusCode).toBe(200)
  const after = await owner.page(`/bantuan?tentang=${id}`)
  expect(after.words).toContain('3 meterai sudah masuk')
  expect((await owner.page('/beranda')).words).toMatch(/Kuota 3 meterai/)
})

test('the statement of a month adds up, is there as a table too, and a month that is none is not there', async () => {
  const owner = await signedIn(3)
  await affix(owner, 'sewa.pdf')
  const now = await owner.page('/laporan')
  expect(now.status).toBe(303)
  const path = String(now.headers.location)
  const { words, body } = await owner.page(path)
  expect(words).toMatch(/Kuota di awal bulan 0 Diberikan \+3 Dibubuhkan −1 Kuota di akhir 2/)
  expect(words).toContain('Kunci API second 1')
  expect(body).toContain(`href="${path}.csv"`)
  expect((await owner.page(`${path}.csv`)).body).toContain('closing,,2,')
  const documents = await owner.page(`${path}/spt-masa.csv`)
  expect(documents.body.trim().split('\r\n')).toHaveLength(2)
  expect((await owner.page(`${path}/spt-masa-golongan.csv`)).body).toContain('3,1,10000')
  for (const none of ['/laporan/2026-13', '/laporan/2099-01', '/laporan/x.csv'])
    expect((await owner.page(none)).status).toBe(404)
  expect((await owner.page('/riwayat')).body).toContain('href="/laporan"')
})

test('cost centres stand on the statement, its order and the table of the history', async () => {
  const owner = await signedIn(1)
  const ordered = (await call(owner.key, 'POST', '/v1/orders', { quantity: 2, method: 'qris', tag: 'Legal' })).json()
  await call(owner.key, 'POST', `/simulator/payments/${ordered.id}`, { act: 'pay' })
  const document = documentOf('batch.pdf')
  const items = [{ clientReference: '1', ...document }]
  const batch = (await call(owner.key, 'POST', '/v1/batches', { name: 'Contoh', tag: 'HR', items })).json()
  await call(owner.key, 'POST', `/v1/batches/${batch.id}/open`)
  const wish = { ...document, batchItem: batch.added[0].itemId }
  const { id } = (await call(owner.key, 'POST', '/v1/affixings', wish)).json()
  await call(owner.key, 'PUT', `/v1/affixings/${id}/signature`, { digest: 'ab'.repeat(32) })

  const { words } = await owner.page(String((await owner.page('/laporan')).headers.location))
  expect(words).toMatch(/Dibubuhkan menurut pusat biaya Pusat biaya Meterai HR 1/)
  expect(words).toMatch(/Dibeli menurut pusat biaya Pusat biaya Meterai Rupiah Legal 2 20\.000/)
  expect((await owner.page('/riwayat.csv')).body).toMatch(/;pusat_biaya\r\n.*;HR\r\n$/)
  expect((await owner.page(`/riwayat/${id}`)).words).toContain('Pusat biaya HR')
})

test('where too many statements are being made the page says so, and what to do', async () => {
  const owner = await signedIn(1)
  const path = String((await owner.page('/laporan')).headers.location)
  // whoever makes a statement waits for this lock, so that what is answered meanwhile is too much
  const pages: ReturnType<typeof owner.page>[] = []
  const busy = await web.db.owner.sql.begin(async (tx) => {
    await tx`lock table transfers in access exclusive mode`
    pages.push(...Array.from({ length: statementsInLineMax + 2 }, () => owner.page(path)))
    return Promise.race(pages)
  })
  await Promise.all(pages)
  expect(busy.status).toBe(503)
  expect(busy.headers['retry-after']).toBe('5')
  expect(busy.words).toContain('coba lagi')
  expect(busy.body).toContain(`href="${path}"`)
  expect((await owner.page(path)).status).toBe(200)
})

test('a test account has a statement of its specimens, and no return', async () => {
  const { testKey } = await web.openAccount(0)
  const get = (url: string) =>
    web.app.inject({ url, headers: { authorization: `Bearer ${testKey}`, accept: 'text/html' } })
  const path = String((await get('/laporan')).headers.location)
  const page = await get(path)
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toContain('spt-masa')
  const refused = await get(`${path}/spt-masa.csv`)
  expect([refused.statusCode, wordsOf(refused.body).includes('SPT Masa hanya untuk bea meterai')]).toEqual([403, true])
})

test('an open reservation is taken back by its owner after one question, and nobody else can', async () => {
  const [owner, other] = [await signedIn(1), await signedIn(1)]
  const { id } = await reserve(owner, 'nanti.pdf')
  const path = `/riwayat/${id}/batal`
  expect((await owner.page(`/riwayat/${id}`)).body).toContain(`href="${path}"`)
  expect((await other.forms.open(path)).statusCode).toBe(404)
  const asked = await owner.forms.open(path)
  expect(wordsOf(asked.body)).toContain('Kuotanya kembali saat itu juga')
  expect((await owner.forms.send(path, {}, {}, false)).statusCode).toBe(403)
  expect((await owner.page('/beranda')).words).toMatch(/Kuota 0 meterai/)
  const done = await owner.forms.send(path, {})
  expect(done).toMatchObject({ statusCode: 303, headers: { location: `/riwayat/${id}` } })
  expect((await owner.page(`/riwayat/${id}`)).words).toContain('Dikembalikan: kuota sudah kembali')
  expect((await owner.page('/beranda')).words).toMatch(/Kuota 1 meterai/)
})
