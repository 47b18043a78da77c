import { openDatabase, serviceRole, type Database } from '../database/database.ts'
import { runningEmbedded, startEmbedded } from '../database/embedded.ts'
import { migrate } from '../database/migrate.ts'
import { makePartitions } from '../database/partitions.ts'

/** Where the database is, as it was configured: without addresses it is embedded in the data folder. */
export type DatabasePlace = {
  dataFolder: string
  databaseUrl?: string | undefined
  databaseOwnerUrl?: string | undefined
}

/** Ways into a database: `ownerUrl` for migrations; `role` where one login serves both (demo mode). */
export type DatabaseAccess = { url: string; ownerUrl: string; role?: string; stop(): Promise<void> }

/** Starts the embedded one where none is configured. */
export async function openAccess({
  dataFolder,
  databaseUrl,
  databaseOwnerUrl,
}: DatabasePlace): Promise<DatabaseAccess> {
  if (databaseUrl === undefined) {
    const embedded = await startEmbedded({ dataFolder })
    return { url: embedded.serviceUrl, ownerUrl: embedded.ownerUrl, stop: () => embedded.stop() }
  }
  const nothing = () => Promise.resolve()
  if (databaseOwnerUrl !== undefined) return { url: databaseUrl, ownerUrl: databaseOwnerUrl, stop: nothing }
  return { url: databaseUrl, ownerUrl: databaseUrl, role: serviceRole, stop: nothing }
}

/** How the service logs in. */
export function loginOf({ url, role }: Pick<DatabaseAccess, 'url' | 'role'>): { url: string; role?: string } {
  return { url, ...(role === undefined ? {} : { role }) }
}

/** The embedded one that a running service has open, which is its to stop. */
async function findRunning({ databaseUrl, dataFolder }: DatabasePlace): Promise<DatabaseAccess | undefined> {
  const running = databaseUrl === undefined ? await runningEmbedded(dataFolder) : undefined
  if (running === undefined) return undefined
  return { url: running.serviceUrl, ownerUrl: running.ownerUrl, stop: () => Promise.resolve() }
}

/** The database for one command: beside a running service, or started for the command alone. */
export async function withDatabase<T>(place: DatabasePlace, work: (database: Database) => Promise<T>): Promise<T> {
  const running = await findRunning(place)
  const access = running ?? (await openAccess(place))
  const database = openDatabase({ ...loginOf(access), connectionsMax: 2 })
  try {
    if (running === undefined) await migrate({ ownerUrl: access.ownerUrl })
    return await work(database)
  } finally {
    await database.close()
    await access.stop()
  }
}

/** Brings the schema up to this version, beside a running service or alone. */
export async function migrateAt(place: DatabasePlace): ReturnType<typeof migrate> {
  const access = (await findRunning(place)) ?? (await openAccess(place))
  try {
    const outcome = await migrate({ ownerUrl: access.ownerUrl })
    await makePartitions(access.ownerUrl)
    return outcome
  } finally {
    await access.stop()
  }
}
