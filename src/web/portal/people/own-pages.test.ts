import { afterAll, beforeAll, expect, test } from 'vitest'
import { formBrowser, type FormBrowser } from '../../../../tests/support/form-browser.ts'
import { goodPassword, lastCode, lastMessage, registerPerson } from '../../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../../tests/support/web.ts'
import { parsePublicId } from '../../../base/ids.ts'
import { ownPaths } from '../../../../tests/support/own-paths.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

/** Somebody new who is signed in, as a browser of forms. */
async function somebody() {
  const person = await registerPerson(web)
  return { ...person, browser: formBrowser(web, person.browser.cookie) }
}

async function fill(browser: FormBrowser, path: string, fields: Record<string, string | readonly string[]>) {
  await browser.open(path)
  return browser.send(path, fields)
}

test('every page of an account stands for its owner, is kept by no cache, and sends a stranger to sign in', async () => {
  const { browser } = await somebody()

  for (const path of ownPaths) {
    const own = await browser.open(path)
    const strange = await formBrowser(web).open(path)
    expect([path, own.statusCode, own.headers['cache-control']]).toEqual([path, 200, 'private, no-store'])
    expect([path, strange.headers.location]).toEqual([path, `/masuk?next=${encodeURIComponent(path)}`])
  }
})

test('every form of an account is refused without the token of its session', async () => {
  const { browser } = await somebody()
  const statuses = []
  for (const path of ownPaths) {
    await browser.open(path)
    statuses.push((await browser.send(path, { formKey: browser.guard()['formKey'] ?? '' }, {}, false)).statusCode)
  }

  expect(statuses).toEqual(ownPaths.map(() => 403))
})

test('a PIN is made, changed, and made anew by a code', async () => {
  const { browser, email } = await somebody()
  const first = await fill(browser, '/akun/pin', { password: goodPassword, newPin: '840261', newPinAgain: '840261' })
  const differs = await fill(browser, '/akun/pin', { pin: '840261', newPin: '518342', newPinAgain: '518343' })
  const wrong = await fill(browser, '/akun/pin', { pin: '111222', newPin: '518342', newPinAgain: '518342' })
  const changed = await fill(browser, '/akun/pin', { pin: '840261', newPin: '518342', newPinAgain: '518342' })
  const asked = await fill(browser, '/akun/pin/lupa', { route: 'email' })
  const code = await lastCode(web, email)

  const reset = await fill(browser, '/akun/pin/lupa/kode', { code, newPin: '730914', newPinAgain: '730914' })

  expect([first, changed, asked, reset].map(({ headers }) => headers.location)).toEqual([
    '/akun/pin?kabar=pin',
    '/akun/pin?kabar=pin',
    '/akun/pin/lupa/kode',
    '/akun/pin?kabar=pinReset',
  ])
  expect([differs.statusCode, wrong.statusCode]).toEqual([422, 422])
  expect(wrong.body).toContain('href="#pin"')
})

test('another browser is signed out from this one, and its next page asks to sign in', async () => {
  const { browser, email } = await somebody()
  const other = formBrowser(web)
  await fill(other, '/masuk', { contact: email, password: goodPassword })
  expect((await other.open('/akun')).statusCode).toBe(200)

  const ended = await fill(browser, '/akun/perangkat', { session: 'others' })

  expect(ended.headers.location).toBe('/akun/perangkat?kabar=signedOut')
  expect((await other.open('/akun')).headers.location).toBe('/masuk?next=%2Fakun')
  expect((await browser.open('/akun')).statusCode).toBe(200)
})

test('a changed password keeps this browser signed in', async () => {
  const { browser } = await somebody()
  const changed = await fill(browser, '/akun/sandi', { password: goodPassword, newPassword: 'payung biru di teras' })

  expect(changed.headers.location).toBe('/akun/sandi?kabar=password')
  expect((await browser.open('/akun')).statusCode).toBe(200)
})

test('a phone is added by a code and the password', async () => {
  const { browser } = await somebody()
  await fill(browser, '/akun/kontak', { act: 'code', contact: '0812 3456 7002', route: 'whatsapp' })
  const code = await lastCode(web, '+6281234567002')

  const saved = await fill(browser, '/akun/kontak/kode', { code, password: goodPassword })

  expect(saved.headers.location).toBe('/akun/kontak?kabar=contact')
  expect((await browser.open('/akun/kontak')).body).toContain('+6281234567002')
})

