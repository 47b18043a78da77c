import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase, serviceRole, type Queryable, type Tx } from './database.ts'

/** The numbered files that make the schema. */
export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

/** One numbered file of SQL. */
export type Migration = { number: number; name: string; sha256: string; text: string }

/** What a run did: names of the migrations it applied (others may have applied the rest), and how many there are in all. */
export type Migrated = { applied: string[]; total: number }

// Any number, but always this one: every process of every version waits for the same lock.
const lockKey = 7_316_880_211

// Only the owner writes these: the service reads them.
const ownersTables = ['schema_migrations', 'clock_offset', 'schema_floor']

const oldestMajor = 15

/** The migrations of a folder, in order. Throws when a file is named otherwise than `NNNN-name.sql` or two bear one number. */
export async function readMigrations(folder: string = migrationsFolder): Promise<Migration[]> {
  const migrations: Migration[] = []
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()) {
    const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file)
    if (match?.[1] === undefined)
      throw new Error(`Migration ${file} is misnamed; name it NNNN-name.sql, as 0012-orders.sql.`)
    const text = await readFile(join(folder, file), 'utf8')
    const sha256 = createHash('sha256').update(text).digest('hex')
    const number = Number(match[1])
    const twin = migrations.find((other) => other.number === number)
    if (twin !== undefined)
      throw new Error(`Migrations ${twin.name} and ${file} bear the same number; give one the next free number.`)
    migrations.push({ number, name: file, sha256, text })
  }
  return migrations
}

type Applied = { number: number; name: string; sha256: string }

/** The next migration to apply; throws when what is applied and what is on disk disagree. */
function nextOf(migrations: readonly Migration[], applied: readonly Applied[]): Migration | undefined {
  for (const row of applied) {
    const file = migrations.find((migration) => migration.number === row.number)
    // Numbers beyond ours are a newer version's, which keeps this version working.
    if (file === undefined || file.sha256 === row.sha256) continue
    throw new Error(
      `Migration ${file.name} was changed after it was applied as ${row.name} (SHA-256 ${row.sha256}, now ${file.sha256}). ` +
        'Restore the file as it was, and put the change into a new migration.',
    )
  }
  const last = applied.at(-1)?.number ?? -1
  const next = migrations.find((migration) => !applied.some((row) => row.number === migration.number))
  if (next !== undefined && next.number < last)
    throw new Error(
      `Migration ${next.name} was never applied, but number ${last} was; migrations run in order only. ` +
        `Give it a number above ${last}.`,
    )
  return next
}

/** Roles belong to the whole cluster, so another database's migration may make it at the same moment. */
async function makeServiceRole(tx: Tx): Promise<void> {
  const [found] = await tx`select from pg_roles where rolname = ${serviceRole}`
  if (found === undefined) {
    await tx.unsafe(`do $$ begin
      create role ${serviceRole} nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'The role ${serviceRole} is missing and % may not make it; as an administrator run: create role ${serviceRole} nologin', current_user;
    end $$`)
  }
}

async function prepare(tx: Tx): Promise<void> {
  const [server] = await tx<{ version: number; encoding: string }[]>`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`
  const major = Math.floor((server?.version ?? 0) / 10_000)
  if (major < oldestMajor)
    throw new Error(
      `The database is PostgreSQL ${major}; the service needs ${oldestMajor} or newer: upgrade the server.`,
    )
  if (server?.encoding !== 'UTF8')
    throw new Error(
      `The database's encoding is ${server?.encoding}; create it with: create database ... encoding 'UTF8' template template0`,
    )
  await makeServiceRole(tx)
  await tx.unsafe(`create table if not exists schema_migrations (
    number int primary key,
    name text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz not null default clock_timestamp()
  )`)
}

/** Reading and inserting, for every table; changing and deleting is granted by each migration where the law allows it. */
async function grantToService(tx: Tx): Promise<void> {
  await tx.unsafe(`grant usage on schema public to ${serviceRole}`)
  const tables = await tx<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname`
  for (const { name } of tables) {
    const rights = ownersTables.includes(name) ? 'select' : 'select, insert'
    await tx`grant ${tx.unsafe(rights)} on ${tx(name)} to ${tx(serviceRole)}`
  }
}

/**
 * Brings the schema of `ownerUrl` up to date: each migration (of `folder`, where they were not read yet) once, in order, each in its own transaction
 * under one advisory lock, so any number of processes may call this at once and repeating is harmless.
 * Throws, naming the file, when an applied migration was changed, one was skipped, or its SQL fails; SchemaTooNew when the
 * schema no longer carries this version.
 */
export async function migrate(options: {
  ownerUrl: string
  folder?: string
  migrations?: readonly Migration[]
}): Promise<Migrated> {
  const migrations = options.migrations ?? (await readMigrations(options.folder))
  const database = openDatabase({ url: options.ownerUrl, connectionsMax: 1, applicationName: 'openmeterai migrate' })
  // The lock lives as long as the transaction: a process that dies, or a connection that is replaced, leaves nothing behind.
  const locked = <T>(work: (tx: Tx) => Promise<T>) =>
    database.transaction(async (tx) => {
      await tx`select set_config('statement_timeout', '0', true)`
      await tx`select pg_advisory_xact_lock(${lockKey})`
      return work(tx)
    })
  try {
    await locked(prepare)
    await locked((tx) => refuseBelowFloor(tx, migrations))
    const applied: string[] = []
    // One more turn than there are files: the last finds nothing to do.
    for (let turn = 0; turn <= migrations.length; turn++) {
      const name = await locked((tx) => applyNext(tx, migrations))
      if (name === undefined) break
      applied.push(name)
    }
    await locked(grantToService)
    return { applied, total: migrations.length }
  } finally {
    await database.close()
  }
}

/** This version is older than the schema allows; the message is for people and has the way out. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'
}

/**
 * Throws SchemaTooNew when the schema's floor lies above `known`, the highest migration this version brings: what it
 * reads or writes was taken away. Numbers above ours below the floor are additions, which we work with.
 */
export async function checkSchemaFloor(sql: Queryable, known: number): Promise<void> {
  const [row] = await sql<{ number: number }[]>`select number from schema_floor`
  if (row !== undefined && row.number > known)
    throw new SchemaTooNew(
      `This version knows the database's schema up to number ${known}, but the schema needs a version that knows ` +
        `number ${row.number} or higher: a newer release has taken away what this one uses. Nothing was changed; start the newer release.`,
    )
}

async function refuseBelowFloor(tx: Tx, migrations: readonly Migration[]): Promise<void> {
  // An empty database, or one from before there was a floor.
  const [table] = await tx<{ there: boolean }[]>`select to_regclass('schema_floor') is not null as there`
  if (table?.there === true) await checkSchemaFloor(tx, migrations.at(-1)?.number ?? -1)
}

async function applyNext(tx: Tx, migrations: readonly Migration[]): Promise<string | undefined> {
  const done = await tx<Applied[]>`select number, name, sha256 from schema_migrations order by number`
  const next = nextOf(migrations, done)
  if (next === undefined) return undefined
  try {
    await tx.unsafe(next.text).simple()
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new Error(`Migration ${next.name} failed and was undone: ${said}`, { cause: error })
  }
  await tx`insert into schema_migrations (number, name, sha256) values (${next.number}, ${next.name}, ${next.sha256})`
  return next.name
}
