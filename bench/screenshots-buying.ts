import { randomInt } from 'node:crypto'
import type { Page } from 'playwright-core'
import { z } from 'zod'

const begun = z.object({ id: z.string(), token: z.string() })
const sent = z.object({ codeId: z.string() })
const inbox = z.object({ items: z.array(z.object({ text: z.string() })) })

/** Somebody new, registered by calls, whose session this page then has; nothing where somebody is signed in already. */
async function signInFresh(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/beli`)
  if (!page.url().includes('/masuk')) return
  const email = `contoh.${randomInt(1e9)}@contoh.example`
  const call = async (method: string, path: string, data: object, token?: string) => {
    const headers = { origin: url, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    const answer = await page.request.fetch(`${url}/v1/registrations${path}`, { method, data, headers })
    return answer.json()
  }
  const { id, token } = begun.parse(await call('POST', '', {}))
  const identity = { name: 'Contoh Citra', nik: '3171015708450001', birthDate: '1945-08-17' }
  await call('PATCH', `/${id}`, { ownerType: 'personal', identity, email, password: 'kucing abu makan ikan' }, token)
  const { codeId } = sent.parse(await call('POST', `/${id}/codes`, { kind: 'email' }, token))
  await call('POST', `/${id}/proofs`, { codeId, code: await codeFor(page, url, email) }, token)
  await call('POST', `/${id}/complete`, { consent: { terms: '2026-11', privacy: '2026-11' } }, token)
}

async function codeFor(page: Page, url: string, address: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await page.request.get(`${url}/v1/inbox?to=${encodeURIComponent(address)}`)
    const code = inbox.parse(await answer.json()).items.flatMap(({ text }) => /\b\d{6}\b/.exec(text) ?? [])[0]
    if (code !== undefined) return code
    await page.waitForTimeout(100)
  }
  throw new Error('no code came to the inbox')
}

/** Buying in each of its turns: the questions, both ways to pay, every way a payment can go, receipt, lists, refunds. */
export async function shootBuying(page: Page, url: string, shoot: (name: string) => Promise<void>): Promise<void> {
  await signInFresh(page, url)
  const act = async (wanted: string) => {
    const id = /ord_[0-9a-f]+/.exec(page.url())?.[0] ?? ''
    await page.request.post(`${url}/simulator/payments/${id}`, { data: { act: wanted } })
  }
  await page.goto(`${url}/beli`)
  await page.click('[data-step="1"]')
  await shoot('beli-1-jumlah')
  await page.goto(`${url}/beli?jumlah=lima`)
  await shoot('beli-1-salah')
  await page.goto(`${url}/beli/cara?jumlah=1200`)
  await shoot('beli-2-terlalu-banyak')
  await page.goto(`${url}/beli/cara?jumlah=2`)
  await shoot('beli-2-cara')
  await page.click('main button[type=submit]')
  await page.waitForSelector('.pay-qr')
  const first = page.url()
  await shoot('beli-3-qris')
  await page.goto(`${first}/ganti`)
  await page.check('input[value=va-bri]')
  await page.click('main button[type=submit]')
  await page.waitForSelector('.pay-number')
  await shoot('beli-3-virtual-account')
  await act('pay_wrong_amount')
  await page.waitForSelector('.notice')
  await shoot('beli-4-jumlah-lain')
  await act('pay_twice')
  await page.waitForSelector('.verdict.good')
  await shoot('beli-5-dibayar')
  await page.goto(`${page.url()}/kuitansi`)
  await shoot('beli-6-kuitansi')
  await page.goto(first)
  await shoot('beli-7-diganti')
  await page.goto(`${url}/bantuan?tentang=${/ord_[0-9a-f]+/.exec(first)?.[0] ?? ''}`)
  await shoot('bantuan-tentang')
  await page.goto(`${url}/pembelian`)
  await shoot('pembelian')
  await page.goto(`${url}/pengembalian`)
  await shoot('pengembalian')
  await page.click('.table a')
  await page.waitForSelector('#bank')
  await shoot('pengembalian-satu')
  await page.goto(`${url}/pengembalian/minta`)
  await shoot('pengembalian-minta')
}
