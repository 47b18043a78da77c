import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'

/**
 * Orders that wait for a second member, as their maker and as who may approve sees them, and the rule; by an owner alone who is signed in on
 * this page and has this PIN. The rule stays: these pictures come last.
 */
export async function shootHeld(
  page: Page,
  given: { url: string; pin: string; shoot: (name: string) => Promise<void> },
): Promise<void> {
  const { url, pin, shoot } = given
  await page.goto(`${url}/akun/kunci`)
  await page.fill('#name', 'Sistem pengadaan')
  await page.check('input[name=kind][value=live]')
  await page.fill('#pin', pin)
  await page.click('main form:has(#name) .button:not(.button-quiet)')
  await page.waitForLoadState()
  const key = /mk_live_[\w-]{43}/.exec(await page.content())?.[0] ?? ''
  const setRule = async (sum: string) => {
    await page.goto(`${url}/akun/persetujuan`)
    await page.fill('#aboveRupiah', sum)
    await page.fill('#pin', pin)
    await page.click('button[value=set]')
    await page.waitForURL('**kabar=rule')
  }
  await setRule('5000')
  await shoot('akun-persetujuan-berlaku')
  await page.goto(`${url}/beli/cara?jumlah=1`)
  await shoot('beli-2-di-atas-batas')
  await page.click('main button[type=submit]')
  await page.waitForSelector('button[value=cancel]')
  await shoot('beli-3-menunggu-anggota')
  await page.goto(`${url}/beranda`)
  await shoot('beranda-menunggu-anggota')
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': randomUUID() }
  const ordered = await page.request.post(`${url}/v1/orders`, { headers, data: { quantity: 1, method: 'qris' } })
  const order = ordered.headers()['location']?.split('/').at(-1) ?? ''
  await page.goto(`${url}/beli/${order}`)
  await shoot('beli-3-menunggu-anda')
  await page.fill('#pin', '000001')
  await page.click('button[value=approve]')
  await page.waitForSelector('.summary')
  await shoot('beli-3-pin-salah')
  await page.click('button[value=cancel]')
  await page.waitForSelector('.verdict')
  await shoot('beli-7-dibatalkan')
  await setRule('')
  await shoot('akun-persetujuan-menunggu')
}
