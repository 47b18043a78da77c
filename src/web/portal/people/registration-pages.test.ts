import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formBrowser, type FormBrowser } from '../../../../tests/support/form-browser.ts'
import { goodPassword, lastCode, lastMessage, ourOrigin } from '../../../../tests/support/person.ts'
import { samplePng } from '../../../../tests/support/photo-samples.ts'
import { testWeb, type TestWeb } from '../../../../tests/support/web.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const identity = { name: 'Contoh Budi', nik: '3171015708450001', birthDate: '1945-08-17' }

/** Opens a page and sends its form. */
async function fill(browser: FormBrowser, path: string, fields: Record<string, string>) {
  await browser.open(path)
  return browser.send(path, fields)
}

/** A file as a browser's form sends it, beside other fields of that form. */
async function sendFile(
  browser: FormBrowser,
  path: string,
  { field, bytes, ...fields }: { field: string; bytes: Buffer; paper?: string },
) {
  await browser.open(path)
  const form = new FormData()
  for (const [name, value] of Object.entries({ ...browser.guard(), ...fields })) form.set(name, value)
  form.set(field, new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'ktp.png')
  const whole = new Response(form)
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return web.app.inject({
    method: 'POST',
    url: path,
    headers: {
      cookie,
      accept: 'text/html',
      host: new URL(ourOrigin).host,
      origin: ourOrigin,
      'content-type': whole.headers.get('content-type') ?? '',
    },
    payload: Buffer.from(await whole.arrayBuffer()),
  })
}

const sendPhoto = (browser: FormBrowser, path: string, bytes: Buffer) =>
  sendFile(browser, path, { field: 'photo', bytes })

async function register(browser: FormBrowser, email: string): Promise<void> {
  await fill(browser, '/daftar', { ownerType: 'personal' })
  await fill(browser, '/daftar/identitas', identity)
  await fill(browser, '/daftar/kontak', { contact: email })
  await fill(browser, '/daftar/kode', { code: await lastCode(web, email) })
  await fill(browser, '/daftar/sandi', { newPassword: goodPassword })
}

test('a person registers by forms alone, each step leading to the next, and has a PIN at the end', async () => {
  const browser = formBrowser(web)
  const email = 'contoh.budi@contoh.example'
  const led = async (path: string, fields: Record<string, string>) =>
    String((await fill(browser, path, fields)).headers.location)

  expect(await led('/daftar', { ownerType: 'personal' })).toBe('/daftar/identitas')
  expect(await led('/daftar/identitas', identity)).toBe('/daftar/foto')
  expect((await sendPhoto(browser, '/daftar/foto', samplePng())).headers.location).toBe('/daftar/foto')
  expect((await browser.open('/daftar/foto/gambar')).headers['content-type']).toBe('image/png')
  expect(await led('/daftar/kontak', { contact: email })).toBe('/daftar/kode')
  expect(await led('/daftar/kode', { code: await lastCode(web, email) })).toBe('/daftar/kontak')
  expect(await led('/daftar/sandi', { newPassword: goodPassword })).toBe('/daftar/periksa')
  expect((await browser.open('/daftar/periksa')).body).toContain(identity.nik)
  expect(await led('/daftar/periksa', { consent: 'yes' })).toBe('/daftar/pin')
  expect(await led('/daftar/pin', { password: goodPassword, newPin: '840261', newPinAgain: '840261' })).toBe(
    '/daftar/selesai',
  )

  const done = (await browser.open('/daftar/selesai')).body
  expect(done).toContain('Contoh Budi')
  expect(done).toContain('Sudah terbukti')
})

test('a registration is resumed by its own browser at the first thing missing, and is nobody else`s', async () => {
  const browser = formBrowser(web)
  await fill(browser, '/daftar', { ownerType: 'personal' })
  await fill(browser, '/daftar/identitas', identity)

  const first = (await browser.open('/daftar')).body
  const skipped = await browser.open('/daftar/periksa')
  const stranger = await formBrowser(web).open('/daftar/identitas')

  expect(first).toContain('/daftar/kontak')
  expect(skipped.headers.location).toBe('/daftar/kontak')
  expect(stranger.headers.location).toBe('/daftar')
})

