import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openAffixing } from './affixing/lanes.ts'
import { openPdfWorker } from './affixing/pdf-worker.ts'
import { openStampings } from './affixing/stampings.ts'
import { batchJob } from './affixing/batches/finish-batches.ts'
import { upkeepJobs } from './affixing/upkeep-jobs.ts'
import { systemClock } from './base/clock.ts'
import { freePort } from './base/free-port.ts'
import { startJobs } from './base/jobs.ts'
import { openSealing } from './base/sealing.ts'
import { startTracing } from './base/traces.ts'
import { checkAudit } from './audit/audit-chain.ts'
import { loginOf, migrateAt, openAccess, withDatabase } from './assembly/database-access.ts'
import { issuerArtwork } from './assembly/issuer-artwork.ts'
import { openServiceKey } from './assembly/service-key.ts'
import { StartRefused } from './assembly/start-refused.ts'
import { backgroundJobs, eventJobs, webhookJob } from './assembly/jobs.ts'
import { purchaseStarters } from './assembly/purchase-starters.ts'
import { openPurchases } from './assembly/purchases.ts'
import { keyUseJob } from './assembly/keys.ts'
import { operatorLogin } from './assembly/operator.ts'
import { operatorStarters } from './assembly/operator-starters.ts'
import { openPeople, openPeopleDatabase } from './assembly/people.ts'
import { openBlobs } from './blobs/blobs.ts'
import { runCli, type Starters } from './cli/run.ts'
import { readConfig, type Config } from './config.ts'
import { openDatabase, type Database } from './database/database.ts'
import { claimDataFolder } from './database/instance.ts'
import { checkSchemaFloor, migrate, readMigrations } from './database/migrate.ts'
import { makePartitions } from './database/partitions.ts'
import { grantByName } from './identity/grant-by-name.ts'
import { type Demo, writeDemo } from './identity/demo-file.ts'
import { openKeyUses } from './identity/key-uses.ts'
import type { PaperParts } from './identity/papers/keep-paper.ts'
import type { RecoveryParts } from './identity/recovery/recovery.ts'
import { recountLedger, type Recount } from './ledger/recount.ts'
import { purchaseJobs } from './purchases/purchase-jobs.ts'
import type { PurchaseParts } from './purchases/purchase-parts.ts'
import { openAuthority } from './signing/authority.ts'
import { observedTimestamps, tracedSigner } from './signing/observed-signing.ts'
import { openStampSigner } from './signing/stamp-signer.ts'
import { timestampServers } from './signing/timestamp-servers.ts'
import { developmentTimestampSource } from './signing/timestamp-source.ts'
import { openTrustBundle } from './signing/trust-bundle.ts'
import type { HelpContacts } from './web/portal/page-context.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A running service and what its owner needs to know of it. */
export type Service = {
  url: string
  /** In demo mode: the demo account's public id and keys, as written to `demo.json`. */
  demo: Demo | undefined
  /** Takes no new work, finishes what runs, stops. */
  stop(): Promise<void>
}

/**
 * Runs the whole service on a claimed data folder, in the order of docs/operate.md; what began is stopped again when a later step
 * fails. `migrationsFolder`: another version's schema, for drills.
 */
