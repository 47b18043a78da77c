import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { samplePhoto } from '../../src/cli/demo-people/sample-photo.ts'
import { sampleLetter } from '../../src/cli/sample-letter.ts'
import { openClient } from '../../src/published/client.ts'
import { codeFor, openFormVisitor, type FormVisitor } from './visitor.ts'

/** A page as one of our visitors has it: which of our pages it is, where it lies, and the cookies it is asked for with. */
export type WalkedPage = { route: string; path: string; cookie: string }

const password = 'kucing abu makan ikan'
const pin = '840261'

/** Pages that anyone sees. */
const openPaths = [
  '/',
  '/cek',
  '/status',
  '/bantuan',
  '/spesimen',
  '/luring',
  '/design',
  '/ketentuan',
  '/inbox',
  '/masuk',
  '/masuk/kode',
  '/lupa',
  '/lupa/sandi',
  '/pemulihan?kabar=done',
  '/bubuhkan',
  '/daftar',
] as const

/** Pages of somebody who signed in that need no id. */
const ownPaths = [
  '/beranda',
  '/bubuhkan',
  '/riwayat',
  '/riwayat?cari=refund',
  '/pembelian',
  '/pengembalian',
  '/pengembalian/minta',
  '/beli',
  '/beli/cara?jumlah=5',
  '/massal',
  '/akun',
  '/akun/ganti',
  '/akun/baru',
  '/akun/perangkat',
  '/akun/sandi',
  '/akun/pin',
  '/akun/pin/lupa',
  '/akun/kontak',
  '/akun/autentikator',
  '/akun/identitas',
  '/akun/anggota',
  '/akun/kunci',
  '/akun/webhook',
  '/akun/pemberitahuan',
  '/akun/persetujuan',
  '/akun/data',
  '/keluar',
] as const

/**
 * Walks through the whole portal of a demo service over HTTP, with forms alone, and answers every page it met. Whoever comes there is new:
 * walking again makes others.
 */
export async function walkPortal(url: string): Promise<WalkedPage[]> {
  const pages: WalkedPage[] = []
  const walk: Walk = {
    url,
    async meet(visitor, path, route = path.split('?', 1)[0] ?? path) {
      const html = await visitor.open(path, route === '/tidak-ada' ? 404 : 200)
      pages.push({ route, path, cookie: visitor.cookie() })
      return html
    },
  }
  const stranger = openFormVisitor(url)
  for (const path of openPaths) await walk.meet(stranger, path)
  await walk.meet(stranger, '/tidak-ada')
  const contents = await walk.meet(stranger, '/docs/api')
  for (const path of new Set(contents.match(/\/docs\/api\/[a-z-]+/g))) await walk.meet(stranger, path)
  const email = await register(walk)
  const person = await signIn(walk, email)
  await walk.meet(person, '/daftar/pin')
  await person.open('/akun/pin')
  await person.send('/akun/pin', { password, newPin: pin, newPinAgain: pin })
  await buy(walk, person)
  await affix(walk, person)
  await settle(walk, person, email)
  for (const path of ownPaths) await walk.meet(person, path)
  await sendPapers(walk, email)
  return pages
}

type Walk = { url: string; meet: (visitor: FormVisitor, path: string, route?: string) => Promise<string> }

const organisation = {
  name: 'PT Contoh Makmur',
  npwp: '0123456789012345',
  nib: '1234567890123',
  personInCharge: 'Contoh Citra',
  nik: '3171015708450001',
}

/** Where organisations send their papers: while they register, and later. */
async function sendPapers({ url, meet }: Walk, email: string): Promise<void> {
  const visitor = openFormVisitor(url)
  await visitor.open('/daftar')
  await visitor.send('/daftar', { ownerType: 'company' })
  await visitor.open('/daftar/identitas')
  await visitor.send('/daftar/identitas', organisation)
  await meet(visitor, '/daftar/dokumen')
  // on a device of its own: the other pages stay those of the person's first account
  const founder = openFormVisitor(url)
  await founder.open('/masuk')
  await founder.send('/masuk', { contact: email, password })
  const another = '/akun/baru?untuk=company'
  await founder.open(another)
  await founder.send(another, { ownerType: 'company', ...organisation, consent: 'yes' })
  await meet(founder, '/akun/identitas/dokumen')
}

