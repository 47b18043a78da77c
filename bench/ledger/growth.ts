import postgres from 'postgres'
import { derivedUuid, newUuid } from '../../src/base/ids.ts'
import { openDatabase, type Database } from '../../src/database/database.ts'
import { recountLedger } from '../../src/ledger/recount.ts'
import { applyTransfers } from '../../src/ledger/transfers.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openAccounts, type BenchDatabase } from './database.ts'

/** What one transfer cost (milliseconds, pending and post alike) in a ledger that had `transfers` before. */
export type GrowthRow = {
  transfers: number
  medianMilliseconds: number
  bestMilliseconds: number
  /** Whether the recount of everything found the ledger clean at the end. */
  clean: boolean
}

const accountsOfALedger = 10_000
const roundTransfers = 5_000
const batchOfGrowth = 250
const roundsOfGrowth = 9
/** Two inserts and an index entry each; a step is a transaction of some seconds. */
const fillStepMax = 500_000

/**
 * Holds and their posts, in the order of time, spread over the accounts, as if each had been applied: rows, outcomes, balances
 * and sums. Written by SQL because ten million calls would take an hour; the recount proves that nothing is missing.
 */
async function fill(sql: postgres.Sql, transfers: number): Promise<void> {
  const pairs = transfers / 2
  await sql`create temporary table accounts as
    select row_number() over (order by account_id)::int as nr, account_id from ledger_accounts where ledger = 'stamps' and kind = 'quota'`
  await sql`create unique index on accounts (nr)`
  await sql`analyze accounts`
  for (let first = 0; first < pairs; first += fillStepMax / 2) {
    const last = Math.min(pairs, first + fillStepMax / 2) - 1
    await sql.begin(async (tx) => {
      // Fifty pairs a millisecond, the last of them a minute ago: UUIDv7 as the service makes them.
      await tx`create temporary table pair on commit drop as
        select a.account_id, i as nr,
          (lpad(to_hex((extract(epoch from now())::bigint - 60) * 1000 - (${pairs}::bigint - i) / 50), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid as hold_id,
          (lpad(to_hex((extract(epoch from now())::bigint - 60) * 1000 - (${pairs}::bigint - i) / 50), 12, '0') || '7' || substr(h, 18, 3) || '8' || substr(h, 17, 15))::uuid as post_id
        from (select i, md5(i::text) as h from generate_series(${first}::bigint, ${last}::bigint) i) made
        join accounts a on a.nr = 1 + (made.i * 7919) % ${accountsOfALedger}::bigint`
      await tx`insert into transfers (account_id, id, ledger, type, debit, credit, amount, pending_id, purpose, created_at)
        select account_id, case phase when 1 then hold_id else post_id end, 'stamps', case phase when 1 then 'pending' else 'post_pending' end,
          'quota', 'spent', 1, case phase when 2 then hold_id end, 'affixing', now()
        from pair cross join generate_series(1, 2) phase order by nr, phase`
      await tx`insert into pendings (account_id, id, outcome) select account_id, hold_id, 'posted' from pair order by nr`
      await tx`update ledger_accounts a set debits_posted = a.debits_posted + u.amount
        from (select account_id, count(*) as amount from pair group by account_id) u
        where a.account_id = u.account_id and a.ledger = 'stamps' and a.kind = 'quota'`
      await tx`insert into system_deltas (ledger, kind, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
        select 'stamps', 'spent', 0, 0, 0, count(*), now() from pair`
    })
  }
}

async function makeLedger(bench: BenchDatabase, transfers: number) {
  const name = `growth_${transfers}`
  const named = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href
  const administrator = postgres(bench.administratorUrl, { max: 1, onnotice: () => undefined })
  await administrator.unsafe(`create database ${name} owner meterai_owner`)
  await administrator.end()
  await migrate({ ownerUrl: named(bench.ownerUrl) })
  const database = openDatabase({ url: named(bench.url), connectionsMax: 2 })
  const accountIds = await openAccounts(database, accountsOfALedger)
  const sql = postgres(named(bench.administratorUrl), { max: 1, onnotice: () => undefined })
  await sql`set synchronous_commit = off`
  await fill(sql, transfers)
  // Settled before it is measured: nothing of the filling is left for a later moment.
  await sql`vacuum (freeze, analyze)`
  await sql`checkpoint`
  await sql.end()
  return { transfers, database, accountIds, costs: new Array<number>() }
}

/** A round: holds and then their posts, batch by batch over all accounts in turn. Milliseconds a transfer. */
async function round(database: Database, accountIds: readonly string[], first: number): Promise<number> {
  const started = performance.now()
  for (let done = 0; done < roundTransfers / 2; done += batchOfGrowth) {
    const at = new Date()
    const holds = Array.from({ length: batchOfGrowth }, (_, index) => ({
      accountId: accountIds[(first + done + index) % accountIds.length] ?? '',
      id: newUuid(at),
    }))
    const results = [
      ...(await database.transaction((tx) =>
        applyTransfers(
          tx,
          holds.map((hold) => ({
            ...hold,
            type: 'pending',
            ledger: 'stamps',
            debit: 'quota',
            credit: 'spent',
            amount: 1n,
            purpose: 'affixing',
          })),
          at,
        ),
      )),
      ...(await database.transaction((tx) =>
        applyTransfers(
          tx,
          holds.map(({ accountId, id }) => ({
            accountId,
            id: derivedUuid(id, 'post'),
            type: 'post_pending',
            pendingId: id,
            purpose: 'affixing',
          })),
          at,
        ),
      )),
    ]
    const bad = results.find(({ result }) => result !== 'ok')
    if (bad !== undefined) throw new Error(`the ledger answered ${bad.result}`)
  }
  return (performance.now() - started) / roundTransfers
}

/**
 * What a transfer costs in ledgers of these sizes. They stand side by side and take turns round by round, so that a busy moment
 * of the machine meets them all; the first turns, which touch every account once, are not counted.
 */
export async function measureGrowth(
  bench: BenchDatabase,
  sizes: readonly number[],
  say: (line: string) => void,
): Promise<GrowthRow[]> {
  const made = []
  for (const size of sizes) {
    const started = performance.now()
    made.push(await makeLedger(bench, size))
    say(`filled with ${size} transfers in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  }
  const warmUp = Math.ceil((accountsOfALedger * 2) / roundTransfers)
  for (let turn = 0; turn < warmUp + roundsOfGrowth; turn++) {
    for (const { database, accountIds, costs } of made) {
      const cost = await round(database, accountIds, (turn * roundTransfers) / 2)
      if (turn >= warmUp) costs.push(cost)
    }
  }
  const rows: GrowthRow[] = []
  for (const { transfers, database, costs } of made) {
    costs.sort((a, b) => a - b)
    const { clean } = await recountLedger(database.sql)
    await database.close()
    rows.push({
      transfers,
      medianMilliseconds: costs[costs.length >> 1] ?? 0,
      bestMilliseconds: costs[0] ?? 0,
      clean,
    })
  }
  return rows
}
