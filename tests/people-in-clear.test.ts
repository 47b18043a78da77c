import { afterAll, beforeAll, expect, test } from 'vitest'
import { newUuid } from '../src/base/ids.ts'
import type { Receiver } from '../src/base/receiver.ts'
import { checkCode, requestCode } from '../src/identity/codes.ts'
import { beginTotp } from '../src/identity/totp.ts'
import { readInbox } from '../src/notices/messages/inbox.ts'
import { columnsInClear } from './support/clear-values.ts'
import { testDatabase, type TestDatabase } from './support/database.ts'
import { testSealing as sealing } from './support/web.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const receivers: Receiver[] = [
  { route: 'sms', address: '+6281311122233' },
  { route: 'whatsapp', address: '+6281311122234' },
  { route: 'email', address: 'rahasia.sekali@contoh.example' },
]

test('whoever reads the whole database finds no number, no address, no code and no secret of an app', async () => {
  const parts = { database: db.database, sealing }
  const personId = newUuid(new Date())
  for (const receiver of receivers) {
    const purpose = 'sign_in' as const
    const made = await requestCode(parts, { purpose, subject: personId, receiver, language: 'id' })
    if (!made.ok) throw new Error(made.refusal.code)
    await checkCode(parts, { codeId: made.codeId, subject: personId, purpose, code: 'x' })
  }
  const setup = await db.database.transaction(async (tx) =>
    beginTotp(tx, sealing, { personId, label: 'x', at: await db.database.now(tx) }),
  )
  const inbox = await readInbox(db.database.sql, sealing, { routes: receivers.map(({ route }) => route), host: 'x' })
  const codes = inbox.flatMap(({ code }) => (code === undefined ? [] : [code]))
  expect(codes).toHaveLength(3)
  const addresses = receivers.flatMap(({ address }) => [address, address.slice(3), address.split('@')[0] ?? ''])
  expect(await columnsInClear(db.owner, [...codes, ...addresses, setup?.secret ?? ''])).toEqual([])
})

test('what does stand in clear is found, in text, in bytes and in disguise', async () => {
  const at = await db.database.now()
  const value = 'terbuka@contoh.example'
  await db.owner.sql`
    insert into messages (message_id, route, receiver, receiver_index, template, body, created_at, until, state)
    values (${newUuid(at)}, 'sms', ${Buffer.from(`x${value}x`)}, ${Buffer.from(Buffer.from(value).toString('hex'))}, ${value}, '', ${at}, ${at}, 'sent')`
  expect(await columnsInClear(db.owner, [value])).toEqual([
    'messages.receiver',
    'messages.receiver_index',
    'messages.template',
  ])
})
