import type { Database } from '../../src/database/database.ts'
import { recountLedger } from '../../src/ledger/recount.ts'
import { checkPayments } from '../../src/purchases/check-payments.ts'
import { simulatorGateway } from '../../src/purchases/simulator/simulator-gateway.ts'

/** What every order came to, against what the simulator says was paid; and the service's own checks. */
export async function proveOrders(
  database: Database,
  secret: Buffer,
  orders: number,
): Promise<{ counts: { paid: number; credited: number; refundsDue: number }; problems: string[] }> {
  const { sql } = database
  const rows = await sql<
    { order_id: string; state: string; right: bigint; paid: bigint; credited: bigint; refunds: bigint; moved: bigint }[]
  >`
    select o.order_id, o.state,
      (select count(*) from simulated_transactions t where t.reference = 'ord_' || replace(o.order_id::text, '-', '') and t.amount_rupiah = o.total_rupiah) as right,
      (select count(*) from simulated_transactions t where t.reference = 'ord_' || replace(o.order_id::text, '-', '')) as paid,
      (select count(*) from payments p where p.order_id = o.order_id and p.outcome = 'credited') as credited,
      (select count(*) from refund_cases r where r.order_id = o.order_id) as refunds,
      (select count(*) from payments p join money_transfers m on m.account_id = p.account_id and m.id = p.transfer_id
        where p.order_id = o.order_id and m.amount = o.quantity) as moved
    from orders o`
  const problems: string[] = []
  if (rows.length !== orders) problems.push(`${rows.length} orders stand, ${orders} were placed`)
  for (const { order_id, state, right, paid, credited, refunds, moved } of rows) {
    const expected = right > 0n ? 1n : 0n
    if (credited !== expected || moved !== expected)
      problems.push(`order ${order_id}: credited ${credited}, moved ${moved}, expected ${expected}`)
    if (refunds !== paid - expected) problems.push(`order ${order_id}: ${refunds} refunds for ${paid} payments`)
    if ((state === 'paid') !== (expected === 1n)) problems.push(`order ${order_id} is ${state}`)
  }
  problems.push(...(await quotaProblems(database)))
  const ledger = await recountLedger(sql)
  problems.push(...ledger.faults.map(({ rule, detail }) => `check ledger: ${rule} ${detail}`))
  const gateway = simulatorGateway({ database, secret })
  const check = await checkPayments(
    { database, gateways: { main: gateway, test: gateway, all: [gateway] } },
    { all: true },
  )
  problems.push(...check.faults.map(({ rule, subject, detail }) => `check payments: ${rule} ${subject} ${detail}`))
  const sum = (count: (row: (typeof rows)[number]) => bigint) =>
    Number(rows.reduce((total, row) => total + count(row), 0n))
  return {
    counts: {
      paid: rows.filter(({ right }) => right > 0n).length,
      credited: sum(({ credited }) => credited),
      refundsDue: sum(({ refunds }) => refunds),
    },
    problems,
  }
}

/** Each account holds just what its paid orders say. */
async function quotaProblems({ sql }: Database): Promise<string[]> {
  const rows = await sql<{ account_id: string; held: bigint; bought: bigint }[]>`
    select b.account_id, b.bought, coalesce(a.credits_posted, 0) as held
    from (select account_id, sum(quantity) filter (where state = 'paid') as bought from orders group by account_id) b
    left join ledger_accounts a on a.account_id = b.account_id and a.ledger = 'stamps' and a.kind = 'quota'
    where coalesce(b.bought, 0) <> coalesce(a.credits_posted, 0)`
  return rows.map((row) => `account ${row.account_id} holds ${row.held}, bought ${row.bought}`)
}