/** Up to the last look, and all of it by somebody else: the steps stay there for whoever has not finished. */
async function register({ url, meet }: Walk): Promise<string> {
  const emails = [0, 1].map(() => `contoh.${randomInt(1e9)}@contoh.example`)
  for (const [at, email] of emails.entries()) {
    const isLast = at === emails.length - 1
    const visitor = openFormVisitor(url)
    const step = async (path: string, fields: Record<string, string>) => {
      if (isLast) await visitor.open(path)
      else await meet(visitor, path)
      return visitor.send(path, fields)
    }
    await visitor.open('/daftar')
    await visitor.send('/daftar', { ownerType: 'personal' })
    await step('/daftar/identitas', { name: 'Contoh Citra', nik: '3171015708450001', birthDate: '1945-08-17' })
    if (!isLast) await meet(visitor, '/daftar/foto')
    await step('/daftar/kontak', { contact: email })
    if (isLast) await visitor.open('/daftar/kode')
    else await meet(visitor, '/daftar/kode')
    await visitor.send('/daftar/kode', { code: await codeFor(url, email) })
    await step('/daftar/sandi', { newPassword: password })
    if (!isLast) await meet(visitor, '/daftar/periksa')
    else {
      await visitor.open('/daftar/periksa')
      await visitor.send('/daftar/periksa', { consent: 'yes' })
      await meet(visitor, '/daftar/selesai')
    }
  }
  return emails.at(-1) ?? ''
}

/** Signed in by password; the two ways round it are tried with nobody's contact, for which the pages are the same and no code is used up. */
async function signIn({ url, meet }: Walk, email: string): Promise<FormVisitor> {
  const forgetful = openFormVisitor(url)
  await forgetful.open('/lupa/sandi')
  await forgetful.send('/lupa/sandi', { contact: `lupa.${email}` })
  await meet(forgetful, '/lupa/sandi/isi')
  const waiting = openFormVisitor(url)
  await waiting.open('/masuk/kode')
  await waiting.send('/masuk/kode', { contact: `kode.${email}` })
  await meet(waiting, '/masuk/kode/isi')
  const person = openFormVisitor(url)
  await person.open('/masuk')
  await person.send('/masuk', { contact: email, password })
  return person
}

