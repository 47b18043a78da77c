import { access, chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import postgres from 'postgres'
import { runningEmbedded, startEmbedded } from '../../src/database/embedded.ts'
import { claimDataFolder } from '../../src/database/instance.ts'
import { migrate } from '../../src/database/migrate.ts'

/** Where the run's cluster is, and the database that every test database is copied from. */
export type TestCluster = { serviceUrl: string; ownerUrl: string; administratorUrl: string; template: string }

declare module 'vitest' {
  interface ProvidedContext {
    testCluster: TestCluster
  }
}

const template = 'meterai_template'

/** `url` with another database's name. */
function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

const prefix = 'openmeterai-test-'

/** Removes what runs that were killed left behind; a folder that a living run holds is refused by its claim. */
async function sweepAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const dataFolder = join(tmpdir(), name)
    // Without the file it is another run's that has just begun.
    const begun =
      name.startsWith(prefix) &&
      (await access(join(dataFolder, 'instance.json')).then(
        () => true,
        () => false,
      ))
    if (!begun) continue
    const claim = await claimDataFolder(dataFolder)
    if (!claim.ok) continue
    if ((await runningEmbedded(dataFolder)) !== undefined) await (await startEmbedded({ dataFolder })).stop()
    await claim.release()
    await rm(dataFolder, { recursive: true, force: true })
  }
}

/** Starts one cluster for the whole run, with a migrated database to copy; stops and removes it at the end. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await sweepAbandoned()
  const dataFolder = await mkdtemp(join(tmpdir(), prefix))
  // PostgreSQL's own user has to get through.
  await chmod(dataFolder, 0o711)
  const claim = await claimDataFolder(dataFolder)
  if (!claim.ok) throw new Error(claim.message)
  const embedded = await startEmbedded({
    dataFolder,
    // Tests kill processes, not machines: what a process wrote survives it without fsync.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300', max_wal_size: '4GB' },
  })
  const sql = postgres(embedded.administratorUrl, { max: 1, onnotice: () => undefined })
  await sql.unsafe(`create database ${template} owner meterai_owner`)
  await migrate({ ownerUrl: withDatabase(embedded.ownerUrl, template) })
  await sql.end()
  const { serviceUrl, ownerUrl, administratorUrl } = embedded
  project.provide('testCluster', { serviceUrl, ownerUrl, administratorUrl, template })
  return async () => {
    await embedded.stop()
    await claim.release()
    await rm(dataFolder, { recursive: true, force: true })
  }
}
