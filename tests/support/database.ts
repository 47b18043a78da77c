import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../../src/database/database.ts'

/** A migrated, empty database of one's own. */
export type TestDatabase = {
  /** The service's way in: what the migrations granted. */
  url: string
  /** The schema owner's way in. */
  ownerUrl: string
  /** Everything's way in, to this database. */
  administratorUrl: string
  /** Open on `url`. */
  database: Database
  /** Open on `ownerUrl`. */
  owner: Database
  /** Moves the service's clock: `database.now()` and `database_now()` give that many seconds more (or fewer), in every process. */
  advance(seconds: number): Promise<void>
  /** Closes both and drops the database. Idle ones cost nothing: leaving it to the end of the run is fine. */
  drop(): Promise<void>
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

async function onCluster(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(inject('testCluster').administratorUrl, { max: 1, onnotice: () => undefined })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}

/** A database that nothing was migrated into: for tests of migrations. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return copyOf('template0')
}

/** A fresh copy of the migrated template on the run's cluster (about 50 ms). One per test file, or per test where it matters. */
export async function testDatabase(options: { connectionsMax?: number } = {}): Promise<TestDatabase> {
  return copyOf(inject('testCluster').template, options)
}

async function copyOf(template: string, options: { connectionsMax?: number } = {}): Promise<TestDatabase> {
  const cluster = inject('testCluster')
  const name = `test_${randomBytes(8).toString('hex')}`
  await onCluster((sql) => sql.unsafe(`create database ${name} template ${template} owner meterai_owner`))
  const url = withDatabase(cluster.serviceUrl, name)
  const ownerUrl = withDatabase(cluster.ownerUrl, name)
  const database = openDatabase({ url, ...options })
  const owner = openDatabase({ url: ownerUrl, connectionsMax: 2 })
  return {
    url,
    ownerUrl,
    administratorUrl: withDatabase(cluster.administratorUrl, name),
    database,
    owner,
    async advance(seconds) {
      const milliseconds = BigInt(Math.round(seconds * 1000))
      await owner.sql`insert into clock_offset (milliseconds) values (${milliseconds})
        on conflict (singleton) do update set milliseconds = clock_offset.milliseconds + excluded.milliseconds`
    },
    async drop() {
      await database.close()
      await owner.close()
      await onCluster((sql) => sql.unsafe(`drop database if exists ${name} with (force)`))
    },
  }
}
