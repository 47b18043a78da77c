import { inTransaction, mayWalkTables, type Queryable, type Sql, type Tx } from '../database/database.ts'
import { ledgers, type Ledger } from './transfers.ts'

/** What one ledger holds, in its units. `sold` is less what was taken back; `refunding` is on its way back; `transit` between two accounts; `owed` was drawn on credit and is not paid for. */
export type LedgerTotals = {
  ledger: Ledger
  accounts: bigint
  transfers: bigint
  granted: bigint
  sold: bigint
  available: bigint
  reserved: bigint
  refunding: bigint
  spent: bigint
  transit: bigint
  owed: bigint
}

/** A law of the ledger that the recount found broken. */
export type LedgerRule =
  | 'balance_differs_from_transfers'
  | 'system_sum_differs_from_transfers'
  | 'pending_without_outcome'
  | 'outcome_differs_from_transfers'
  | 'units_lost_or_made'

/** Where a law is broken; `accountId` is absent for a system account. */
export type LedgerFault = { rule: LedgerRule; ledger: string; accountId?: string; detail: string }

/** The result of a recount: clean, or with the faults found (the first hundred of each law). */
export type Recount = { clean: boolean; totals: LedgerTotals[]; faults: LedgerFault[] }

/** One fault is enough to be alarmed; more than this only fills the screen. */
const faultsShownMax = 100

/**
 * Recounts everything from the transfers alone, in one snapshot: each balance, the system's sums, the outcome of every hold,
 * and that every unit given is available, reserved, being refunded or spent.
 */
export async function recountLedger(sql: Sql): Promise<Recount> {
  return inTransaction(sql, 'isolation level repeatable read read only', recountWithin)
}

/** The same as this transaction sees the ledger. */
export async function recountWithin(tx: Tx): Promise<Recount> {
  await mayWalkTables(tx)
  const totals = await readTotals(tx)
  const faults = [
    ...(await differingBalances(tx)),
    ...(await differingSums(tx)),
    ...(await differingOutcomes(tx)),
    ...totals.flatMap(lostUnits),
  ]
  return { clean: faults.length === 0, totals, faults }
}

/** Four counters of every (account, ledger, kind) that the transfers name: dp dd cp cd as in the balance rows. */
function countedLegs(sql: Queryable) {
  return sql`
    leg as (
      select account_id, ledger, debit as kind, type, amount, true as debit_side from transfers
      union all
      select account_id, ledger, credit, type, amount, false from transfers
    ), counted as (
      select account_id, ledger, kind,
        coalesce(sum(held) filter (where debit_side), 0) as dp, coalesce(sum(moved) filter (where debit_side), 0) as dd,
        coalesce(sum(held) filter (where not debit_side), 0) as cp, coalesce(sum(moved) filter (where not debit_side), 0) as cd
      from (
        select account_id, ledger, kind, debit_side,
          case type when 'posted' then 0 when 'pending' then amount else -amount end as held,
          case when type in ('posted', 'post_pending') then amount else 0 end as moved
        from leg
      ) effect
      group by account_id, ledger, kind
    )`
}

async function differingBalances(sql: Queryable): Promise<LedgerFault[]> {
  const rows = await sql<{ account_id: string; ledger: string; kind: string; stored: string; counted: string }[]>`
    with ${countedLegs(sql)}
    select account_id, ledger, kind, concat_ws('/', a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) as stored,
      concat_ws('/', c.dp, c.dd, c.cp, c.cd) as counted
    from ledger_accounts a
    full join (select * from counted where kind in ('quota', 'refunding', 'debt')) c using (account_id, ledger, kind)
    where (coalesce(a.debits_pending, -1), a.debits_posted, a.credits_pending, a.credits_posted)
      is distinct from (coalesce(c.dp, 0), coalesce(c.dd, 0), coalesce(c.cp, 0), coalesce(c.cd, 0))
    limit ${faultsShownMax}`
  return rows.map((row) => ({
    rule: 'balance_differs_from_transfers',
    ledger: row.ledger,
    accountId: row.account_id,
    detail: `${row.kind}: stored ${row.stored || 'nothing'}, counted ${row.counted || 'nothing'} (debits pending/posted, credits pending/posted)`,
  }))
}

