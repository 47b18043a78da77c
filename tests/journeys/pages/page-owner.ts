import type { Browser } from 'playwright-core'
import { parseCookie } from 'cookie'
import { vi } from 'vitest'
import { samplePhoto } from '../../../src/cli/demo-people/sample-photo.ts'
import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import { formBrowser, type FormBrowser } from '../../support/form-browser.ts'
import { visit } from '../../support/journey.ts'
import { goodPassword, lastCode, registerPerson } from '../../support/person.ts'
import type { TestWeb } from '../../support/web.ts'
import { reserveByKey, somebody, stampByKey } from '../whole/people.ts'

/** Browsers that stand where a page shows: nobody's, somebody's who has everything, and one at each step that a cookie remembers. */
export const standings = [
  'stranger',
  'owner',
  'newcomer',
  'company',
  'registering',
  'registeringCompany',
  'proving',
  'reviewing',
  'signingIn',
  'resetting',
  'changingContact',
  'replacingPin',
] as const
export type Standing = (typeof standings)[number]

/** What an account may have, each by its public id. */
export type Made = {
  cookies: Record<Standing, ReadonlyMap<string, string>>
  serial: string
  affixed: string
  reserved: string
  draft: string
  photos: string
  waitingOrder: string
  paidOrder: string
  refund: string
  member: string
  webhook: string
  month: string
}

/** Makes everything that pages show. */
export async function makeEverything(web: TestWeb, browser: Browser): Promise<Made> {
  const person = await somebody(web, 3)
  const { id: affixed, serial } = await stampByKey(web, person, fileOf(freshPdf(), 'sewa.pdf'))
  const reserved = await reserveByKey(web, person, 'ditinggalkan.pdf')
  const draft = await makeDraft(web, browser, { cookie: person.browser.cookie, files: [fileOf(freshPdf())] })
  const photo = { name: 'halaman.png', mimeType: 'image/png', buffer: Buffer.from(samplePhoto()) }
  const photos = await makeDraft(web, browser, { cookie: person.browser.cookie, files: [photo, photo, photo] })
  const order = async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    return String((await person.browser.call('POST', '/v1/orders', { quantity: 1, method: 'qris' }, headers)).json().id)
  }
  const [waitingOrder, paidOrder] = [await order(), await order()]
  await web.app.inject({ method: 'POST', url: `/simulator/payments/${paidOrder}`, payload: { act: 'pay_twice' } })
  const refund = await vi.waitFor(async () => {
    const [first] = (await person.browser.call('GET', '/v1/refunds')).json().items
    if (first === undefined) throw new Error('what was paid twice is not owed yet')
    return String(first.id)
  }, 20_000)
  return {
    cookies: await cookiesOf(web, person),
    serial,
    affixed,
    reserved,
    draft,
    photos,
    waitingOrder,
    paidOrder,
    refund,
    member: person.personId,
    webhook: await makeWebhook(web, person.browser.cookie),
    month: new Date().toISOString().slice(0, 7),
  }
}

/** A document that was sent without a script, and waits for its PIN. */
async function makeDraft(
  web: TestWeb,
  browser: Browser,
  { cookie, files }: { cookie: string; files: ReturnType<typeof fileOf>[] },
): Promise<string> {
  const { page, context } = await visit(browser, { scripts: false })
  for (const [name, value = ''] of Object.entries(parseCookie(cookie)))
    await context.addCookies([{ name, value, url: web.url }])
  await page.goto(`${web.url}/bubuhkan`)
  await page.setInputFiles('input[type=file]', files)
  await page.click('main form .button')
  const id = /berkas\/([0-9a-f-]{36})/.exec(page.url())?.[1]
  await context.close()
  if (id === undefined) throw new Error('no document waits')
  return id
}

async function makeWebhook(web: TestWeb, cookie: string): Promise<string> {
  const forms = formBrowser(web, cookie)
  await forms.open('/akun/webhook')
  const added = await forms.send('/akun/webhook', { url: 'https://contoh.example/kabar', events: ['affixing.affixed'] })
  const id = /webhook\/(\w+)/.exec(added.headers.location ?? '')?.[1]
  if (id === undefined) throw new Error(`no webhook was added: ${added.statusCode}`)
  return id
}

async function cookiesOf(web: TestWeb, owner: Awaited<ReturnType<typeof somebody>>): Promise<Made['cookies']> {
  /** A browser that filled these forms in, one after the other. */
  const after = async (
    cookie: string,
    steps: readonly (readonly [path: string, fields: Parameters<FormBrowser['send']>[1]])[],
  ) => {
    const forms = formBrowser(web, cookie)
    for (const [path, fields] of steps) {
      await forms.open(path)
      const answer = await forms.send(path, fields)
      if (answer.statusCode !== 303) throw new Error(`${path} did not lead on: ${answer.statusCode}`)
    }
    return forms.cookies
  }
  const personal = [
    ['/daftar', { ownerType: 'personal' }],
    ['/daftar/identitas', { name: 'Contoh Citra', nik: '3171015708450001' }],
  ] as const
  const organisation = {
    name: 'PT Contoh Makmur',
    npwp: '0123456789012345',
    nib: '1234567890123',
    personInCharge: 'Contoh Eka',
    nik: '3171015708450001',
  }
  const contact = (email: string) => ['/daftar/kontak', { contact: email }] as const
  const reviewing = formBrowser(web)
  for (const [name, value] of await after('', [...personal, contact('lihat@contoh.example')]))
    reviewing.cookies.set(name, value)
  await reviewing.open('/daftar/kode')
  await reviewing.send('/daftar/kode', { code: await lastCode(web, 'lihat@contoh.example') })
  await reviewing.open('/daftar/sandi')
  await reviewing.send('/daftar/sandi', { newPassword: goodPassword })
  const [newcomer, founder] = [await registerPerson(web), await registerPerson(web)]
  const own = owner.browser.cookie
  return {
    stranger: new Map(),
    owner: await after(own, []),
    newcomer: await after(newcomer.browser.cookie, []),
    company: await after(founder.browser.cookie, [
      ['/akun/baru?untuk=company', { ownerType: 'company', ...organisation, consent: 'yes' }],
    ]),
    registering: await after('', personal),
    registeringCompany: await after('', [
      ['/daftar', { ownerType: 'company' }],
      ['/daftar/identitas', organisation],
    ]),
    proving: await after('', [...personal, contact('bukti@contoh.example')]),
    reviewing: reviewing.cookies,
    signingIn: await after('', [['/masuk/kode', { contact: 'tamu@contoh.example' }]]),
    resetting: await after('', [['/lupa/sandi', { contact: 'lupa@contoh.example' }]]),
    changingContact: await after(own, [
      ['/akun/kontak', { act: 'contact', contact: '0812 3456 7890', route: 'sms', password: goodPassword }],
    ]),
    replacingPin: await after(own, [['/akun/pin/lupa', { route: 'email' }]]),
  }
}
