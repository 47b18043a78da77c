import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { openDatabase, type Database } from '../../src/database/database.ts'
import { type Embedded, startEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { makePartitions } from '../../src/database/partitions.ts'
import { grantUnits, openHolder } from '../../src/identity/accounts.ts'
import { makeApiKey, storeApiKey } from '../../src/identity/api-keys.ts'
import { newUuid } from '../../src/base/ids.ts'
import { recountLedger } from '../../src/ledger/recount.ts'
import { plainFunctions } from './plain-functions.ts'
import { type RunningService, type ServiceOptions, startBenchService } from './service.ts'

/** API keys of the accounts that pay: one hot account, or many of which each affixing draws one. */
export type Keys = { hot: readonly string[]; many: readonly string[] }

/** One cluster (fsync on) with its accounts, and the services on it. */
export type Scene = {
  embedded: Embedded
  database: Database
  keys: Keys
  /** Folder of the scene; gone with it. */
  folder: string
  start(options: Omit<ServiceOptions, 'database' | 'dataFolder'>): Promise<RunningService>
  /** Recounts everything; throws with the faults where the ledger is not clean. */
  checkLedger(): Promise<void>
  stop(): Promise<void>
}

const manyAccounts = 1_000
const grantedUnits = 100_000_000n

/** Makes it in a temporary folder; `stop` removes it. */
export async function openScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'openmeterai-affix-'))
  // The database's user passes through to its cluster, so that all of it is gone with the folder.
  await chmod(folder, 0o711)
  const embedded = await startEmbedded({ dataFolder: join(folder, 'database') })
  await migrate({ ownerUrl: embedded.ownerUrl })
  await makePartitions(embedded.ownerUrl)
  const owner = postgres(embedded.ownerUrl, { max: 1, onnotice: () => undefined })
  await owner.unsafe(plainFunctions)
  await owner.end()
  const database = openDatabase({ url: embedded.serviceUrl, connectionsMax: 2, applicationName: 'bench' })
  const [hot = ''] = await makeAccounts(database, 1)
  const many: string[] = []
  while (many.length < manyAccounts) many.push(...(await makeAccounts(database, 100)))
  const services: RunningService[] = []
  let firstFolder: string | undefined
  return {
    embedded,
    database,
    keys: { hot: [hot], many },
    folder,
    async start(options) {
      // One folder a kind of key: services of one kind share the authority that lies there.
      const dataFolder = join(folder, options.keyAlgorithm)
      await mkdir(dataFolder, { recursive: true })
      // All of them share the database, and so the key of its secrets.
      if (firstFolder !== undefined && firstFolder !== dataFolder)
        await copyFile(join(firstFolder, 'service-key'), join(dataFolder, 'service-key'))
      firstFolder ??= dataFolder
      const service = await startBenchService({ ...options, dataFolder, database: embedded })
      services.push(service)
      return service
    },
    async checkLedger() {
      const { clean, faults } = await recountLedger(database.sql)
      if (!clean) throw new Error(`the ledger is not clean: ${JSON.stringify(faults.slice(0, 5))}`)
    },
    async stop() {
      for (const service of services) await service.stop()
      await database.close()
      await embedded.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Accounts with quota enough for every load, and a live key of each. */
async function makeAccounts(database: Database, count: number): Promise<string[]> {
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const keys: string[] = []
    for (let made = 0; made < count; made++) {
      const { accountId } = await openHolder(tx, { name: `Bench ${newUuid(at)}`, at })
      await grantUnits(tx, { accountId, id: newUuid(at), ledger: 'stamps', units: grantedUnits, at })
      const key = makeApiKey('live')
      await storeApiKey(tx, { key, accountId, kind: 'live', label: 'bench', at })
      keys.push(key)
    }
    return keys
  })
}
