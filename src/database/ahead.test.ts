import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { transactionsAhead } from './ahead.ts'
import { failureKind, openDatabase } from './database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
  await db.owner.sql`create table notes (text text)`
})
afterAll(() => db.drop())

/** Connections of this name that have a transaction open and nothing to do in it. */
async function standing(name: string): Promise<number> {
  const rows = await db.owner.sql`
    select from pg_stat_activity where application_name = ${name} and state = 'idle in transaction'`
  return rows.length
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(5)
}

test('work goes into the transaction that stands ready, once; the next has one of its own', async () => {
  const name = 'ahead once'
  const database = openDatabase({ url: db.ownerUrl, applicationName: name })
  const ahead = transactionsAhead(database, 60_000)
  ahead.begin()
  ahead.begin()
  await until(async () => (await standing(name)) > 0)
  expect(await standing(name)).toBe(1)
  const write = (text: string) => ahead.run(async (tx) => (await tx`insert into notes values (${text})`).count)
  expect(await Promise.all([write('taken'), write('of its own')])).toEqual([1, 1])
  expect(await standing(name)).toBe(0)
  const rows = await database.sql<{ text: string }[]>`select text from notes order by text`
  expect(rows.map(({ text }) => text)).toEqual(['of its own', 'taken'])
  await expect(ahead.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  ahead.begin()
  const failing = ahead.run(async (tx) => {
    await tx`insert into notes values ('undone')`
    throw new Error('after all')
  })
  await expect(failing).rejects.toThrow('after all')
  expect(await database.sql`select from notes where text = 'undone'`).toHaveLength(0)
  await database.close()
})

test('one that nobody takes ends by itself', async () => {
  const name = 'ahead in vain'
  const database = openDatabase({ url: db.ownerUrl, applicationName: name })
  const ahead = transactionsAhead(database, 300)
  ahead.begin()
  await until(async () => (await standing(name)) > 0)
  await until(async () => (await standing(name)) === 0)
  expect(await ahead.run(async (tx) => (await tx`select 1`).count)).toBe(1)
  await database.close()
})

test('one that is lost while it stands ready hurts nobody; who takes it at that moment hears of the loss', async () => {
  const name = 'ahead and lost'
  const database = openDatabase({ url: db.ownerUrl, applicationName: name })
  const ahead = transactionsAhead(database, 60_000)
  const cut = () =>
    db.owner.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${name}`
  ahead.begin()
  await until(async () => (await standing(name)) > 0)
  await cut()
  const outcomes: unknown[] = []
  for (let tries = 0; tries < 20 && outcomes.at(-1) !== 1; tries++) {
    outcomes.push(
      await ahead.run(async (tx) => (await tx`select 1`).count).catch((error: unknown) => failureKind(error)),
    )
  }
  expect(outcomes.at(-1)).toBe(1)
  expect(outcomes.slice(0, -1).every((outcome) => outcome === 'unknown')).toBe(true)
  await database.close()
})
