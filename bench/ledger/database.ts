import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newUuid } from '../../src/base/ids.ts'
import { openDatabase, type Database } from '../../src/database/database.ts'
import { startEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { applyTransfers } from '../../src/ledger/transfers.ts'

/** A cluster of the bench's own, as the service starts it (fsync on), with a migrated database. */
export type BenchDatabase = {
  /** The service's way in. */
  url: string
  /** The schema owner's way in. */
  ownerUrl: string
  /** Everything's way in, to the same database. */
  administratorUrl: string
  /** Open on `url`, as many connections as a service has. */
  database: Database
  /** Stops the cluster and removes its folder. */
  remove(): Promise<void>
}

/** Starts it in a new folder under the system's temporary one. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'openmeterai-ledger-'))
  // PostgreSQL's own user has to get through.
  chmodSync(folder, 0o711)
  const embedded = await startEmbedded({ dataFolder: folder })
  await migrate({ ownerUrl: embedded.ownerUrl })
  const database = openDatabase({ url: embedded.serviceUrl })
  const administratorUrl = new URL(embedded.administratorUrl)
  administratorUrl.pathname = new URL(embedded.serviceUrl).pathname
  return {
    url: embedded.serviceUrl,
    ownerUrl: embedded.ownerUrl,
    administratorUrl: administratorUrl.href,
    database,
    async remove() {
      await database.close()
      await embedded.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What no run of the bench uses up. */
const unitsOfAnAccount = 1_000_000_000n

/** Accounts of the ledger `stamps` with more units than a bench can use. */
export async function openAccounts(database: Database, count: number): Promise<string[]> {
  const at = await database.now()
  const accountIds = Array.from({ length: count }, () => newUuid(at))
  for (let first = 0; first < count; first += 1000) {
    const some = accountIds.slice(first, first + 1000)
    await database.transaction(async (tx) => {
      // As openAccount does, for a thousand at once.
      await tx`insert into ledger_accounts (account_id, ledger, kind) select unnest(${some}::uuid[]), 'stamps', 'quota'`
      await applyTransfers(
        tx,
        some.map((accountId) => ({
          accountId,
          id: newUuid(at),
          type: 'posted',
          ledger: 'stamps',
          debit: 'treasury',
          credit: 'quota',
          amount: unitsOfAnAccount,
          purpose: 'grant',
        })),
        at,
      )
    })
  }
  return accountIds
}