export async function startService(
  environment: Environment,
  options: { migrationsFolder?: string } = {},
): Promise<Service> {
  const config = readConfig(environment, 'serve')
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const one of stops.splice(0).toReversed()) await one()
  }
  try {
    if (config.otlpUrl !== undefined) {
      const traces = startTracing({ url: config.otlpUrl, service: 'openmeterai', version: await readVersion() })
      stops.push(() => traces.stop())
    }
    // One service per embedded database. Over DATABASE_URL several processes may share a folder: what lies there is by hash or made once.
    const claim = config.databaseUrl === undefined ? await claimDataFolder(config.dataFolder) : undefined
    if (claim?.ok === false) throw new StartRefused(claim.message)
    stops.push(async () => claim?.release())
    const access = await openAccess(config)
    stops.push(() => access.stop())
    const migrations = await readMigrations(options.migrationsFolder)
    await migrate({ ownerUrl: access.ownerUrl, migrations })
    await makePartitions(access.ownerUrl)
    const login = loginOf(access)
    const [database, peopleDatabase] = [openDatabase(login), openPeopleDatabase(login)]
    stops.push(() => Promise.all([database.close(), peopleDatabase.close()]).then(() => undefined))
    const schemaNumber = migrations.at(-1)?.number ?? -1
    const service = await serveOn(config, { database, peopleDatabase, ownerUrl: access.ownerUrl, schemaNumber })
    stops.push(() => service.stop())
    await claim?.announce(service.url)
    return { ...service, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function serveOn(
  config: Config,
  on: { database: Database; peopleDatabase: Database; ownerUrl: string; schemaNumber: number },
): Promise<Service> {
  // Only a service loads them: every other command starts in half the time.
  const [{ buildServer }, { openMetrics }, { loadScripts }, { messageJobs, openSenders }] = await Promise.all([
    import('./web/server.ts'),
    import('./web/metrics.ts'),
    import('./web/portal/scripts.ts'),
    import('./assembly/messages.ts'),
  ])
  const { database } = on
  const port = config.port === 0 ? await freePort(config.listen) : config.port
  const publicUrl = config.publicUrlGiven ? config.publicUrl : `http://localhost:${port}`
  const authority = await openAuthority(join(config.dataFolder, 'specimen-authority'), {
    keyAlgorithm: config.keyAlgorithm,
  })
  const serviceKey = await openServiceKey(config.dataFolder, database)
  const sealing = openSealing(serviceKey)
  const host = new URL(publicUrl).hostname
  const messages = openSenders(config.messages, { host, maySimulate: config.mode === 'demo' })
  const metrics = openMetrics()
  const timestamps = observedTimestamps(
    config.timestampUrls === undefined
      ? developmentTimestampSource(authority, systemClock)
      : timestampServers(config.timestampUrls),
    metrics.timestamp,
  )
  const specimen = tracedSigner(await openStampSigner({ authority, timestamps }))
  const blobs = await openBlobs(fileURLToPath(config.blobUrl))
  const artwork = config.artworkPath === undefined ? undefined : await issuerArtwork(config.artworkPath, database)
  const affixing = openAffixing({
    database,
    signers: { specimen, specimensForLiveKeys: config.mode === 'demo' },
    publicUrl,
    location: config.location,
    randomBytes,
    ...(artwork === undefined ? {} : { artwork }),
    observe: metrics.batch,
  })
  const worker = openPdfWorker()
  const keyUses = openKeyUses(database)
  const demo =
    config.mode === 'demo'
      ? await writeDemo(config.dataFolder, { database, url: `http://localhost:${port}` })
      : undefined
  const selling = openPurchases({
    settings: config.payments,
    database,
    serviceKey,
    mode: config.mode,
    serviceUrl: `http://localhost:${port}`,
    observe: metrics.payment,
    warn: (what) => app.log.warn(what, 'payment gateway'),
  })
  const site = { rpId: host, origin: new URL(publicUrl).origin }
  const people = openPeople({
    database,
    ownDatabase: on.peopleDatabase,
    sealing,
    blobs,
    simulated: config.mode === 'demo',
    site,
    codeLimits: { smsDay: config.smsDaily },
    onFailure: () => metrics.jobFailed('proofing'),
  })
  const app = await buildServer({
    affixing,
    stampings: openStampings({ affixing, blobs, worker }),
    trustBundle: openTrustBundle({ authority, signers: [specimen], service: publicUrl }),
    webhooks: { serviceKey, targets: config.webhookTargets },
    selling,
    people: people.web,
    confirming: people.confirming,
    keyUses,
    ...(config.proxies === undefined ? {} : { proxies: config.proxies }),
    inbox: { database, sealing, routes: messages.simulated, host },
    ready: {
      database: async () => void (await database.now()),
      migrations: () => checkSchemaFloor(database.sql, on.schemaNumber),
      signer: async () => void (await specimen.validation()),
      timestamp: async () => void (await timestamps.timestamp(new Uint8Array(randomBytes(32)))),
    },
    demo: config.mode === 'demo',
    openToOthers: config.mode === 'demo' && !config.loopbackOnly,
    version: await readVersion(),
    help: helpContacts(config.help),
    metrics,
    logLevel: config.logLevel,
  })
  await app.listen({ port, host: config.listen }).catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    throw taken
      ? new StartRefused(
          `Port ${port} on ${config.listen} is taken by another program; choose another: PORT=${port + 1} npm start`,
        )
      : error
  })
  // the first visitor should not have to wait for it, and whoever runs the service should know when it fails
  loadScripts().catch((error: unknown) => app.log.error({ err: error }, 'pages have no scripts'))
  const jobs = startJobs(
    [
      ...backgroundJobs({ affixing, blobs, ownerUrl: on.ownerUrl, metrics }),
      ...eventJobs(database, app.log),
      batchJob({ database, sealing }),
      webhookJob({ database, serviceKey, targets: config.webhookTargets }),
      ...purchaseJobs(selling.purchases, ({ differences, at, faults }) => {
        metrics.paymentsChecked(differences, at)
        if (faults.length > 0) app.log.error({ faults: faults.slice(0, 20) }, 'payments differ')
      }),
      keyUseJob(keyUses),
      ...people.jobs,
      ...messageJobs({
        database,
        sealing,
        senders: messages.senders,
        host,
        onTried(message) {
          metrics.message(message)
          if (message.outcome === 'given_up') app.log.warn(message, 'message given up')
        },
      }),
      ...upkeepJobs({ database, ledgerChecked: metrics.ledgerChecked }),
    ],
    (name, error) => {
      metrics.jobFailed(name)
      app.log.error({ job: name, err: error }, 'job failed')
    },
  )
  return {
    url: `http://localhost:${port}`,
    demo,
    async stop() {
      await app.close()
      await jobs.stop()
      messages.close()
      worker.close()
      people.close()
    },
  }
}