test('a NIK that does not look right is told and passed over; one without sixteen digits is asked for again', async () => {
  const browser = formBrowser(web)
  await fill(browser, '/daftar', { ownerType: 'personal' })
  const short = await fill(browser, '/daftar/identitas', { ...identity, nik: '123' })
  const odd = await fill(browser, '/daftar/identitas', { ...identity, nik: '9971015708450000' })
  const warned = (await browser.open('/daftar/identitas')).body

  expect(short.statusCode).toBe(422)
  expect(short.body).toContain('href="#nik"')
  expect(short.body).toContain('Contoh Budi')
  expect(odd.headers.location).toBe('/daftar/identitas')
  expect(warned).toContain('NIK sudah benar, lanjutkan')
  expect((await fill(browser, '/daftar/kontak', { contact: '0812 3456 7001' })).headers.location).toBe('/daftar/kode')
})

test('what is no photo is told beside its field, and the form is still there', async () => {
  const browser = formBrowser(web)
  await fill(browser, '/daftar', { ownerType: 'personal' })

  const answer = await sendPhoto(browser, '/daftar/foto', Buffer.from('<html>'))
  const large = await sendPhoto(browser, '/daftar/foto', Buffer.alloc(5 * 1024 * 1024 + 1))

  expect([answer.statusCode, large.statusCode]).toEqual([422, 422])
  expect(answer.body).toContain('href="#photo"')
  expect(large.body).toContain('href="#photo"')
})

test('a known contact gets a notice and no code, and the page is the same', async () => {
  const known = 'contoh.kenal@contoh.example'
  const owner = formBrowser(web)
  await register(owner, known)
  await fill(owner, '/daftar/periksa', { consent: 'yes' })
  const browser = formBrowser(web)
  await fill(browser, '/daftar', { ownerType: 'personal' })

  const answer = await fill(browser, '/daftar/kontak', { contact: known })

  expect(answer.headers.location).toBe('/daftar/kode')
  expect((await browser.open('/daftar/kode')).body).toContain(known)
  expect(await lastMessage(web, known)).toMatchObject({ template: 'registration_known', isSent: true })
})

test('no account is opened without consent, nor twice by the same form', async () => {
  const email = 'contoh.setuju@contoh.example'
  const browser = formBrowser(web)
  await register(browser, email)
  const count = async () => (await web.db.database.sql`select 1 from people`).length
  const before = await count()
  const refused = await fill(browser, '/daftar/periksa', {})
  const form = browser.guard()
  const cookies = [...browser.cookies]
  const opened = await browser.send('/daftar/periksa', { ...form, consent: 'yes' })
  for (const [name, value] of cookies) browser.cookies.set(name, value)

  await browser.send('/daftar/periksa', { ...form, consent: 'yes' })

  expect([refused.statusCode, opened.statusCode]).toEqual([422, 303])
  expect(await count()).toBe(before + 1)
})

test('another code is asked for by the same page: too soon it says so, then the last one alone counts', async () => {
  const browser = formBrowser(web)
  await fill(browser, '/daftar', { ownerType: 'personal' })
  await fill(browser, '/daftar/kontak', { contact: '0812 3456 7003', route: 'sms' })
  const first = await lastCode(web, '+6281234567003')
  const early = await fill(browser, '/daftar/kode', { act: 'resend', route: 'sms' })
  await web.db.advance(60)
  const later = await fill(browser, '/daftar/kode', { act: 'resend', route: 'whatsapp' })
  const waits = (await browser.open('/daftar/kode')).body

  const old = await browser.send('/daftar/kode', { code: first })
  const last = await browser.send('/daftar/kode', { code: await lastCode(web, '+6281234567003') })

  expect([early.statusCode, later.statusCode, old.statusCode, last.statusCode]).toEqual([422, 303, 422, 303])
  expect(waits).toContain('WhatsApp')
})

test('no cookie of a registration, nor its pages` addresses, holds what was typed', async () => {
  const browser = formBrowser(web)
  await register(browser, 'contoh.rahasia@contoh.example')
  const held = [...browser.cookies.values()].map((value) => value + Buffer.from(value, 'base64url').toString('latin1'))

  expect(held.join(' ')).not.toMatch(/contoh\.rahasia|Contoh Budi|3171015708450001/)
  expect(web.logged.join('\n')).not.toMatch(/contoh\.rahasia|Contoh Budi|3171015708450001/)
})

