import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formBrowser } from '../../../../tests/support/form-browser.ts'
import { registerPerson } from '../../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../../tests/support/web.ts'
import { parsePublicId } from '../../../base/ids.ts'
import { insertIntent } from '../../../purchases/order-intents.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

test('home leads to a document that is paid and waits to be stamped, and only who confirmed it', async () => {
  const { browser: owner, accountId, personId } = await registerPerson(web)
  const browser = formBrowser(web, owner.cookie)
  const page = async (path: string) => (await browser.open(path)).body
  await browser.open('/beli/cara?jumlah=2')
  const path = String((await browser.send('/beli/cara', { jumlah: '2', pay: 'qris' })).headers.location)
  const id = /ord_[0-9a-f]+/.exec(path)?.[0] ?? ''
  const account = parsePublicId('account', accountId) ?? ''
  const at = await web.db.database.now()
  const facts = { documentType: 'surat-perjanjian', number: '12/2026' }
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const content = JSON.stringify({ facts, placement, sourceSha256: 'ab'.repeat(32), sourceLength: 9, pageCount: 1 })
  await web.db.database.transaction((tx) =>
    insertIntent(tx, web.selling.purchases.sealing, {
      accountId: account,
      personId: parsePublicId('person', personId) ?? '',
      at,
      orderId: parsePublicId('order', id) ?? '',
      intent: { bound: 'ab'.repeat(32), content },
    }),
  )
  expect(await page('/beranda')).not.toContain('siap dibubuhi')
  await web.app.inject({ method: 'POST', url: `/simulator/payments/${id}`, payload: { act: 'pay' } })

  const home = await page('/beranda')
  expect(home.replaceAll(/<[^>]+>/g, '')).toContain('Surat Perjanjian 12/2026: sudah dibayar, siap dibubuhi')
  expect(home).toContain(`href="/bubuhkan?pesanan=${id}"`)
  await web.db.owner.sql`update order_intents set person_id = ${randomUUID()} where account_id = ${account}`
  expect(await page('/beranda')).not.toContain('siap dibubuhi')
  expect(await page(path)).not.toContain('data-go')
})
