import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { keyReleasedKeepDays } from '../limits/stamping.ts'
import { dropDocumentRows, forgetKeys } from './retention.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const accountId = newUuid(new Date())
const running = new AbortController().signal
const day = 24 * 60 * 60

beforeEach(async () => {
  await db.owner.sql`truncate idempotency_keys, affixings, kept_documents, retention_marks, clock_offset`
})

/** A key with its affixing in this state (none: it never came about), made now. */
async function aKey(key: string, state: 'affixed' | 'released' | undefined): Promise<void> {
  const affixingId = state === undefined ? null : newUuid(new Date())
  if (affixingId !== null)
    await db.owner.sql`
      insert into affixings (account_id, affixing_id, state, ledger, serial, source_sha256, page_count, additional, facts, recipe,
        created_at, expires_at, digest, affixed_at, released_at, release_reason)
      values (${accountId}, ${affixingId}, ${state ?? ''}, 'stamps', ${'0'.repeat(22)}, sha256('a'), 1, false, '{}', '{}',
        database_now(), database_now(), sha256('b'), ${state === 'affixed' ? new Date() : null},
        ${state === 'released' ? new Date() : null}, ${state === 'released' ? 'expired' : null})`
  await db.owner.sql`
    insert into idempotency_keys (account_id, operation, key, fingerprint, affixing_id, lease_owner, lease_until, created_at)
    values (${accountId}, 'stamping', ${key}, sha256('c'), ${affixingId}, ${affixingId === null ? newUuid(new Date()) : null},
      ${affixingId === null ? new Date() : null}, database_now())`
}

async function keys(): Promise<string[]> {
  const rows = await db.owner.sql<{ key: string }[]>`select key from idempotency_keys order by key`
  return rows.map(({ key }) => key)
}

test('a key that moved value stays; one that moved none is forgotten after a month, not before', async () => {
  await aKey('released', 'released')
  await aKey('stamped', 'affixed')
  await aKey('never came about', undefined)

  await db.advance((keyReleasedKeepDays - 1) * day)
  expect(await forgetKeys(db.database, running)).toBe(0)
  await db.advance(2 * day)
  expect(await forgetKeys(db.database, running)).toBe(2)
  expect(await keys()).toEqual(['stamped'])
})

test('a key that a call took up again after a month is not forgotten', async () => {
  await aKey('taken up', undefined)
  await db.advance((keyReleasedKeepDays + 1) * day)
  await db.owner.sql`update idempotency_keys set lease_until = database_now() + interval '30 seconds'`

  expect(await forgetKeys(db.database, running)).toBe(0)
  expect(await keys()).toEqual(['taken up'])
})

test('each hour of keys is looked through once: the next round goes on where the last one ended', async () => {
  await aKey('first', 'released')
  await db.advance((keyReleasedKeepDays + 1) * day)
  await forgetKeys(db.database, running)
  await aKey('second', 'released')
  await db.advance((keyReleasedKeepDays + 1) * day)

  const [mark] = await db.owner.sql<{ days: number }[]>`
    select extract(epoch from database_now() - done_until)::float8 / 86400 as days from retention_marks`
  expect(mark?.days).toBeGreaterThan(keyReleasedKeepDays + 1)
  for (let round = 0; (await keys()).length > 0 && round < 20; round++) await forgetKeys(db.database, running)
  expect(await keys()).toEqual([])
})

test('a stopping service deletes nothing more', async () => {
  await aKey('released', 'released')
  await db.advance((keyReleasedKeepDays + 1) * day)

  expect(await forgetKeys(db.database, AbortSignal.abort())).toBe(0)
})

test('the row of a deleted file goes a week later, that of a kept file stays', async () => {
  const aFile = (deleted: boolean) => db.owner.sql`
    insert into kept_documents (account_id, affixing_id, prepared_sha256, layout, keep_until, deleted_at)
    values (${accountId}, ${newUuid(new Date())}, sha256('d'), '{}', database_now(), case when ${deleted} then database_now() end)`
  await aFile(true)
  await aFile(false)

  await db.advance(6 * day)
  expect(await dropDocumentRows(db.database, running)).toBe(0)
  await db.advance(2 * day)
  expect(await dropDocumentRows(db.database, running)).toBe(1)
})
