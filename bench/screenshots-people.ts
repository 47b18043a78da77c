import { randomInt } from 'node:crypto'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import { samplePng } from '../tests/support/photo-samples.ts'

const inbox = z.object({ items: z.array(z.object({ text: z.string() })) })

/** The code of the newest message to this address, as the simulated inbox has it. */
async function codeFor(page: Page, url: string, address: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await page.request.get(`${url}/v1/inbox?to=${encodeURIComponent(address)}`)
    const code = inbox.parse(await answer.json()).items.flatMap(({ text }) => /\b\d{6}\b/.exec(text) ?? [])[0]
    if (code !== undefined) return code
    await page.waitForTimeout(100)
  }
  throw new Error('no code came to the inbox')
}

const ownPages = [
  'akun',
  'akun/ganti',
  'akun/perangkat',
  'akun/sandi',
  'akun/pin',
  'akun/pin/lupa',
  'akun/kontak',
  'akun/pemberitahuan',
  'akun/autentikator',
  'akun/identitas',
  'akun/anggota',
  'akun/persetujuan',
  'akun/kunci',
  'akun/webhook',
  'akun/data',
  'keluar',
] as const

/** The step that organisations have beside people: their papers, one of them sent. */
async function shootPapers(page: Page, url: string, shoot: (name: string) => Promise<void>): Promise<void> {
  await page.check('input[name=ownerType][value=company]')
  await page.click('main form[method=post] .button')
  await page.waitForURL('**/daftar/identitas')
  await page.goto(`${url}/daftar/dokumen`)
  await shoot('daftar-3-dokumen')
  const pdf = { name: 'nib.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n') }
  await page.setInputFiles('#paper-nib', pdf)
  await page.click('main form:has(#paper-nib) .button')
  await page.waitForSelector('a[href="/daftar/dokumen/nib"]')
  await shoot('daftar-3-dokumen-terkirim')
}

/** Signing in as a stranger meets it, the whole registration, and every page of the account that comes of it. */
export async function shootPeople(page: Page, url: string, shoot: (name: string) => Promise<void>): Promise<void> {
  const next = async () => {
    await page.click('main form[method=post] .button:not(.button-quiet)')
    await page.waitForLoadState()
  }
  for (const path of ['masuk', 'masuk/kode', 'lupa', 'lupa/sandi', 'pemulihan', 'ketentuan']) {
    await page.goto(`${url}/${path}`)
    await shoot(path.replaceAll('/', '-'))
  }
  await page.goto(`${url}/masuk`)
  await page.fill('#contact', 'contoh@contoh.example')
  await page.fill('#password', 'bukan kata sandinya')
  await next()
  await shoot('masuk-salah')
  await page.goto(`${url}/daftar`)
  await shoot('daftar-1-siapa')
  await shootPapers(page, url, shoot)
  await page.goto(`${url}/daftar`)
  await page.check('input[name=ownerType][value=personal]')
  await next()
  await page.fill('#name', 'Contoh Citra')
  await page.fill('#nik', '9971015708450001')
  await page.fill('#birthDate', '1945-08-17')
  await next()
  await shoot('daftar-2-identitas-janggal')
  await page.fill('#nik', '3171015708450001')
  await next()
  await page.setInputFiles('#photo', { name: 'ktp.png', mimeType: 'image/png', buffer: samplePng() })
  await shoot('daftar-3-foto')
  await next()
  await shoot('daftar-3-foto-terkirim')
  await page.goto(`${url}/daftar/kontak`)
  const email = `contoh.${randomInt(1e9)}@contoh.example`
  await page.fill('#contact', email)
  await shoot('daftar-4-kontak')
  await next()
  await shoot('daftar-4-kode')
  await page.fill('#code', await codeFor(page, url, email))
  await page.click('main form:first-of-type .button')
  await page.waitForURL('**/daftar/kontak')
  await shoot('daftar-4-kontak-terbukti')
  await page.goto(`${url}/daftar/sandi`)
  await page.fill('#newPassword', 'pendek')
  await next()
  await shoot('daftar-5-sandi-lemah')
  await page.fill('#newPassword', 'kucing abu makan ikan')
  await next()
  await page.check('#consent')
  await shoot('daftar-6-periksa')
  await next()
  await shoot('daftar-7-pin')
  await page.fill('#password', 'kucing abu makan ikan')
  await page.fill('#newPin', '840261')
  await page.fill('#newPinAgain', '840261')
  await next()
  await shoot('daftar-8-selesai')
  await page.click('.menu summary')
  await shoot('menu')
  for (const path of ownPages) {
    await page.goto(`${url}/${path}`)
    await shoot(path.replaceAll('/', '-'))
  }
  await page.goto(`${url}/akun/baru?untuk=company`)
  await shoot('akun-baru')
  await page.goto(`${url}/akun/kunci`)
  await page.fill('#dailyLimit', 'banyak')
  await page.fill('#until', '2020-01-01')
  await page.fill('#name', 'Mesin kasir')
  await next()
  await shoot('akun-kunci-salah')
  await page.fill('#dailyLimit', '500')
  await page.fill('#until', '2099-12-31')
  await next()
  await shoot('akun-kunci-dibuat')
  await page.goto(`${url}/beranda`)
  await shoot('beranda-baru')
  await page.goto(`${url}/riwayat/afx_00000000000000000000000000000000`)
  await shoot('ditolak')
}
