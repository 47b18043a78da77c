import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import { listAffixings } from './affixing.ts'
import { lockOpen } from './lock-open.ts'
import { findEarlier } from './reserve-earlier.ts'
import type { ReserveRequest } from './reserve.ts'

// A statement that reads more than it asks for is right and fast in every test with ten rows. So: one company with thousands of stamps
// among thousands of people with one, and reservations open all over the service.

let db: TestDatabase
const company = newUuid(new Date())
const people = 20_000
const open = 500
/** Some rows may be counted twice; a walk reads thousands. */
const few = 20

beforeAll(async () => {
  db = await testDatabase()
  const { sql } = db.owner
  const [form] = await sql<{ form_id: number }[]>`
    insert into recipe_forms (hash, shared) values (sha256('form'), '{"reason":"","checkUrl":""}') returning form_id`
  if (form === undefined) throw new Error('no form')
  await sql`
    insert into affixings (account_id, affixing_id, state, ledger, serial, source_sha256, page_count, additional, facts, recipe_form,
      source_length, page, box_left, box_bottom, seed, created_at, expires_at, digest, affixed_at)
    select case when nr <= ${people} then gen_random_uuid() else ${company}::uuid end, gen_random_uuid(),
      case when nr % ${people / open} = 0 then 'reserved' else 'affixed' end, 'stamps', 'M' || lpad(nr::text, 21, '0'),
      sha256(nr::text::bytea), 1, false, '{}', ${form.form_id}, 1, 1, 1, 1, sha256('seed'), now(), now(),
      case when nr % ${people / open} = 0 then null else sha256('digest') end, case when nr % ${people / open} = 0 then null else now() end
    from generate_series(1, ${people + people / 5}) nr`
  await sql`analyze affixings`
})
afterAll(() => db.drop())

/** Rows of affixings that this transaction reached by an index so far. */
async function rowsRead(tx: Tx): Promise<number> {
  const [row] = await tx<{ read: bigint }[]>`
    select coalesce(sum(idx_tup_fetch), 0)::bigint as read from pg_stat_xact_user_tables where relname like 'affixings%'`
  return Number(row?.read)
}

/** The document of row `nr`. */
const digestOf = (nr: number): string => createHash('sha256').update(String(nr)).digest('hex')

const request = (sourceSha256: string): ReserveRequest => ({
  caller: { accountId: company, keyKind: 'live', keyId: 'test' },
  operation: 'affixing',
  key: sourceSha256,
  fingerprint: sourceSha256,
  facts: { documentType: 'surat-pernyataan', number: '0' },
  placement: { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' },
  sourceSha256,
  sourceLength: 1000,
  pageCount: 1,
  additional: false,
})

test('a reservation of the largest account reads what stands for its own document and key', async () => {
  const requests = [people + 1, people + 2, 0].map((nr) => request(digestOf(nr)))
  await db.database.transaction(async (tx) => {
    const earlier = await findEarlier(tx, requests)
    const states = requests.map((one) => earlier.get(one)?.sameSource?.state)
    expect(states).toEqual(['affixed', 'affixed', undefined])
    expect(await rowsRead(tx)).toBeLessThan(few)
  })
})

test('who decides about some affixings reads those, whatever else is open', async () => {
  const items = await db.owner.sql<{ accountId: string; id: string }[]>`
    (select account_id as "accountId", affixing_id as id from affixings where account_id = ${company} and state = 'reserved' limit 3)
    union all
    (select account_id, affixing_id from affixings where account_id = ${company} and state = 'affixed' limit 2)`
  await db.database.transaction(async (tx) => {
    expect((await lockOpen(tx, items)).size).toBe(3)
    expect(await rowsRead(tx)).toBeLessThan(few)
  })
})

test('who lists what was made of one document reads that', async () => {
  await db.database.transaction(async (tx) => {
    const listed = await listAffixings(tx, { accountId: company, limit: 50, sourceSha256: digestOf(people + 3) })
    expect(listed).toHaveLength(1)
    expect(await rowsRead(tx)).toBeLessThan(few)
  })
})
