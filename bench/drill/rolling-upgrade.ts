import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkAudit } from '../../src/audit/audit-chain.ts'
import { sequenceAudit } from '../../src/audit/sequencer.ts'
import { newUuid } from '../../src/base/ids.ts'
import { openDatabase, type Database } from '../../src/database/database.ts'
import { migrationsFolder } from '../../src/database/migrate.ts'
import { grantUnits, openHolder } from '../../src/identity/accounts.ts'
import { makeApiKey, storeApiKey } from '../../src/identity/api-keys.ts'
import { recountLedger } from '../../src/ledger/recount.ts'
import { fetchTransport } from '../../tests/support/fetch-transport.ts'
import { openBalancer, type Balancer } from './balancer.ts'
import { startLoad, type LoadOutcome } from './load.ts'
import { nextMigrations, startVersion, type VersionProcess } from './versions.ts'

/** How large the drill is. `quietSeconds`: load before, and after the replacements. */
export type DrillSize = { perSecond: number; quietSeconds: number }

/** What the drill found; `problems` is empty when the upgrade cost nobody anything. */
export type DrillReport = {
  outcome: LoadOutcome
  lost: number
  broken: number
  drained: boolean
  problems: string[]
}

/** In order, as the table shows them. */
export const drillPhases = ['two old', 'one old', 'old and new', 'one new', 'two new'] as const

/** More than any drill affixes: a refusal for want of quota would be the drill's own mistake. */
const unitsGranted = 1_000_000n

/**
 * Two processes of this version behind a balancer, under a load of affixings, are replaced one after the other by the next
 * version, whose first start migrates the schema under the feet of the old one. Never more than two run at once. `entered` is told
 * of each phase as it begins.
 */
export async function drillUpgrade(
  database: { url: string; ownerUrl: string },
  size: DrillSize,
  entered: (phase: string) => void = () => undefined,
): Promise<DrillReport> {
  const folder = await mkdtemp(join(tmpdir(), 'meterai-drill-'))
  const sql = openDatabase({ url: database.url, connectionsMax: 2 })
  const balancer = await openBalancer()
  const running: VersionProcess[] = []
  try {
    const next = await nextMigrations(join(folder, 'migrations'))
    const start = async (migrations: string): Promise<VersionProcess> => {
      const one = await startVersion({ migrations, dataFolder: join(folder, 'data'), database })
      running.push(one)
      await balancer.add(one.url)
      return one
    }
    const first = await start(migrationsFolder)
    const second = await start(migrationsFolder)
    const account = await openAccount(sql)
    const load = startLoad({ url: balancer.url, key: account.key, perSecond: size.perSecond, entered })
    load.enter('two old')
    await load.goOn(size.quietSeconds)
    load.enter('one old')
    const firstDrained = await take(balancer, running, first)
    await start(next.folder)
    load.enter('old and new')
    await load.goOn(size.quietSeconds)
    load.enter('one new')
    const secondDrained = await take(balancer, running, second)
    await start(next.folder)
    load.enter('two new')
    await load.goOn(size.quietSeconds)
    const outcome = await load.stop()
    const lost = await countLost(balancer.url, account.key, outcome)
    const report = { outcome, lost, broken: balancer.broken(), drained: firstDrained && secondDrained }
    return {
      ...report,
      problems: [
        ...problemsOf(report),
        ...(await databaseProblems(sql, account.accountId, { outcome, migration: next.name })),
      ],
    }
  } finally {
    await Promise.all(running.map((one) => one.kill()))
    await balancer.close()
    await sql.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Stops a process as an operator does; the balancer finds out by itself. */
async function take(balancer: Balancer, running: VersionProcess[], one: VersionProcess): Promise<boolean> {
  const drained = await one.stop()
  running.splice(running.indexOf(one), 1)
  balancer.remove(one.url)
  return drained
}

async function openAccount(database: Database): Promise<{ accountId: string; key: string }> {
  const key = makeApiKey('live')
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const { accountId } = await openHolder(tx, { name: `Drill ${newUuid(at)}`, at })
    await storeApiKey(tx, { key, accountId, kind: 'live', label: 'drill', at })
    await grantUnits(tx, { accountId, id: newUuid(at), ledger: 'stamps', units: unitsGranted, at })
    return { accountId, key }
  })
}

/** Acknowledged stamps that the new version does not give back with the same signature. */
async function countLost(url: string, key: string, outcome: LoadOutcome): Promise<number> {
  const transport = fetchTransport(url, key)
  const left = [...outcome.acknowledged]
  let lost = 0
  const reader = async () => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      const { status, json } = await transport.request({ method: 'GET', path: `/v1/affixings/${one.id}` })
      const same = typeof json === 'object' && json !== null && Reflect.get(json, 'signature') === one.signature
      if (status !== 200 || !same) lost++
    }
  }
  await Promise.all(Array.from({ length: 8 }, reader))
  return lost
}

function problemsOf(report: Omit<DrillReport, 'problems'>): string[] {
  const { outcome, lost, drained } = report
  const problems: string[] = []
  if (lost > 0) problems.push(`${lost} acknowledged stamps are lost`)
  if (outcome.refused.length > 0)
    problems.push(`${outcome.refused.length} calls refused, first: ${outcome.refused[0]?.code}`)
  if (outcome.acknowledged.length !== outcome.started - outcome.refused.length)
    problems.push(`${outcome.started} begun, ${outcome.acknowledged.length} acknowledged`)
  const empty = drillPhases.filter((phase) => !outcome.acknowledged.some((one) => one.phase === phase))
  if (empty.length > 0) problems.push(`nothing was affixed in: ${empty.join(', ')}`)
  if (!drained) problems.push('a process did not drain in time')
  return problems
}

async function databaseProblems(
  database: Database,
  accountId: string,
  drill: { outcome: LoadOutcome; migration: string },
): Promise<string[]> {
  const { sql } = database
  const problems: string[] = []
  const [counted] = await sql<{ affixed: number; open: number }[]>`
    select count(*) filter (where state = 'affixed')::int as affixed, count(*) filter (where state = 'reserved')::int as open
    from affixings where account_id = ${accountId}`
  const acknowledged = drill.outcome.acknowledged.length
  if (counted?.affixed !== acknowledged || counted.open !== 0)
    problems.push(
      `${acknowledged} acknowledged, but ${counted?.affixed} affixed and ${counted?.open} open in the database`,
    )
  const [applied] = await sql`select from schema_migrations where name = ${drill.migration}`
  if (applied === undefined) problems.push(`migration ${drill.migration} was not applied`)
  const ledger = await recountLedger(sql)
  if (!ledger.clean) problems.push(`the ledger does not add up: ${ledger.faults[0]?.detail}`)
  await sequenceAudit(database)
  const audit = await checkAudit(sql)
  if (!audit.clean) problems.push(`the audit is broken: ${audit.faults[0]?.rule}`)
  return problems
}
