import type { Database } from '../database/database.ts'
import { statusKeptMilliseconds } from '../limits/traffic.ts'
import { openDatabaseFigures } from './database-figures.ts'
import type { ReadyChecks } from './health.ts'

/** How the service does, for anyone: each part works or not, and how many affixings are on their way, where that is known. */
export type ServiceStatus = {
  parts: Record<keyof ReadyChecks, boolean>
  allWell: boolean
  at: Date
  reserved?: number
  oldestReservedSeconds?: number
}

/** Looks at most once in some seconds, however many people ask: what all ask about on a bad day must not make it worse. */
export function openServiceStatus(on: { ready: ReadyChecks; database: Database }): () => Promise<ServiceStatus> {
  const now = () => performance.now()
  const readFigures = openDatabaseFigures(on.database, now)
  let looking: Promise<ServiceStatus> | undefined
  let until = -Infinity
  return () => {
    if (looking !== undefined && now() < until) return looking
    until = now() + statusKeptMilliseconds
    looking = look(on.ready, readFigures)
    return looking
  }
}

async function look(ready: ReadyChecks, readFigures: ReturnType<typeof openDatabaseFigures>): Promise<ServiceStatus> {
  const works = (check: () => Promise<void>) =>
    check().then(
      () => true,
      () => false,
    )
  const [database, migrations, signer, timestamp, figures] = await Promise.all([
    works(ready.database),
    works(ready.migrations),
    works(ready.signer),
    works(ready.timestamp),
    readFigures().catch(() => undefined),
  ])
  return {
    parts: { database, migrations, signer, timestamp },
    allWell: database && migrations && signer && timestamp,
    at: new Date(),
    ...(figures === undefined
      ? {}
      : { reserved: figures.reserved, oldestReservedSeconds: Math.round(figures.oldestReservedSeconds) }),
  }
}
