import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { formBrowser, type FormBrowser } from '../../../../tests/support/form-browser.ts'
import { goodPassword, goodPin, registerPerson } from '../../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../../tests/support/web.ts'
import { orderListenersPerAccount } from '../../../limits/purchases.ts'
import { expireOrders } from '../../../purchases/expire-orders.ts'
import { insertIntent } from '../../../purchases/order-intents.ts'
import type { SimulatorAct } from '../../../purchases/simulator/act-as-payer.ts'
import { openOrderNews } from './order-news.ts'

let web: TestWeb
let browser: FormBrowser
let approve: (accountId: string) => Promise<unknown>
beforeAll(async () => {
  web = await testWeb()
  // who they are is proven elsewhere; until then few stamps may be bought
  approve = (accountId) =>
    web.db.owner
      .sql`update account_holders set proofing = 'proven' where account_id = ${accountId.replace('acc_', '')}::uuid`
})
beforeEach(async () => {
  const person = await registerPerson(web)
  await approve(person.accountId)
  browser = formBrowser(web, person.browser.cookie)
})
afterAll(() => web.close())

const page = async (path: string) => (await browser.open(path)).body
const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

/** Orders by the pages; the path of the order. */
async function order(jumlah = '5', pay = 'qris', kembali = ''): Promise<string> {
  await browser.open(`/beli/cara?jumlah=${jumlah}&kembali=${encodeURIComponent(kembali)}`)
  const sent = await browser.send('/beli/cara', { jumlah, pay, kembali })
  expect(sent.statusCode).toBe(303)
  return String(sent.headers.location)
}
const idOf = (path: string) => /ord_[0-9a-f]+/.exec(path)?.[0] ?? ''
const act = (path: string, wanted: SimulatorAct) =>
  web.app.inject({ method: 'POST', url: `/simulator/payments/${idOf(path)}`, payload: { act: wanted } })

test('buying goes from the number over the way to pay to a page that says how', async () => {
  expect(await page('/beli')).toContain('Rp10.000 per meterai')
  expect(textOf(await page('/beli/cara?jumlah=5'))).toContain('Rp50.000')

  const path = await order('5')

  const shown = await page(path)
  expect(textOf(shown)).toContain('Bayar Rp50.000')
  expect(textOf(shown)).toContain('Bayar sebelum')
  expect(shown).toContain(`${path}/qris.svg`)
  expect(shown).toContain('http-equiv="refresh"')
  expect((await browser.open(`${path}/qris.svg`)).body).toContain('<svg')
})

test('the picture of the QR is a PNG of the same symbol', async () => {
  const path = await order()
  const png = (await browser.open(`${path}/qris.png`)).rawPayload
  const svg = (await browser.open(`${path}/qris.svg`)).body
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  const side = png.readUInt32BE(16)
  const modules = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
  expect(side % modules).toBe(0)
  const scale = side / modules
  const length = png.readUInt32BE(33)
  const pixels = inflateSync(png.subarray(41, 41 + length))
  const row = 1 + Math.ceil(side / 8)
  const isDark = (x: number, y: number) => {
    const [px, py] = [x * scale + 1, y * scale + 1]
    return (((pixels[py * row + 1 + (px >> 3)] ?? 0) >> (7 - (px & 7))) & 1) === 0
  }
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
    expect(isDark(Number(x), Number(y))).toBe(true)
    expect(isDark(Number(x) + Number(width), Number(y))).toBe(false)
  }
})

test.each(['0', '-3', '2,5', 'lima', '1e3', '1.5', '25001', ''])(
  '"%s" is no number of stamps: the page says what is',
  async (typed) => {
    const asked = await browser.open(`/beli/cara?jumlah=${encodeURIComponent(typed)}`)
    expect(asked.statusCode).toBe(303)
    const back = await browser.open(String(asked.headers.location))
    expect(back.statusCode).toBe(422)
    expect(back.body).toContain('href="#jumlah"')
  },
)