/** Only what is configured. */
function helpContacts({ whatsapp, phone, email }: Config['help']): HelpContacts {
  return {
    ...(whatsapp === undefined ? {} : { whatsapp }),
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
  }
}

async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0'
}

/** The database that this environment configures, for one command. */
async function inDatabase<T>(environment: Environment, work: (database: Database) => Promise<T>): Promise<T> {
  return withDatabase(readConfig(environment), work)
}

/** Purchases for one command, over the database as it stands. */
function withPurchases<T>(environment: Environment, work: (parts: PurchaseParts) => Promise<T>): Promise<T> {
  const config = readConfig(environment)
  return withDatabase(config, async (database) => {
    const serviceKey = await openServiceKey(config.dataFolder, database)
    const { payments: settings, mode, publicUrl: serviceUrl } = config
    return work(openPurchases({ settings, database, serviceKey, mode, serviceUrl }).purchases)
  })
}

/** What an operator's command about people stands on, with the key that personal data is sealed by. */
function withOperatorParts<T>(
  environment: Environment,
  work: (parts: PaperParts & RecoveryParts) => Promise<T>,
): Promise<T> {
  const config = readConfig(environment)
  return withDatabase(config, async (database) => {
    const sealing = openSealing(await openServiceKey(config.dataFolder, database))
    const blobs = await openBlobs(fileURLToPath(config.blobUrl))
    return work({ database, sealing, blobs, origin: new URL(config.publicUrl).origin })
  })
}

/** What the commands start; `cli` gets them handed in. */
function startersFor(environment: Environment): Starters {
  return {
    serve: () => startService(environment),
    migrate: async () => migrateAt(readConfig(environment)),
    checkLedger: (): Promise<Recount> => inDatabase(environment, ({ sql }) => recountLedger(sql)),
    checkAudit: () => inDatabase(environment, ({ sql }) => checkAudit(sql)),
    grantQuota: ({ account, units }) =>
      inDatabase(environment, (database) =>
        grantByName(database, { account, units, mode: readConfig(environment).mode }),
      ),
    purchases: purchaseStarters((work) => withPurchases(environment, work), operatorLogin),
    ...operatorStarters((work) => withOperatorParts(environment, work)),
    async startTemporary() {
      const folder = await mkdtemp(join(tmpdir(), 'meterai-demo-'))
      const settings = {
        ...environment,
        METERAI_DATA: join(folder, 'data'),
        PORT: '0',
        METERAI_LOG_LEVEL: 'silent',
        METERAI_MODE: 'demo',
      }
      for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL', 'BLOB_URL', 'METERAI_PUBLIC_URL'])
        Reflect.deleteProperty(settings, name)
      const service = await startService(settings)
      return {
        folder,
        service,
        checkLedger: () => inDatabase(settings, ({ sql }) => recountLedger(sql)),
        grantQuota: (grant) => inDatabase(settings, (database) => grantByName(database, { ...grant, mode: 'demo' })),
        async stop() {
          await service.stop()
          await rm(folder, { recursive: true, force: true })
        },
      }
    },
  }
}

/** The command line: `meterai <command>`; answers the exit code. */
export function main(argv: readonly string[], environment: Environment): Promise<number> {
  return runCli(argv, { environment, starters: startersFor(environment), out: process.stdout, err: process.stderr })
}
