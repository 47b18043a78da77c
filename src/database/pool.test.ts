import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { failureKind, openDatabase } from './database.ts'
import { renewedPool } from './pool.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

/** Ends every connection of that name, as a restart or a broken network does. */
async function cutConnections(name: string): Promise<number> {
  const rows = await db.owner.sql`
    select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${name} and pid <> pg_backend_pid()`
  return rows.length
}

test('while connections are cut again and again every statement is answered or fails as lost, and then all is well', async () => {
  const name = 'cut again and again'
  const database = openDatabase({ url: db.ownerUrl, connectionsMax: 4, applicationName: name })
  const strange: unknown[] = []
  const load = { answered: 0, lost: 0, goesOn: true }
  const ask = async (number: number) => {
    while (load.goesOn) {
      const asked = number % 2 === 0 ? [String(number), 'b'] : ['c']
      try {
        const rows = await database.sql<{ back: string[] }[]>`select ${asked}::text[] as back, pg_sleep(0.002)`
        if (rows[0]?.back.join() !== asked.join()) strange.push(rows)
        load.answered++
      } catch (error) {
        if (failureKind(error) === 'unknown') load.lost++
        else strange.push(error)
      }
    }
  }
  const callers = Array.from({ length: 12 }, (_, number) => ask(number))
  for (let cut = 0; cut < 10;) if ((await cutConnections(name)) > 0) cut++
  const enough = load.answered + 100
  while (load.answered < enough) await db.owner.sql`select 1`
  load.goesOn = false
  await Promise.all(callers)
  expect(strange).toEqual([])
  expect(load.lost).toBeGreaterThan(0)
  await database.close()
}, 120_000)

test('a closed pool opens no other', async () => {
  const name = 'closed for good'
  const database = openDatabase({ url: db.ownerUrl, connectionsMax: 2, applicationName: name })
  await database.sql`select 1`
  await database.close()
  await expect(database.sql`select 1`).rejects.toThrow('CONNECTION_ENDED')
})

test('an abandoned pool ends at once: what runs fails as lost, and the next statement has new connections', async () => {
  const pool = renewedPool((onclose) => postgres(db.ownerUrl, { max: 2, onclose }), {
    serveMilliseconds: 1,
    drainSeconds: 1,
  })
  const pidOf = async () => (await pool.sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid
  const before = await pidOf()
  const running = pool.sql`select pg_sleep(60)`.execute()
  pool.abandon()
  expect(failureKind(await running.catch((error: unknown) => error))).toBe('unknown')
  expect(await pidOf()).not.toBe(before)
  await pool.sql.end()
})