test('a member is invited, accepts, is limited, and is removed; another account`s member is not there', async () => {
  const owner = await somebody()
  const guest = await somebody()
  const stranger = await somebody()
  const invited = { contact: guest.email, role: 'stamper', stampsPerMonth: '1.000' }
  const blind = await fill(owner.browser, '/akun/anggota', invited)
  expect(blind.body).toContain('href="#pin"')
  await fill(owner.browser, '/akun/pin', { password: goodPassword, newPin: '840261', newPinAgain: '840261' })
  await fill(owner.browser, '/akun/anggota', { ...invited, pin: '840261' })
  expect(await lastMessage(web, guest.email)).toMatchObject({ template: 'invitation' })
  const page = (await guest.browser.open('/akun/ganti')).body
  const invitation = /name="invitation" value="([^"]+)"/.exec(page)?.[1] ?? ''

  await guest.browser.send('/akun/ganti', { act: 'accept', invitation })
  const members = (await owner.browser.open('/akun/anggota')).body
  const kept = await guest.browser.open('/akun/anggota')
  const path = `/akun/anggota/${guest.personId}`
  const foreign = await stranger.browser.open(path)
  const removed = await fill(owner.browser, path, { act: 'remove' })

  expect(members).toContain('1.000 meterai per bulan')
  expect(kept.statusCode).toBe(403)
  expect(foreign.statusCode).toBe(404)
  expect(removed.headers.location).toBe('/akun/anggota?kabar=removed')
  expect((await owner.browser.open('/akun/anggota')).body).not.toContain(guest.personId)
})

test('the second member`s rule is begun at once, and ended once another owner approves it', async () => {
  const [owner, other] = [await somebody(), await somebody()]
  const pin = '840261'
  for (const { browser } of [owner, other])
    await fill(browser, '/akun/pin', { password: goodPassword, newPin: pin, newPinAgain: pin })
  const path = '/akun/persetujuan'
  expect((await owner.browser.open(path)).body).toContain('undang anggota lain dulu')
  expect((await fill(owner.browser, path, { act: 'set', aboveRupiah: '500.000' })).body).toContain('href="#pin"')
  await fill(owner.browser, path, { act: 'set', aboveRupiah: '500.000', pin })
  expect((await owner.browser.open(path)).body).toContain('Sekarang: di atas Rp500.000')
  await fill(owner.browser, '/akun/anggota', { contact: other.email, role: 'owner', pin })
  const invitation = /name="invitation" value="([^"]+)"/.exec((await other.browser.open('/akun/ganti')).body)?.[1] ?? ''
  await other.browser.send('/akun/ganti', { act: 'accept', invitation })

  await fill(owner.browser, path, { act: 'set', aboveRupiah: '', pin })

  const asked = (await owner.browser.open(path)).body
  expect(asked).toContain('menunggu persetujuan pemilik lain')
  expect(asked).not.toContain('value="confirm"')
  expect(asked).toContain('Sekarang: di atas Rp500.000')
  expect((await other.browser.open(path)).body).toContain('value="confirm"')
  const approved = await other.browser.send(path, { act: 'confirm', aboveRupiah: '', pin })
  expect(approved.headers.location).toBe('/akun/persetujuan?kabar=rule')
  expect((await owner.browser.open(path)).body).toContain('tidak ada yang menunggu anggota kedua')
})

test('a key is shown once, works at once, and is revoked at once; a live one takes the PIN', async () => {
  const { browser } = await somebody()
  await fill(browser, '/akun/pin', { password: goodPassword, newPin: '840261', newPinAgain: '840261' })
  const blind = await fill(browser, '/akun/kunci', { name: 'Mesin', kind: 'live', scopes: ['affix', 'read'] })
  const wrong = await fill(browser, '/akun/kunci', { name: 'Mesin', kind: 'live', scopes: 'read', pin: '111222' })
  await fill(browser, '/akun/kunci', { name: 'Mesin', kind: 'live', scopes: ['affix', 'read'], pin: '840261' })
  const shown = (await browser.open('/akun/kunci')).body
  const key = /mk_live_[A-Za-z0-9_-]{43}/.exec(shown)?.[0] ?? ''
  const again = (await browser.open('/akun/kunci')).body
  const quota = async () =>
    (await web.app.inject({ url: '/v1/quota', headers: { authorization: `Bearer ${key}` } })).statusCode
  const before = await quota()
  const revoke = /name="revoke" value="([^"]+)"/.exec(again)?.[1] ?? ''

  await browser.send('/akun/kunci', { revoke })

  expect([blind.statusCode, wrong.statusCode]).toEqual([422, 422])
  expect(again).not.toContain(key)
  expect([before, await quota()]).toEqual([200, 401])
  expect(web.logged.join('\n')).not.toContain(key)
})

test('a key keeps the limits and the end that its page gave it; what is no limit and no day is told beside its field', async () => {
  const { browser } = await somebody()
  const form = { name: 'Mesin', kind: 'test', scopes: ['affix', 'read'] }
  const wrong = await fill(browser, '/akun/kunci', {
    ...form,
    dailyLimit: 'banyak',
    openLimit: '0',
    until: '2020-01-01',
  })
  const powers = await fill(browser, '/akun/kunci', { ...form, dailyLimit: '1e3', openLimit: '1.5' })
  await fill(browser, '/akun/kunci', { ...form, dailyLimit: '1.200', openLimit: '', until: '2099-12-31' })
  const { body } = await browser.open('/akun/kunci')
  const change = /name="change" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const tooMuch = await browser.send('/akun/kunci', { change, [`dailyLimit-${change}`]: '1000001' })
  await fill(browser, '/akun/kunci', { change, [`dailyLimit-${change}`]: '', [`openLimit-${change}`]: '7' })
  const changed = (await browser.open('/akun/kunci')).body

  for (const field of ['dailyLimit', 'openLimit', 'until']) expect(wrong.body).toContain(`href="#${field}"`)
  for (const field of ['dailyLimit', 'openLimit']) expect(powers.body).toContain(`href="#${field}"`)
  expect(body).toContain('1.200 meterai per hari')
  expect(body).toContain('31 Desember 2099, 23.59 WIB')
  expect([tooMuch.statusCode, tooMuch.body.includes(`href="#dailyLimit-${change}"`)]).toEqual([422, true])
  expect(changed).toContain('7 bersamaan')
  expect(changed).not.toContain('meterai per hari')
})

