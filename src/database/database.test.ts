import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { arrayOid } from './array-types.ts'
import { failureKind, openDatabase, serviceRole, sqlState } from './database.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await testDatabase()
  await db.owner.sql`create table counters (name text primary key, value int not null)`
  await db.owner.sql`grant select, insert, update on counters to meterai_service`
  await db.owner.sql`create table notes (text text not null)`
  await db.owner.sql`grant select, insert on notes to meterai_service`
})

afterAll(async () => {
  await db.drop()
})

async function stateOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => 'done',
    (error: unknown) => sqlState(error),
  )
}

test('arrays of bigints, bytes, moments and booleans go in as the first statement of a pool', async () => {
  const fresh = openDatabase({ url: db.url, connectionsMax: 1 })
  const { sql } = fresh
  const moment = new Date('2026-03-31T01:02:03.004Z')

  const rows = await sql`select * from unnest(${sql.array([5n, null], arrayOid.int8)}::bigint[],
    ${sql.array([new Uint8Array([1, 2]), null], arrayOid.bytea)}::bytea[],
    ${sql.array([moment, null], arrayOid.timestamptz)}::timestamptz[],
    ${sql.array([true, null], arrayOid.bool)}::bool[]) as t(n, b, t, f)`
  await fresh.close()

  expect(rows[0]).toEqual({ n: 5n, b: Buffer.from([1, 2]), t: moment, f: true })
  expect(rows[1]).toEqual({ n: null, b: null, t: null, f: null })
})

test('int8 comes out as a bigint and a day as its text', async () => {
  const [row] = await db.database.sql`select 9007199254740993::int8 as n, date '2026-03-31' as day`

  expect(row).toEqual({ n: 9_007_199_254_740_993n, day: '2026-03-31' })
})

test('a throw inside a transaction undoes what it did and comes out', async () => {
  const work = db.database.transaction(async (tx) => {
    await tx`insert into notes (text) values ('undone')`
    throw new Error('enough')
  })

  await expect(work).rejects.toThrow('enough')
  expect(await db.database.sql`select from notes where text = 'undone'`).toHaveLength(0)
})

test('a deadlock runs the losing transaction again, and both come to an end', async () => {
  await db.database.sql`insert into counters (name, value) values ('left', 0), ('right', 0)`
  let runs = 0
  let waiting = 0
  const barrier = new EventEmitter()
  const met = once(barrier, 'met')
  const crossed = (first: string, second: string) =>
    db.database.transaction(async (tx) => {
      runs++
      await tx`update counters set value = value + 1 where name = ${first}`
      // Only the first two runs hold one row each and reach for the other's; the repeat meets nobody.
      if (++waiting === 2) barrier.emit('met')
      await met
      await tx`update counters set value = value + 1 where name = ${second}`
    })

  await Promise.all([crossed('left', 'right'), crossed('right', 'left')])

  expect(runs).toBe(3)
  expect(await db.database.sql`select value from counters where name in ('left', 'right')`).toEqual([
    { value: 2 },
    { value: 2 },
  ])
})

test('a transaction that fails to serialize every time gives up after five runs', async () => {
  let runs = 0
  const work = db.database.transaction(async (tx) => {
    runs++
    await tx.unsafe(`do $$ begin raise exception 'lost' using errcode = '40001'; end $$`)
  })

  expect(await stateOf(work)).toBe('40001')
  expect(runs).toBe(5)
})

test.each([
  ['a database that only reads, as after a failover', 'set transaction read only', 'surroundings'],
  ['a statement that took too long', "set local statement_timeout = '1ms'; select pg_sleep(1)", 'surroundings'],
  ['no right to do it', "update notes set text = ''", 'surroundings'],
  ['a number that does not fit', 'select 9223372036854775808::int8', 'item'],
  ['a text with NUL', "select '\\u0000'::jsonb", 'item'],
  ['a connection that the server ended', 'select pg_terminate_backend(pg_backend_pid())', 'unknown'],
])('what a failure means: %s', async (_, statements, kind) => {
  const failure = await db.database
    .transaction(async (tx) => {
      await tx.unsafe(statements).simple()
      await tx`insert into notes (text) values ('never')`
    })
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  expect(failureKind(failure)).toBe(kind)
  expect(await db.database.sql`select from notes where text = 'never'`).toHaveLength(0)
})

