import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { openSealing } from '../base/sealing.ts'
import { dropOldCodes } from './code-retention.ts'
import { checkCode, requestCode } from './codes.ts'
import { askForProof } from './passkeys.ts'

const sealing = openSealing(randomBytes(32))
const daySeconds = 24 * 60 * 60
let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

async function counts() {
  const [row] = await db.database.sql<{ codes: number; guards: number; sms: number; challenges: number }[]>`
    select (select count(*) from one_time_codes)::int as codes, (select count(*) from code_guards)::int as guards,
      (select count(*) from sms_counts)::int as sms, (select count(*) from passkey_challenges)::int as challenges`
  return row
}

/** A code, guessed wrongly or not at all, and a question. */
async function actOnce(last: string, guess: 'wrong' | 'none' = 'wrong'): Promise<void> {
  const parts = { database: db.database, sealing }
  const receiver = { route: 'sms', address: `+62812000000${last}` } as const
  const subject = newUuid(new Date())
  const made = await requestCode(parts, { purpose: 'sign_in', subject, receiver, language: 'id' })
  if (!made.ok) throw new Error(made.refusal.code)
  if (guess === 'wrong') await checkCode(parts, { codeId: made.codeId, subject, purpose: 'sign_in', code: '' })
  await askForProof({ database: db.database, site: { rpId: 'x.example', origin: 'https://x.example' } }, {})
}

const drop = () => dropOldCodes(db.database, new AbortController().signal)

test('codes, SMS counts and counts of nothing go after two days, guesses after a month, questions when they are over', async () => {
  await actOnce('01')
  await actOnce('09', 'none')
  await drop()
  expect(await counts()).toEqual({ codes: 2, guards: 4, sms: 2, challenges: 2 })
  await db.advance(2 * daySeconds)
  await drop()
  expect(await counts()).toEqual({ codes: 0, guards: 2, sms: 2, challenges: 0 })
  await db.advance(daySeconds)
  await drop()
  expect(await counts()).toEqual({ codes: 0, guards: 2, sms: 0, challenges: 0 })
  await actOnce('02')
  await db.advance(28 * daySeconds)
  await drop()
  expect(await counts()).toEqual({ codes: 0, guards: 2, sms: 0, challenges: 0 })
})
