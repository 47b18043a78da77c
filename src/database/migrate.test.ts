import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { checkSchemaFloor, migrate, readMigrations, SchemaTooNew } from './migrate.ts'

let db: TestDatabase
let folder: string

beforeEach(async () => {
  db = await emptyDatabase()
  folder = await mkdtemp(join(tmpdir(), 'openmeterai-migrations-'))
})

afterEach(async () => {
  await db.drop()
  await rm(folder, { recursive: true })
})

async function put(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text)
}

const run = () => migrate({ ownerUrl: db.ownerUrl, folder })

test('twenty at once apply each migration exactly once', async () => {
  const files = await readMigrations()

  const runs = await Promise.all(Array.from({ length: 20 }, () => migrate({ ownerUrl: db.ownerUrl })))

  const applied = runs.flatMap((one) => one.applied)
  expect(applied.toSorted()).toEqual(files.map((file) => file.name))
  const rows = await db.owner.sql`select number, name, sha256 from schema_migrations order by number`
  expect([...rows]).toEqual(files.map(({ number, name, sha256 }) => ({ number, name, sha256 })))
})

test('a second run changes nothing', async () => {
  await put('0000-first.sql', 'create table first (id int)')
  await run()

  expect(await run()).toEqual({ applied: [], total: 1 })
})

test('a migration added later is applied alone, and its table is granted', async () => {
  await put('0000-first.sql', 'create table first (id int)')
  await run()
  await put('0001-second.sql', 'create table second (id int)')

  expect((await run()).applied).toEqual(['0001-second.sql'])
  expect(await db.database.sql`insert into second (id) values (1) returning id`).toEqual([{ id: 1 }])
})

test('an applied migration that was changed is refused by name, with the way out', async () => {
  await put('0000-first.sql', 'create table first (id int)')
  await run()
  await put('0000-first.sql', 'create table first (id bigint)')

  await expect(run()).rejects.toThrow(/0000-first\.sql was changed after it was applied.*into a new migration/)
})

test('a migration that fails leaves nothing of itself and everything before it', async () => {
  await put('0000-first.sql', 'create table first (id int)')
  await put('0001-second.sql', 'create table second (id int); select 1 / 0')

  await expect(run()).rejects.toThrow(/0001-second\.sql failed and was undone: division by zero/)
  const rows = await db.owner.sql`select relname as name from pg_class where relname in ('first', 'second')`
  expect([...rows]).toEqual([{ name: 'first' }])
})

test('a number below the last applied one is refused', async () => {
  await put('0002-second.sql', 'select 1')
  await run()
  await put('0001-late.sql', 'select 1')

  await expect(run()).rejects.toThrow(/0001-late\.sql was never applied, but number 2 was.*above 2/)
})

test('migrations of a newer version are left alone', async () => {
  await put('0000-first.sql', 'select 1')
  await put('0001-newer.sql', 'select 1')
  await run()
  await rm(join(folder, '0001-newer.sql'))

  expect(await run()).toEqual({ applied: [], total: 1 })
})

test('two files with one number, and a misnamed file, are refused before anything runs', async () => {
  await put('0001-one.sql', 'create table one (id int)')
  await put('0001-other.sql', 'select 1')
  await expect(run()).rejects.toThrow(/0001-one\.sql and 0001-other\.sql bear the same number/)

  await rm(join(folder, '0001-other.sql'))
  await put('2-Two.sql', 'select 1')
  await expect(run()).rejects.toThrow(/2-Two\.sql is misnamed/)
  expect(await db.owner.sql`select from pg_class where relname = 'one'`).toHaveLength(0)
})

const floorTable = 'create table schema_floor (singleton boolean primary key default true, number int not null)'

test('a version below the floor is refused with both numbers and the way out, and changes nothing', async () => {
  await put('0000-first.sql', `${floorTable}; insert into schema_floor (number) values (0)`)
  await put('0001-contract.sql', 'update schema_floor set number = 1')
  await run()
  await rm(join(folder, '0001-contract.sql'))

  await expect(run()).rejects.toThrow(SchemaTooNew)
  await expect(run()).rejects.toThrow(/up to number 0, but .* knows number 1 or higher.*start the newer release/)
})

test('a version at the floor runs, with later additions above it', async () => {
  await put('0000-first.sql', `${floorTable}; insert into schema_floor (number) values (0)`)
  await put('0001-contract.sql', 'update schema_floor set number = 1')
  await put('0002-expand.sql', 'create table added (id int)')
  await run()
  await rm(join(folder, '0002-expand.sql'))

  expect(await run()).toEqual({ applied: [], total: 2 })
})

test('a version that runs while the floor rises above it finds out, as the service itself', async () => {
  await migrate({ ownerUrl: db.ownerUrl })
  const known = (await readMigrations()).at(-1)?.number ?? -1
  await checkSchemaFloor(db.database.sql, known)
  await db.owner.sql`update schema_floor set number = ${known + 1}`

  await expect(checkSchemaFloor(db.database.sql, known)).rejects.toThrow(SchemaTooNew)
  await expect(db.database.sql`update schema_floor set number = 0`).rejects.toThrow(/permission denied/)
})
