import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerPerson } from '../../tests/support/person.ts'
import { testSealing, testWeb, type TestWeb } from '../../tests/support/web.ts'
import { operatorAccess } from './operator-access.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

const accessOf = (operator: string) =>
  operatorAccess({ database: web.db.database, sealing: testSealing, origin: 'https://meterai.example' }, operator)

test('who is looked for by NIK is found with their people, contacts masked, and their owner sees who looked', async () => {
  const nik = '3171015708450077'
  const { accountId, personId, browser, email } = await registerPerson(web, { nik })

  const [found, ...others] = await accessOf('sari').find({ nik })

  expect(others).toEqual([])
  expect(found).toMatchObject({ account: accountId, name: 'Contoh Aminah' })
  expect(found?.people).toMatchObject([{ person: personId, role: 'owner', hasApp: false }])
  expect(JSON.stringify(found)).not.toContain(email)
  const log = (await browser.call('GET', '/v1/account/access-log')).json()
  expect(log.items).toMatchObject([{ actor: 'operator:sari' }])
})

test('a case of one operator is listed for another, who approves it', async () => {
  const { personId } = await registerPerson(web)
  const asked = await accessOf('sari').askContact({ person: personId, contact: ' Baru@Contoh.example'.trim() })
  expect(asked).toMatchObject({ ok: true, contact: 'baru@contoh.example' })
  const id = asked.ok ? asked.id : ''

  const listed = await accessOf('budi').list()
  expect(listed).toMatchObject([{ id, person: personId, state: 'asked', askedBy: 'sari' }])
  expect(await accessOf('sari').approve(id)).toEqual({ ok: false, problem: 'same_operator' })
  expect(await accessOf('budi').approve(id)).toMatchObject({ ok: true })
  expect(await accessOf('sari').cancel(id)).toEqual({ ok: true })
})

test.each([
  ['a NIK nobody has', { nik: '3171015708459999' }],
  ['an account nobody has', { account: 'acc_00000000000070008000000000000000' }],
  ['what is no account', { account: 'Contoh' }],
])('%s finds nobody', async (_, by) => {
  expect(await accessOf('sari').find(by)).toEqual([])
})

test('what is no contact is refused', async () => {
  const { personId } = await registerPerson(web)
  expect(await accessOf('sari').askContact({ person: personId, contact: 'bukan kontak' })).toEqual({
    ok: false,
    problem: 'contact_malformed',
  })
})