test('above what QRIS takes the card says why, and a form that names it all the same is refused', async () => {
  const shown = await page('/beli/cara?jumlah=1001')
  expect(shown).toMatch(/value="qris"[^>]*disabled/)
  expect(textOf(shown)).toContain('paling banyak Rp10.000.000')
  const sent = await browser.send('/beli/cara', { jumlah: '1001', pay: 'qris' })
  expect(sent.statusCode).toBe(422)
  expect(sent.body).toContain('href="#pay"')
})

test('until it is proven who holds the account few stamps are sold to it, and the page says why', async () => {
  browser = formBrowser(web, (await registerPerson(web)).browser.cookie)
  await browser.open('/beli/cara?jumlah=6')
  const much = await browser.send('/beli/cara', { jumlah: '6', pay: 'qris' })
  expect(much.statusCode).toBe(422)
  expect(textOf(much.body)).toContain('paling banyak 5 meterai')
  await order('3')
  await browser.open('/beli/cara?jumlah=4')
  expect((await browser.send('/beli/cara', { jumlah: '4', pay: 'qris' })).statusCode).toBe(422)
  await order('2')
})

test('who goes back and orders the same again, without room for both, is led to the order that waits', async () => {
  browser = formBrowser(web, (await registerPerson(web)).browser.cookie)
  const first = await order('3')
  expect(idOf(await order('3'))).toBe(idOf(first))
  expect((await page('/pembelian')).match(/href="\/beli\/ord_/g)).toHaveLength(1)
})

test('how many stamps stands in the address that the form is sent to: loaded again without an answer it asks for as many', async () => {
  const asked = await browser.open('/beli/cara?jumlah=3&kembali=%2Fbubuhkan')
  const action = /<form method="post" action="([^"]+)"/.exec(asked.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const again = await browser.open(action)
  expect(again.statusCode).toBe(200)
  expect(again.body).toContain('name="jumlah" value="3"')
  expect(again.body).toContain('name="kembali" value="/bubuhkan"')
})