test('an organisation sends its papers after the photo, sees them, and may pass them over', async () => {
  const browser = formBrowser(web)
  await fill(browser, '/daftar', { ownerType: 'company' })
  const npwp = '1234567890123456'
  const holder = { ...identity, name: 'PT Contoh', npwp, nib: '1234567890123', personInCharge: 'Contoh Budi' }
  await fill(browser, '/daftar/identitas', holder)
  expect((await browser.open('/daftar/foto')).body).toContain('href="/daftar/dokumen"')
  const pdf = Buffer.from('%PDF-1.7\n')
  const send = (bytes: Buffer) => sendFile(browser, '/daftar/dokumen', { field: 'paper-nib', paper: 'nib', bytes })

  const wrong = await send(Buffer.from('<html>'))
  const large = await send(Buffer.alloc(5 * 1024 * 1024 + 1))
  const right = await send(pdf)

  expect([wrong.statusCode, large.statusCode, right.statusCode]).toEqual([422, 422, 303])
  expect(wrong.body).toContain('href="#paper-nib"')
  expect(large.body).toContain('5 MB')
  const page = (await browser.open('/daftar/dokumen')).body
  expect(page).toContain('href="/daftar/dokumen/nib"')
  expect(page).toContain('href="/daftar/kontak"')
  const file = await browser.open('/daftar/dokumen/nib')
  expect(file.rawPayload.equals(pdf)).toBe(true)
  expect(file.headers['content-disposition']).toBe('attachment; filename="nib.pdf"')
  expect((await formBrowser(web).open('/daftar/dokumen/nib')).headers.location).toBe('/daftar')
})

test('a person has no papers to send', async () => {
  const browser = formBrowser(web)
  await fill(browser, '/daftar', { ownerType: 'personal' })
  await fill(browser, '/daftar/identitas', identity)
  expect((await browser.open('/daftar/dokumen')).headers.location).toBe('/daftar/kontak')
})

test('who wanted somewhere before they had an account is led there at the end', async () => {
  const browser = formBrowser(web)
  const next = '/beli?jumlah=3'
  const link = `/daftar?next=${encodeURIComponent(next)}`
  expect((await browser.open(`/masuk?next=${encodeURIComponent(next)}`)).body).toContain(`href="${link}"`)
  const email = 'contoh.lanjut@contoh.example'
  await browser.open(link)
  await browser.send('/daftar', { ownerType: 'personal' })
  await fill(browser, '/daftar/identitas', identity)
  await fill(browser, '/daftar/kontak', { contact: email })
  await fill(browser, '/daftar/kode', { code: await lastCode(web, email) })
  await fill(browser, '/daftar/sandi', { newPassword: goodPassword })
  const opened = await fill(browser, '/daftar/periksa', { consent: 'yes' })
  const pin = String(opened.headers.location)
  expect(pin).toBe(`/daftar/pin?next=${encodeURIComponent(next)}`)
  await browser.open(pin)
  const done = await browser.send('/daftar/pin', { password: goodPassword, newPin: '840261', newPinAgain: '840261' })
  expect(done.headers.location).toBe(`/daftar/selesai?next=${encodeURIComponent(next)}`)
  expect((await browser.open(String(done.headers.location))).body).toContain(`href="${next}"`)
})

test.each(['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)', '/keluar'])(
  'nobody is led to %s',
  async (next) => {
    const browser = formBrowser(web)
    await browser.open(`/daftar?next=${encodeURIComponent(next)}`)
    expect(browser.guard()).not.toHaveProperty('next')
    const sent = await browser.send('/daftar', { ownerType: 'personal', next })
    expect(sent.headers.location).toBe('/daftar/identitas')
    expect((await browser.open(`/masuk?next=${encodeURIComponent(next)}`)).body).toContain('href="/daftar"')
  },
)

test.each(['/daftar/foto', '/daftar/dokumen', '/akun/identitas', '/akun/identitas/dokumen'])(
  'a stranger`s file for %s is answered before it is read',
  async (path) => {
    const boundary = 'x'
    const headers = {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': 4_000_000,
      host: new URL(ourOrigin).host,
      origin: ourOrigin,
    }
    const location = await new Promise((resolve, reject) => {
      const sending = request(`${web.url}${path}`, { method: 'POST', headers }, (answer) => {
        resolve(answer.headers.location)
        sending.destroy()
      })
      sending.on('error', reject)
      // the rest never comes
      sending.write(`--${boundary}\r\ncontent-disposition: form-data; name="photo"; filename="a"\r\n\r\n`)
    })
    expect(location).toBe(path.startsWith('/daftar') ? '/daftar' : `/masuk?next=${encodeURIComponent(path)}`)
  },
)