/** One order that is paid, one that waits. */
async function buy({ url, meet }: Walk, person: FormVisitor): Promise<void> {
  const order = async (jumlah: string) => {
    await person.open(`/beli/cara?jumlah=${jumlah}`)
    return person.send('/beli/cara', { jumlah, pay: 'qris' })
  }
  const paid = await order('3')
  await fetch(`${url}/simulator/payments/${/ord_[0-9a-f]+/.exec(paid)?.[0] ?? ''}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ act: 'pay' }),
  })
  await meet(person, paid, '/beli/:order (paid)')
  await meet(person, `${paid}/kuitansi`, '/beli/:order/kuitansi')
  const open = await order('2')
  const html = await meet(person, open, '/beli/:order (waiting)')
  const simulator = /\/simulator\/pembayaran\/[^"?]+/.exec(html)?.[0]
  if (simulator !== undefined) await meet(person, simulator, '/simulator/pembayaran/:reference')
  await meet(person, `${open}/ganti`, '/beli/:order/ganti')
}

/** One document stamped without a script, one that waits for its confirmation. */
async function affix({ url, meet }: Walk, person: FormVisitor): Promise<void> {
  const upload = async () => {
    await person.open('/bubuhkan')
    const letter = Buffer.concat([sampleLetter(), Buffer.from(`% ${randomUUID()}\n`)])
    return person.send('/bubuhkan', {}, new Blob([new Uint8Array(letter)], { type: 'application/pdf' }))
  }
  const confirm = async (change: string) => {
    await person.open(change)
    return person.send(change, { type: 'surat-pernyataan', place: 'right', number: '', date: '', page: '' })
  }
  const draft = await confirm(await upload())
  await person.open(draft)
  const done = await person.send(draft, { pin })
  await meet(person, done, '/bubuhkan/:id')
  const id = /afx_[0-9a-f]+/.exec(done)?.[0] ?? ''
  const story = await meet(person, `/riwayat/${id}`, '/riwayat/:id')
  const serial = /\/cek\/([^"?]+)/.exec(story)?.[1]
  if (serial !== undefined) await meet(person, `/cek/${serial}`, '/cek/:serial')
  const waiting = await upload()
  await meet(person, waiting, '/bubuhkan/berkas/:id/ubah')
  const check = await confirm(waiting)
  await meet(person, check, '/bubuhkan/berkas/:id')
  await meet(person, `${check}/cara-lain`, '/bubuhkan/berkas/:id/cara-lain')
  await person.open('/bubuhkan')
  const photos = await person.send('/bubuhkan', {}, new Blob([new Uint8Array(samplePhoto())], { type: 'image/png' }))
  await meet(person, photos, '/bubuhkan/berkas/:id/foto')
  await meet(person, `/riwayat/${await reserve(url, person)}/batal`, '/riwayat/:id/batal')
}

/** Leaves an affixing half done, by a key of the person's own; its id. */
async function reserve(url: string, person: FormVisitor): Promise<string> {
  await person.open('/akun/kunci')
  await person.send('/akun/kunci', { name: 'Mesin', kind: 'live', scopes: 'affix', pin })
  const key = /mk_live_[\w-]{43}/.exec(await person.open('/akun/kunci'))?.[0] ?? ''
  const reserved = await openClient({ url, key }).reserve(
    {
      facts: { documentType: 'surat-pernyataan' },
      placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
      sourceSha256: randomBytes(32).toString('hex'),
      sourceLength: 1000,
      pageCount: 1,
      additional: false,
    },
    randomUUID(),
  )
  if (reserved.kind !== 'held') throw new Error(`not reserved: ${reserved.kind}`)
  return reserved.affixing.id
}

/** What an account has a page of its own for: a webhook, codes on their way, a member, a refund, a month. */
async function settle({ meet }: Walk, person: FormVisitor, email: string): Promise<void> {
  await person.open('/akun/webhook')
  await person.send('/akun/webhook', { url: 'https://hooks.contoh.example/x', events: 'affixing.affixed' })
  const webhook = /\/akun\/webhook\/[^"?]+/.exec(await person.open('/akun/webhook'))?.[0]
  if (webhook !== undefined) await meet(person, webhook, '/akun/webhook/:id')
  await person.open('/akun/kontak')
  await person.send('/akun/kontak', { act: 'code', contact: `baru.${email}`, route: 'email' })
  await meet(person, '/akun/kontak/kode')
  await person.open('/akun/pin/lupa')
  await person.send('/akun/pin/lupa', { route: 'email' })
  await meet(person, '/akun/pin/lupa/kode')
  const member = /\/akun\/anggota\/[^"?]+/.exec(await person.open('/akun/anggota'))?.[0]
  if (member !== undefined) await meet(person, member, '/akun/anggota/:id')
  await person.open('/pengembalian/minta')
  const where = { bank: 'BRI', accountNumber: '1234567890', accountName: 'Contoh Citra' }
  await meet(
    person,
    await person.send('/pengembalian/minta', { quantity: '1', ...where, pin }),
    '/pengembalian/:refund',
  )
  // of Jakarta, as the page counts
  const month = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 7)
  await meet(person, `/laporan/${month}`, '/laporan/:month')
}