test('after its connection is lost a transaction writes nothing more, least of all into the next one', async () => {
  const single = openDatabase({ url: db.url, connectionsMax: 1 })
  const asked = new EventEmitter()
  const refused = once(asked, 'refused')
  const lost = single.transaction(async (tx) => {
    const [own] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
    await db.database.sql`select pg_terminate_backend(${own?.pid ?? 0})`
    // The only connection is free again once it was lost and made anew.
    await single.sql`select 1`
    try {
      await tx`insert into notes (text) values ('too late')`
    } finally {
      asked.emit('refused')
    }
  })
  const failure = await lost.then(
    () => undefined,
    (error: unknown) => error,
  )
  await single.transaction(async (tx) => {
    await tx`insert into notes (text) values ('next')`
    await refused
    await tx`select 1`
  })
  await single.close()

  expect(failureKind(failure)).toBe('unknown')
  expect(await db.database.sql`select text from notes where text in ('too late', 'next')`).toEqual([{ text: 'next' }])
})

test('the service may insert into a table and not change, delete or empty it', async () => {
  const { sql } = db.database

  expect(await stateOf(sql`insert into notes (text) values ('kept')`)).toBe('done')
  expect(await stateOf(sql`update notes set text = 'changed'`)).toBe('42501')
  expect(await stateOf(sql`delete from notes`)).toBe('42501')
  expect(await stateOf(sql`truncate notes`)).toBe('42501')
  expect(await stateOf(sql`drop table notes`)).toBe('42501')
})

test('the service may not move its own clock', async () => {
  expect(await stateOf(db.database.sql`insert into clock_offset (milliseconds) values (1)`)).toBe('42501')
})

test('one login for all becomes the service role on every connection and stays it', async () => {
  const all = openDatabase({ url: db.administratorUrl, role: serviceRole, connectionsMax: 2 })

  const seen = await Promise.all([1, 2].map(() => all.sql`select current_user as name, pg_sleep(0.02)`))
  const changing = await stateOf(all.sql`update notes set text = 'changed'`)
  await all.close()

  expect(seen.map(([row]) => row?.['name'])).toEqual([serviceRole, serviceRole])
  expect(changing).toBe('42501')
})

test('a moved clock is moved for every process, in whole milliseconds', async () => {
  const own = await testDatabase()
  const other = openDatabase({ url: own.url, connectionsMax: 1 })
  const before = await own.database.now()

  await own.advance(3600)
  await own.advance(60)
  const after = await other.now()
  const [inSql] = await own.database.sql<{ whole: boolean }[]>`
    select date_trunc('milliseconds', t) = t as whole from database_now() t`
  await other.close()
  await own.drop()

  expect(after.getTime() - before.getTime()).toBeGreaterThanOrEqual(3_660_000)
  expect(after.getTime() - before.getTime()).toBeLessThan(3_720_000)
  expect(inSql?.whole).toBe(true)
})

test('now inside a transaction is asked on its own connection', async () => {
  const single = openDatabase({ url: db.url, connectionsMax: 1 })

  // A second connection would wait for the only one for ever.
  const now = await single.transaction((tx) => single.now(tx))
  await single.close()

  expect(now).toBeInstanceOf(Date)
})

test('what runs beside a failure in a transaction writes nothing behind its rollback', async () => {
  const hash = randomBytes(32)
  const outcome = db.database.transaction(async (tx) => {
    const slow = async () => {
      await tx`select pg_sleep(0.05)`
      await tx`insert into signature_materials (hash, der) values (${hash}, ${hash})`
    }
    await Promise.all([slow(), Promise.reject(new Error('one of two fails'))])
  })
  await expect(outcome).rejects.toThrow('one of two fails')
  await delay(200)
  expect(await db.database.sql`select from signature_materials where hash = ${hash}`).toHaveLength(0)
})

test('a transaction begins beside any number of statements that wait for a connection, and those are each their own', async () => {
  const crowded = openDatabase({ url: db.url, connectionsMax: 2 })
  const many = <T>(count: number, ask: () => T): T[] => Array.from({ length: count }, ask)
  const outcomes: unknown[] = []
  let written = 0
  // the client hands a connection up to a hundred statements at a time
  for (let before = 190; before < 210; before++) {
    await Promise.all(many(2, () => crowded.sql`select pg_sleep(0.01)`))
    const slow = many(before, () => crowded.sql`select`.execute())
    const begun = crowded.transaction(async (tx) => (await tx`select 1`).count)
    const after = many(10, () => crowded.sql`insert into notes (text) values ('crowded')`.execute())
    outcomes.push(await begun.catch((error: unknown) => error))
    await Promise.all([...slow, ...after])
    written += after.length
    expect(await db.database.sql`select from notes where text = 'crowded'`).toHaveLength(written)
  }
  expect(outcomes).toEqual(outcomes.map(() => 1))
  await crowded.close()
})
