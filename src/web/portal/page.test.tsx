import { expect, test } from 'vitest'
import { renderPage } from './page.tsx'
import type { PageContext } from './page-context.ts'

const context: PageContext = {
  demo: false,
  openToOthers: false,
  version: '1',
  help: { whatsapp: '+62 812-0000-0000', phone: '(021) 555 0000', email: 'bantuan@meterai.example' },
  language: 'id',
  languageInAddress: false,
  path: '/cek',
  visitor: undefined,
}
const shown = (changed: Partial<PageContext>) => renderPage({ ...context, ...changed }, { title: 'Judul', body: 'Isi' })

test('every way to help that is configured stands at the foot as a link that works, and no other', () => {
  const all = shown({})
  expect(all).toContain('href="https://wa.me/6281200000000"')
  expect(all).toContain('href="tel:0215550000"')
  expect(all).toContain('href="mailto:bantuan@meterai.example"')
  const mailOnly = shown({ help: { email: 'bantuan@meterai.example' } })
  expect(mailOnly).not.toMatch(/wa\.me|tel:/)
  expect(mailOnly).not.toContain('Lihat pertanyaan')
  expect(shown({ help: {} })).toContain('Lihat pertanyaan')
})

test('a service with real stamps has no specimen band and no page of its parts', () => {
  const page = shown({})
  expect(page).not.toContain('Lingkungan uji')
  expect(page).not.toContain('/design')
  expect(shown({ demo: true })).toContain('Lingkungan uji')
})

test('a visitor sees the quota, and where nobody is known the way to sign in once there is one', () => {
  expect(shown({ visitor: { quota: 3, homePath: '/beranda' }, signInPath: '/masuk' })).toMatch(
    /href="\/beranda">Kuota Anda: 3 meterai/,
  )
  expect(shown({ signInPath: '/masuk' })).toMatch(/href="\/masuk">Masuk/)
  expect(shown({})).not.toContain('Masuk')
})

test('a script that is not there is not asked for', () => {
  const page = renderPage(context, { title: 'Judul', body: 'Isi', scripts: ['', '/aset/portal.0.js'] })
  expect(page.match(/<script/g)).toHaveLength(1)
})
