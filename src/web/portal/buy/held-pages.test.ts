import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { formBrowser, type FormBrowser } from '../../../../tests/support/form-browser.ts'
import { confirmAct, goodPin, registerMember, registerPerson } from '../../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../../tests/support/web.ts'
import { parsePublicId } from '../../../base/ids.ts'
import type { Role } from '../../../identity/roles.ts'
import { chooseAccount } from '../../../identity/sessions.ts'

// The pages of an order above the account's sum: its maker's, who may let it pass, and who may only look.

let web: TestWeb
let accountId: string
let maker: FormBrowser
let second: FormBrowser
let reader: FormBrowser
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())
beforeEach(async () => {
  const owner = await registerPerson(web)
  accountId = parsePublicId('account', owner.accountId) ?? ''
  await web.db.owner.sql`update account_holders set proofing = 'proven' where account_id = ${accountId}`
  const rule = { aboveRupiah: '50000', authorization: await confirmAct(owner.browser, 'members') }
  await owner.browser.call('PUT', '/v1/approval-rule', rule)
  maker = formBrowser(web, owner.browser.cookie)
  second = await join('buyer')
  reader = await join('reader')
})

/** Somebody new, signed in for the account, with a PIN. */
async function join(role: Role): Promise<FormBrowser> {
  const person = await registerMember(web, accountId, role)
  await confirmAct(person.browser, 'money')
  const personId = parsePublicId('person', person.personId) ?? ''
  const [session] = await web.db.owner.sql<{ session_id: string }[]>`
    select session_id from sessions where person_id = ${personId}`
  await chooseAccount(web.db.database.sql, { sessionId: session?.session_id ?? '', accountId })
  return formBrowser(web, person.browser.cookie)
}

const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
const read = async (browser: FormBrowser, path: string) => textOf((await browser.open(path)).body)

async function order(jumlah: string): Promise<string> {
  await maker.open(`/beli/cara?jumlah=${jumlah}`)
  return String((await maker.send('/beli/cara', { jumlah, pay: 'qris' })).headers.location)
}

test('before ordering the page says that a second member is waited for; below the sum it does not', async () => {
  expect(await read(maker, '/beli/cara?jumlah=6')).toContain('Di atas Rp50.000 pesanan menunggu persetujuan')
  expect(await read(maker, '/beli/cara?jumlah=5')).not.toContain('menunggu persetujuan')
})

test('the maker sees who can approve and no way to pay; the other approves by PIN, and then it is paid as any', async () => {
  const path = await order('6')
  const held = await maker.open(path)
  expect(textOf(held.body)).toContain('Yang bisa menyetujui')
  expect(held.body).not.toContain('pay-qr')
  expect(textOf(held.body)).not.toContain('Sudah bayar')
  expect(held.body).not.toContain('value="approve"')
  expect(await read(maker, '/pembelian')).toContain('Menunggu persetujuan')
  expect(await read(maker, '/beranda')).toContain('menunggu persetujuan anggota lain')
  expect(await read(second, '/beranda')).toContain('menunggu persetujuan Anda')

  await second.open(path)
  const blind = await second.send(path, { act: 'approve' })
  expect(blind.statusCode).toBe(422)
  expect(blind.body).toContain('href="#pin"')
  const wrong = await second.send(path, { act: 'approve', pin: '000001' })
  expect(wrong.statusCode).toBe(422)
  const approved = await second.send(path, { act: 'approve', pin: goodPin })

  expect(approved.headers.location).toBe(path)
  expect((await maker.open(path)).body).toContain('pay-qr')
  expect(await read(second, '/beranda')).not.toContain('menunggu persetujuan')
})

test('a reader sees it and does nothing about it', async () => {
  const path = await order('6')
  const seen = await reader.open(path)
  expect(textOf(seen.body)).toContain('menunggu persetujuan')
  expect(seen.body).not.toMatch(/value="(approve|cancel)"/)
  // a page of theirs with a form, so that only their role is what is wrong
  await reader.open('/akun/sandi')
  expect((await reader.send(path, { act: 'approve', pin: goodPin })).statusCode).toBe(403)
  expect((await reader.send(path, { act: 'cancel' })).statusCode).toBe(403)
  expect(await read(maker, path)).toContain('Menunggu persetujuan')
})

test('refused, or taken back, it owes nothing and can be ordered again', async () => {
  const path = await order('6')
  await second.open(path)
  await second.send(path, { act: 'cancel' })
  const over = await read(maker, path)
  expect(over).toContain('Tidak ada yang perlu dibayar')
  expect(over).toContain('Pesan lagi')
  expect(over).not.toContain('Sudah bayar')
  const again = await order('7')
  await maker.open(again)
  await maker.send(again, { act: 'cancel' })
  expect(await read(maker, again)).toContain('dibatalkan')
  expect((await maker.open(`${again}/ganti`)).headers.location).toBe(again)
})