test('a webhook is added, its secret shown once, switched off, and removed', async () => {
  const { browser } = await somebody()
  const bad = await fill(browser, '/akun/webhook', { url: 'https://hooks.contoh.example/x' })
  const events = ['affixing.affixed']
  const added = await fill(browser, '/akun/webhook', { url: 'https://hooks.contoh.example/x', events })
  const [path = ''] = String(added.headers.location).split('?')
  const shown = (await browser.open(path)).body
  const again = (await browser.open(path)).body
  await browser.send(path, { act: 'off' })
  const off = (await browser.open(path)).body
  const removed = await browser.send(path, { act: 'remove' })

  expect(bad.body).toContain('href="#events"')
  expect(shown).toContain('whsec_')
  expect(again).not.toContain('whsec_')
  expect(off).toContain('Dimatikan oleh pemilik akun.')
  expect(removed.headers.location).toBe('/akun/webhook?kabar=webhookRemoved')
  expect((await browser.open(path)).statusCode).toBe(404)
})

test('an account is exported whole, and closed by its password for good', async () => {
  const { browser, accountId, email } = await somebody()
  const file = await browser.open('/akun/data/unduh')
  const wrong = await fill(browser, '/akun/data', { password: 'bukan kata sandinya' })
  const closed = await fill(browser, '/akun/data', { password: goodPassword })

  expect(file.json()).toMatchObject({ account: { id: accountId }, person: { email } })
  expect(wrong.statusCode).toBe(422)
  expect(closed.headers.location).toBe('/')
  expect((await browser.open('/akun')).headers.location).toBe('/masuk?next=%2Fakun')
  const [row] = await web.db.database.sql<{ closed_at: Date | null }[]>`
    select closed_at from account_holders where account_id = ${parsePublicId('account', accountId) ?? null}`
  expect(row?.closed_at).not.toBeNull()
})

test('who lost the account that their device used is told which, and whether it was closed', async () => {
  const { browser, accountId, personId } = await somebody()
  const account = parsePublicId('account', accountId) ?? ''
  await web.db.owner.sql`
    update memberships set removed_at = now() where person_id = ${parsePublicId('person', personId) ?? ''}`
  expect((await browser.open('/akun')).headers.location).toBe('/akun/ganti')
  expect((await browser.open('/akun/ganti')).body).toContain(`bukan lagi anggota ${accountId}`)
  await web.db.owner.sql`update account_holders set closed_at = now() where account_id = ${account}`
  expect((await browser.open('/akun/ganti')).body).toContain(
    `${accountId} yang Anda pakai di perangkat ini sudah ditutup`,
  )
})

test('a company`s owner sends and sees its papers beside its identity', async () => {
  const { browser } = await somebody()
  await fill(browser, '/akun/baru?untuk=company', {
    ownerType: 'company',
    consent: 'yes',
    name: 'PT Contoh',
    nik: '3171015708450001',
    npwp: '1234567890123456',
    nib: '1234567890123',
    personInCharge: 'Contoh Aminah',
  })
  expect((await browser.open('/akun/identitas')).body).toContain('href="/akun/identitas/dokumen"')
  const page = (await browser.open('/akun/identitas/dokumen')).body
  for (const paper of ['nib', 'npwp', 'deed']) expect(page).toContain(`id="paper-${paper}"`)
  expect((await browser.open('/akun/identitas/dokumen/nib')).statusCode).toBe(404)
})

test('notices are chosen by contact, and what is not ticked is not wanted', async () => {
  const { browser, email } = await somebody()
  const first = await browser.open('/akun/pemberitahuan')
  const chosen = await browser.send('/akun/pemberitahuan', { purchases: ['email', 'whatsapp'] })
  const then = await browser.open('/akun/pemberitahuan')

  const ticked = ({ body }: { body: string }) =>
    [...body.matchAll(/name="(\w+)" value="(?:email|whatsapp)" checked/g)].map(([, name]) => name)
  expect(chosen.headers.location).toBe('/akun/pemberitahuan?kabar=notices')
  expect(ticked(first)).toEqual(['purchases', 'batches', 'identity', 'webhooks'])
  expect(ticked(then)).toEqual(['purchases'])
  expect(then.body).toContain(email)
  expect(then.body).toContain('tidak bisa dimatikan')
})