test('the same form sent twice is one order', async () => {
  await browser.open('/beli/cara?jumlah=2')
  const fields = { ...browser.guard(), jumlah: '2', pay: 'qris' }
  await browser.send('/beli/cara', fields, {}, false)
  const again = await browser.send('/beli/cara', fields, {}, false)
  expect(again.headers.location).toBe('/pembelian')
  expect((await page('/pembelian')).match(/href="\/beli\/ord_/g)).toHaveLength(1)
})

test('no way to pay chosen: the page asks for one, with what was typed', async () => {
  await browser.open('/beli/cara?jumlah=7')
  const sent = await browser.send('/beli/cara', { jumlah: '7' })
  expect(sent.statusCode).toBe(422)
  expect(sent.body).toContain('Pilih satu cara bayar.')
  expect(sent.body).toContain('name="jumlah" value="7"')
})

test('a cost centre of the form stands on the order; one that cannot be is told, with what was typed', async () => {
  await browser.open('/beli/cara?jumlah=2')
  const wrong = await browser.send('/beli/cara', { jumlah: '2', pay: 'qris', tag: '<HR>' })
  expect(wrong.statusCode).toBe(422)
  expect(textOf(wrong.body)).toContain('Pusat biaya hanya boleh huruf')
  expect(wrong.body).toContain('value="&lt;HR>"')
  const sent = await browser.send('/beli/cara', { jumlah: '2', pay: 'qris', tag: ' Legal/SBY ' })
  expect(textOf(await page(String(sent.headers.location)))).toContain('Pusat biaya Legal/SBY')
})

test('a virtual account shows its number, in groups and to be copied whole', async () => {
  const path = await order('3', 'va-bri')
  const shown = await page(path)
  const number = /data-copy="(\d+)"/.exec(shown)?.[1] ?? ''
  expect(number.length).toBeGreaterThan(9)
  expect(shown.replaceAll(/<\/?span[^>]*>/g, '')).toContain(number)
  expect(textOf(shown)).toContain('BRI')
})

test('"I have paid" asks the gateway: nothing yet, then the receipt', async () => {
  const path = await order('4')
  await browser.open(path)
  const early = await browser.send(path, {})
  expect(early.headers.location).toBe(`${path}?kabar=belum`)
  expect(textOf(await page(`${path}?kabar=belum`))).toContain('Belum ada kabar pembayaran')
  await act(path, 'pay_silently')
  await web.db.advance(10)
  await browser.open(path)
  await browser.send(path, {})

  const paid = textOf(await page(path))
  expect(paid).toContain('Pembayaran diterima. 4 meterai masuk ke kuota Anda.')
  expect(textOf(await page(`${path}/kuitansi`))).toContain('Rp40.000')
  const pdf = await browser.open(`${path}/kuitansi.pdf`)
  expect(pdf.rawPayload.subarray(0, 5).toString()).toBe('%PDF-')
})

test('a receipt of what is not paid is refused in words', async () => {
  const path = await order()
  const asked = await browser.open(`${path}/kuitansi`)
  expect(asked.statusCode).toBe(409)
  expect(asked.body).toContain('belum dibayar')
})

test('who came from elsewhere is led back there once it is paid, and to no other site', async () => {
  const path = await order('1', 'qris', '/bubuhkan')
  expect(path).toContain('kembali=%2Fbubuhkan')
  await act(path, 'pay')
  expect(await page(path)).toMatch(/href="\/bubuhkan"[^>]*>Lanjutkan/)
  for (const evil of ['//evil.example', 'https://evil.example', '/\\evil.example'])
    expect(await page(`${path.split('?')[0]}?kembali=${encodeURIComponent(evil)}`)).not.toContain('evil.example"')
})

/** The PIN of whoever is signed in. */
async function setPin(): Promise<void> {
  await browser.open('/akun/pin')
  await browser.send('/akun/pin', { password: goodPassword, newPin: goodPin, newPinAgain: goodPin })
}

test('paid twice: the page says so and when the second is back; its owner says where', async () => {
  const path = await order()
  await act(path, 'pay_twice')
  const shown = await page(path)
  expect(textOf(shown)).toContain('Pesanan ini terbayar dua kali: Rp50.000 yang kedua kami kembalikan.')
  const refund = /\/pengembalian\/ref_[0-9a-f]+/.exec(shown)?.[0] ?? ''
  await browser.open(refund)
  const wrong = await browser.send(refund, { act: 'destination', bank: 'BRI', accountNumber: '12', accountName: '' })
  expect(wrong.statusCode).toBe(422)
  expect(wrong.body).toContain('href="#accountNumber"')
  expect(wrong.body).toContain('href="#accountName"')
  const where = { act: 'destination', bank: 'BRI', accountNumber: '1234-5678 90', accountName: 'Contoh Aminah' }
  expect((await browser.send(refund, where)).body).toContain('href="#pin"')
  await setPin()
  await browser.open(refund)
  expect((await browser.send(refund, { ...where, pin: goodPin })).statusCode).toBe(303)
  const kept = await page(refund)
  expect(textOf(kept)).toContain('...7890')
  expect(kept).not.toContain('1234567890')
})

test('another sum: the order still waits and the page says that the money goes back', async () => {
  const path = await order()
  await act(path, 'pay_wrong_amount')
  const shown = textOf(await page(path))
  expect(shown).toContain('Menunggu pembayaran')
  expect(shown).toContain('tidak sama dengan jumlah pesanan')
})

test('another way to pay takes the place of the first, and each page leads to the right one', async () => {
  const first = await order()
  await browser.open(`${first}/ganti`)
  const second = String((await browser.send(`${first}/ganti`, { pay: 'va-bri' })).headers.location)
  expect(idOf(second)).not.toBe(idOf(first))
  const old = await page(first)
  expect(textOf(old)).toContain('Uang untuk pesanan yang sudah diganti kami kembalikan seluruhnya')
  expect(old).toContain(second)
  await act(first, 'pay_late')
  expect(textOf(await page(first))).toContain('masuk untuk pesanan yang sudah diganti')
})

test("another's order, file, receipt and refund are not there", async () => {
  const path = await order()
  const stranger = formBrowser(web, (await registerPerson(web)).browser.cookie)
  for (const one of ['', '/qris.svg', '/qris.png', '/kuitansi', '/kuitansi.pdf', '/keadaan', '/kabar', '/ganti'])
    expect((await stranger.open(path + one)).statusCode).toBe(404)
  expect((await stranger.open(`/beli/ord_${randomUUID().replaceAll('-', '')}`)).statusCode).toBe(404)
})

test('without signing in there is nothing to see, and the way back is kept', async () => {
  const nobody = formBrowser(web)
  for (const path of ['/beli?jumlah=3', '/pembelian', '/pengembalian', '/pengembalian/minta'])
    expect((await nobody.open(path)).headers.location).toBe(`/masuk?next=${encodeURIComponent(path)}`)
})

test('stamps that are not needed go back for their money, and can be kept after all', async () => {
  const path = await order('3')
  expect(textOf(await page('/pengembalian/minta'))).toContain('Tidak ada meterai yang bisa ditukar kembali')
  await act(path, 'pay')
  expect(textOf(await page('/pengembalian/minta'))).toContain('sampai 3 meterai')
  const blind = { bank: 'BRI', accountNumber: '1234567890', accountName: 'Contoh Aminah' }
  expect((await browser.send('/pengembalian/minta', { quantity: '2', ...blind })).body).toContain('href="#pin"')
  await setPin()
  await browser.open('/pengembalian/minta')
  const where = { ...blind, pin: goodPin }
  const much = await browser.send('/pengembalian/minta', { quantity: '4', ...where })
  expect(much.statusCode).toBe(422)
  expect(much.body).toContain('href="#quantity"')
  const asked = await browser.send('/pengembalian/minta', { quantity: '2', ...where })
  const refund = String(asked.headers.location)
  expect(textOf(await page(refund))).toContain('Pengembalian Rp20.000')
  expect(textOf(await page('/pengembalian'))).toContain('Menunggu persetujuan')
  await browser.open(refund)
  await browser.send(refund, { act: 'cancel' })
  expect(textOf(await page(refund))).toContain('Meterainya sudah kembali ke kuota Anda.')
})

test('an order that was for one affixing leads to where that is finished', async () => {
  const path = await order('1', 'qris', '/bubuhkan/konsep?1')
  const sealing = web.selling.purchases.sealing
  const { sql } = web.db.database
  const [row] = await sql<{ account_id: string; order_id: string; created_at: Date }[]>`
    select account_id, order_id, created_at from orders where order_id = ${idOf(path).replace('ord_', '')}::uuid`
  if (row === undefined) throw new Error('no order')
  await web.db.database.transaction((tx) =>
    insertIntent(tx, sealing, {
      accountId: row.account_id,
      orderId: row.order_id,
      personId: undefined,
      intent: { bound: 'ab'.repeat(32), content: '{}' },
      at: row.created_at,
    }),
  )
  await act(path, 'pay')
  const paid = await page(path)
  expect(paid).toContain(`data-go="/bubuhkan/konsep?1&amp;pesanan=${idOf(path)}"`)
  expect(textOf(paid)).toContain('Selesaikan pembubuhan')
})

test('money of another currency is shown as what it is, and nothing is promised as approved before a bank account is given', async () => {
  const path = await order()
  await act(path, 'pay_twice')
  await web.db.owner
    .sql`update refund_cases set currency = 'USD', amount_rupiah = 12 where order_id = ${idOf(path).replace('ord_', '')}::uuid`
  const list = await page('/pengembalian')
  expect(textOf(list)).toContain('USD 12')
  expect(textOf(list)).toContain('Menunggu rekening Anda')
  expect(textOf(await page(path))).toContain('USD 12')
  const one = textOf(await page(/\/pengembalian\/ref_[0-9a-f]+/.exec(list)?.[0] ?? ''))
  expect(one).toContain('Pengembalian USD 12')
  expect(one).toContain('Sebelum itu tidak ada yang bisa menyetujui')
})

test('of many open pages of one account a few listen, and the others are told to ask', async () => {
  const path = await order()
  const news = openOrderNews(web.db.database, () => undefined)
  const watched = { accountId: randomUUID(), orderId: randomUUID(), version: 1 }
  const streams = Array.from({ length: orderListenersPerAccount + 1 }, () => news.listen(watched))
  expect(streams.filter((stream) => stream === undefined)).toHaveLength(1)
  streams[0]?.destroy()
  await once(streams[0] ?? process, 'close')
  expect(news.listen(watched)).toBeDefined()
  news.close()
  expect((await browser.open(`${path}/kabar?versi=1`)).body).toContain('data: 2')
})

test('a page that listens hears of its payment, and ends then', async () => {
  const path = await order()
  const heard = web.app.inject({ method: 'GET', url: `${path}/kabar?versi=2`, headers: { cookie: cookies() } })
  const state = (await browser.open(`${path}/keadaan`)).json()
  expect(state).toMatchObject({ state: 'waiting', version: 2 })
  await act(path, 'pay')
  const answer = await heard
  expect(answer.headers['content-type']).toContain('text/event-stream')
  expect(answer.body).toMatch(/data: 3\n\n$/)
})
const cookies = () => [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')

test('a service that closes ends what its pages listen to', async () => {
  const own = await testWeb()
  const person = await registerPerson(own)
  const there = formBrowser(own, person.browser.cookie)
  await there.open('/beli/cara?jumlah=1')
  const path = String((await there.send('/beli/cara', { jumlah: '1', pay: 'qris' })).headers.location)
  const listening = await fetch(`${own.url}${path}/kabar`, { headers: { cookie: person.browser.cookie } })
  expect(listening.headers.get('content-type')).toContain('text/event-stream')

  const [rest] = await Promise.all([listening.text(), own.close()])

  expect(rest).not.toContain('data:')
})

// at the end: the clock does not come back
test('an order whose time is over says what that means for who paid and who did not; late money is told', async () => {
  const path = await order()
  await web.db.advance(31 * 60)
  await expireOrders(web.selling.purchases)
  const over = textOf(await page(path))
  expect(over).toContain('Waktu bayar pesanan ini habis.')
  expect(over).toContain('Kuota tetap masuk begitu kabar dari bank tiba')
  expect(textOf(await page('/pembelian?keadaan=expired'))).toContain('Lewat waktu')
  expect(textOf(await page('/pembelian?keadaan=paid'))).toContain('Tidak ada pembelian dalam keadaan ini.')
  await act(path, 'pay_late')
  const paid = textOf(await page(path))
  expect(paid).toContain('Pembayaran diterima.')
  expect(paid).toContain('Uang Anda tiba sesudah waktu pesanan habis.')
})

test('what was bought is a table to keep, its own alone and by state; a stranger signs in first', async () => {
  const paid = await order('5')
  await act(paid, 'pay')
  await order('2', 'va-bca')
  const whole = await browser.open('/pembelian.csv')
  const waiting = (await browser.open('/pembelian.csv?keadaan=waiting')).body
  const stranger = await formBrowser(web).open('/pembelian.csv')
  const other = await formBrowser(web, (await registerPerson(web)).browser.cookie).open('/pembelian.csv')

  expect(whole.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(whole.headers['cache-control']).toBe('private, no-store')
  const [heads, ...rows] = whole.body.trimEnd().split('\r\n')
  expect(heads).toBe(
    '\u{feff}dipesan;keadaan;selesai;jumlah_meterai;total_rupiah;cara_bayar;pusat_biaya;nomor_pembelian',
  )
  expect(rows.map((row) => row.split(';').slice(3, 6).join(' '))).toEqual([
    '2 20000 Virtual account BCA',
    '5 50000 QRIS',
  ])
  expect(rows[1]).toContain(idOf(paid))
  expect(waiting.trimEnd().split('\r\n').length).toBe(2)
  expect(stranger.statusCode).toBe(303)
  expect(other.body.trimEnd().split('\r\n').length).toBe(1)
})