async function differingSums(sql: Queryable): Promise<LedgerFault[]> {
  const rows = await sql<{ ledger: string; kind: string; stored: string; counted: string }[]>`
    with ${countedLegs(sql)}, expected as (
      select ledger, kind, sum(dp) as dp, sum(dd) as dd, sum(cp) as cp, sum(cd) as cd
      from counted where kind in ('treasury', 'sold', 'spent', 'transit') group by ledger, kind
    ), stored as (
      select ledger, kind, sum(debits_pending) as dp, sum(debits_posted) as dd, sum(credits_pending) as cp, sum(credits_posted) as cd
      from system_deltas group by ledger, kind
    )
    select ledger, kind, concat_ws('/', s.dp, s.dd, s.cp, s.cd) as stored, concat_ws('/', e.dp, e.dd, e.cp, e.cd) as counted
    from stored s full join expected e using (ledger, kind)
    where (coalesce(s.dp, 0), coalesce(s.dd, 0), coalesce(s.cp, 0), coalesce(s.cd, 0))
      is distinct from (coalesce(e.dp, 0), coalesce(e.dd, 0), coalesce(e.cp, 0), coalesce(e.cd, 0))`
  return rows.map((row) => ({
    rule: 'system_sum_differs_from_transfers',
    ledger: row.ledger,
    detail: `${row.kind}: stored ${row.stored || 'nothing'}, counted ${row.counted || 'nothing'}`,
  }))
}

async function differingOutcomes(sql: Queryable): Promise<LedgerFault[]> {
  const rows = await sql<
    { account_id: string; id: string; ledger: string; outcome: string | null; ended: string | null; missing: boolean }[]
  >`
    with ended as (
      select account_id, pending_id, string_agg(case type when 'post_pending' then 'posted' else 'voided' end, ',') as outcome
      from transfers where pending_id is not null group by account_id, pending_id
    )
    select t.account_id, t.id, t.ledger, g.outcome, e.outcome as ended, g.id is null as missing
    from transfers t
    left join pendings g on g.account_id = t.account_id and g.id = t.id
    left join ended e on e.account_id = t.account_id and e.pending_id = t.id
    where t.type = 'pending' and (g.id is null or g.outcome is distinct from e.outcome)
    limit ${faultsShownMax}`
  return rows.map((row) => ({
    rule: row.missing ? 'pending_without_outcome' : 'outcome_differs_from_transfers',
    ledger: row.ledger,
    accountId: row.account_id,
    detail: `pending transfer ${row.id}: outcome ${row.outcome ?? 'open'}, ended by ${row.ended ?? 'nothing'}`,
  }))
}

async function readTotals(sql: Queryable): Promise<LedgerTotals[]> {
  return sql<LedgerTotals[]>`
    select l.ledger, coalesce(a.accounts, 0) as accounts, coalesce(t.transfers, 0) as transfers,
      coalesce(t.granted, 0)::bigint as granted, coalesce(t.sold, 0)::bigint as sold, coalesce(t.transit, 0)::bigint as transit, coalesce(a.available, 0)::bigint as available,
      coalesce(a.reserved, 0)::bigint as reserved, coalesce(a.refunding, 0)::bigint as refunding, coalesce(a.owed, 0)::bigint as owed, coalesce(t.spent, 0)::bigint as spent
    from unnest(${[...ledgers]}::text[]) l(ledger)
    left join (
      select ledger, count(*) filter (where kind = 'quota') as accounts,
        sum(credits_posted - debits_posted - debits_pending) filter (where kind = 'quota') as available,
        sum(debits_pending) filter (where kind = 'quota') as reserved,
        sum(credits_posted - debits_posted) filter (where kind = 'refunding') as refunding,
        sum(debits_posted - credits_posted) filter (where kind = 'debt') as owed
      from ledger_accounts group by ledger
    ) a using (ledger)
    left join (
      select ledger, count(*) as transfers, sum(amount) filter (where debit = 'treasury' and type = 'posted') as granted,
        sum(case when debit = 'sold' then amount when credit = 'sold' then -amount end) filter (where type = 'posted') as sold,
        sum(case when credit = 'transit' then amount when debit = 'transit' then -amount end) filter (where type in ('posted', 'post_pending')) as transit,
        sum(amount) filter (where credit = 'spent' and type in ('posted', 'post_pending')) as spent
      from transfers group by ledger
    ) t using (ledger)
    order by l.ledger`
}

function lostUnits(total: LedgerTotals): LedgerFault[] {
  if (total.ledger === 'rupiah') return []
  const given = total.granted + total.sold + total.owed
  // in transit: below zero for the moment in which the receiver has it and the giver still holds it
  const held = total.available + total.reserved + total.refunding + total.spent + total.transit
  if (given === held) return []
  const detail = `given ${given}, but available + reserved + refunding + spent + transit = ${held}`
  return [{ rule: 'units_lost_or_made', ledger: total.ledger, detail }]
}
