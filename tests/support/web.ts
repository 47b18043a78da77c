import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { AffixingGiven, AffixingParts } from '../../src/affixing/affixing-parts.ts'
import { openAffixing } from '../../src/affixing/lanes.ts'
import { openPdfWorker } from '../../src/affixing/pdf-worker.ts'
import { openStampings } from '../../src/affixing/stampings.ts'
import { newUuid } from '../../src/base/ids.ts'
import type { Database } from '../../src/database/database.ts'
import { routes } from '../../src/base/receiver.ts'
import { openSealing } from '../../src/base/sealing.ts'
import { openBlobs } from '../../src/blobs/blobs.ts'
import { openPeople, type People } from '../../src/assembly/people.ts'
import { grantUnits, openHolder } from '../../src/identity/accounts.ts'
import { makeApiKey, storeApiKey } from '../../src/identity/api-keys.ts'
import { openAuthority } from '../../src/signing/authority.ts'
import { openStampSigner } from '../../src/signing/stamp-signer.ts'
import { openTrustBundle } from '../../src/signing/trust-bundle.ts'
import { openPurchases, type PaymentSettings } from '../../src/assembly/purchases.ts'
import { freePort } from '../../src/base/free-port.ts'
import type { PurchaseWeb } from '../../src/web/api/purchases.ts'
import { buildServer, type WebParts } from '../../src/web/server.ts'
import { testDatabase, type TestDatabase } from './database.ts'

/** The HTTP service on a database of its own, called with `app.inject` or over loopback at `url`. */
export type TestWeb = {
  app: FastifyInstance
  url: string
  db: TestDatabase
  affixing: AffixingParts
  /** Buying, by the simulator unless the settings say otherwise. */
  selling: PurchaseWeb
  people: People
  /** Where its files lie. */
  blobFolder: string
  /** Of the specimen signer. */
  authorityFolder: string
  /** Log lines so far. */
  logged: string[]
  /** A new account with this quota: its two keys. */
  openAccount(units: number): Promise<{ accountId: string; liveKey: string; testKey: string }>
  /** Another live key of an account. */
  addKey(accountId: string): Promise<string>
  /** More stamps for an account. */
  grant(accountId: string, units: number): Promise<void>
  close(): Promise<void>
}

/** What the test service makes its webhooks' secrets of. */
export const webhookKey = Buffer.alloc(32, 7)

/** As an empty environment has them. */
const plainPayments: PaymentSettings = {
  gateway: 'simulator',
  midtransKey: undefined,
  midtransUrl: 'http://localhost:9',
  xenditKey: undefined,
  xenditCallbackToken: undefined,
  xenditUrl: 'http://localhost:9',
  qrisMinutes: 30,
  accountHours: 24,
}

/** What the test service seals with. */
export const testSealing = openSealing(webhookKey)

/**
 * Opens the service. `change` may replace parts, such as a signer that fails; `more` parts of the way in; `payments` are settings of who takes the money.
 */
export async function testWeb(
  change: (parts: AffixingGiven) => Partial<AffixingGiven> = () => ({}),
  more: (database: Database) => Partial<WebParts> = () => ({}),
  { payments = {} }: { payments?: Partial<PaymentSettings> } = {},
): Promise<TestWeb> {
  const db = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'meterai-web-'))
  const authority = await openAuthority(join(folder, 'authority'))
  const signer = await openStampSigner({ authority })
  const plain: AffixingGiven = {
    database: db.database,
    signers: { specimen: signer, specimensForLiveKeys: true },
    publicUrl: 'http://localhost:8080',
    location: 'Jakarta',
    randomBytes,
  }
  const affixing = openAffixing({ ...plain, ...change(plain) })
  const worker = openPdfWorker()
  const logged: string[] = []
  const fine = () => Promise.resolve()
  const port = await freePort('127.0.0.1')
  const selling = openPurchases({
    settings: { ...plainPayments, ...payments },
    database: db.database,
    serviceKey: webhookKey,
    mode: 'demo',
    serviceUrl: `http://127.0.0.1:${port}`,
  })
  const blobs = await openBlobs(join(folder, 'blobs'))
  const site = { rpId: 'localhost', origin: plain.publicUrl }
  const people = openPeople({ database: db.database, sealing: testSealing, blobs, simulated: true, site })
  const app = await buildServer({
    affixing,
    stampings: openStampings({ affixing, blobs, worker }),
    trustBundle: openTrustBundle({ authority, signers: [signer], service: affixing.publicUrl }),
    webhooks: { serviceKey: webhookKey, targets: 'any' },
    selling,
    people: people.web,
    confirming: people.confirming,
    inbox: { database: db.database, sealing: testSealing, routes, host: 'localhost' },
    ready: { database: fine, migrations: fine, signer: fine, timestamp: fine },
    demo: true,
    openToOthers: false,
    version: '0.0.0',
    help: {},
    logLevel: 'info',
    logTo: { write: (line) => void logged.push(line) },
    ...more(db.database),
  })
  const url = await app.listen({ port, host: '127.0.0.1' })
  return {
    app,
    url,
    db,
    affixing,
    selling,
    people,
    blobFolder: join(folder, 'blobs'),
    authorityFolder: authority.folder,
    logged,
    openAccount: (units) =>
      db.database.transaction(async (tx) => {
        const at = await db.database.now(tx)
        const { accountId, testAccountId } = await openHolder(tx, { name: `Akun ${newUuid(at)}`, at })
        const keys = { liveKey: makeApiKey('live'), testKey: makeApiKey('test') }
        await storeApiKey(tx, { key: keys.liveKey, accountId, kind: 'live', label: 'test', at })
        await storeApiKey(tx, { key: keys.testKey, accountId: testAccountId, kind: 'test', label: 'test', at })
        if (units > 0) await grantUnits(tx, { accountId, id: newUuid(at), ledger: 'stamps', units: BigInt(units), at })
        return { accountId, ...keys }
      }),
    addKey: (accountId) =>
      db.database.transaction(async (tx) => {
        const key = makeApiKey('live')
        await storeApiKey(tx, { key, accountId, kind: 'live', label: 'second', at: await db.database.now(tx) })
        return key
      }),
    grant: (accountId, units) =>
      db.database.transaction(async (tx) => {
        const at = await db.database.now(tx)
        await grantUnits(tx, { accountId, id: newUuid(at), ledger: 'stamps', units: BigInt(units), at })
      }),
    async close() {
      await app.close()
      worker.close()
      people.close()
      await db.drop()
      await rm(folder, { recursive: true })
    },
  }
}
