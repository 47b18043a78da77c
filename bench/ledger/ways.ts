import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { openLanes } from '../../src/base/batching.ts'
import { derivedUuid, newUuid } from '../../src/base/ids.ts'
import { failureKind, openDatabase, type Database } from '../../src/database/database.ts'
import { applyTransfers, type Transfer, type TransferResult } from '../../src/ledger/transfers.ts'

/** One way to have transfers done: resolves when they are durable. */
export type Way = { apply(transfer: Transfer): Promise<TransferResult['result']>; close(): Promise<void> }

/** The service's way: lanes, and one set-based call for what waits. */
export function throughLanes(database: Database, batchMax: number): Way {
  const lanes = openLanes<Transfer, TransferResult>({
    lanes: availableParallelism(),
    batchMax,
    queueMax: 100_000,
    keyOf: ({ accountId }) => accountId,
    // like the yardstick's function call, the statement is its own transaction
    run: (batch) => applyTransfers(database.sql, batch, new Date()),
    failureKind,
    pauseBeforeRetry: async (tries) => {
      await delay(100)
      return tries < 10
    },
  })
  return { apply: async (transfer) => (await lanes.submit(transfer)).result, close: () => Promise.resolve() }
}

/**
 * The yardstick's functions: one transfer each, the same rows as the ledger writes. The balance comes last, so that a hot
 * row is locked for the commit alone.
 */
const plainFunctions = `
  create function plain_hold(in_account uuid, in_id uuid, in_amount bigint, in_at timestamptz) returns text language plpgsql as $$
  begin
    insert into transfers (account_id, id, ledger, type, debit, credit, amount, purpose, created_at)
      values (in_account, in_id, 'stamps', 'pending', 'quota', 'spent', in_amount, 'affixing', in_at)
      on conflict do nothing;
    if not found then return 'exists'; end if;
    insert into pendings (account_id, id) values (in_account, in_id);
    insert into system_deltas (ledger, kind, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
      values ('stamps', 'spent', 0, 0, in_amount, 0, in_at);
    update ledger_accounts set debits_pending = debits_pending + in_amount
      where account_id = in_account and ledger = 'stamps' and kind = 'quota'
        and debits_pending + debits_posted + in_amount <= credits_posted;
    if not found then raise exception 'exceeds_balance'; end if;
    return 'ok';
  end $$;
  create function plain_post(in_account uuid, in_id uuid, in_pending uuid, in_at timestamptz) returns text language plpgsql as $$
  declare
    held bigint;
  begin
    update pendings set outcome = 'posted' where account_id = in_account and id = in_pending and outcome is null;
    if not found then return 'exists'; end if;
    insert into transfers (account_id, id, ledger, type, debit, credit, amount, pending_id, purpose, created_at)
      select account_id, in_id, ledger, 'post_pending', debit, credit, amount, in_pending, 'affixing', in_at
      from transfers where account_id = in_account and id = in_pending
      returning amount into held;
    insert into system_deltas (ledger, kind, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
      values ('stamps', 'spent', 0, 0, -held, held, in_at);
    update ledger_accounts set debits_pending = debits_pending - held, debits_posted = debits_posted + held
      where account_id = in_account and ledger = 'stamps' and kind = 'quota';
    return 'ok';
  end $$;
  grant execute on function plain_hold, plain_post to meterai_service;`

/** Makes the yardstick's functions in the bench's own database. */
export async function preparePlainWay(ownerUrl: string): Promise<void> {
  const owner = openDatabase({ url: ownerUrl, connectionsMax: 1 })
  await owner.sql.unsafe(plainFunctions)
  await owner.close()
}

/** The yardstick: one transfer a transaction, one prepared function call over a pool of `connections`. */
export function oneByOne(url: string, connections: number): Way {
  const database = openDatabase({ url, connectionsMax: connections })
  const { sql } = database
  return {
    async apply(transfer) {
      const at = new Date()
      const [row] = await ('pendingId' in transfer
        ? sql<{ result: TransferResult['result'] }[]>`
            select plain_post(${transfer.accountId}, ${transfer.id}, ${transfer.pendingId}, ${at}) as result`
        : sql<{ result: TransferResult['result'] }[]>`
            select plain_hold(${transfer.accountId}, ${transfer.id}, ${transfer.amount}, ${at}) as result`)
      if (row === undefined) throw new Error('no answer')
      return row.result
    },
    close: () => database.close(),
  }
}

export type Load = { way: Way; accountIds: readonly string[]; callers: number; seconds: number }

/** `callers` at once hold and post, each waiting for its answers. Transfers a second, and the wait for one answer (ms). */
export async function runLoad(load: Load): Promise<{ perSecond: number; p50: number; p99: number }> {
  const waits: number[] = []
  const started = performance.now()
  const end = started + load.seconds * 1000
  async function call(number: number): Promise<void> {
    for (let turn = number; performance.now() < end; turn += load.callers) {
      const accountId = load.accountIds[turn % load.accountIds.length] ?? ''
      const id = newUuid(new Date())
      const hold: Transfer = {
        accountId,
        id,
        type: 'pending',
        ledger: 'stamps',
        debit: 'quota',
        credit: 'spent',
        amount: 1n,
        purpose: 'affixing',
      }
      const post: Transfer = {
        accountId,
        id: derivedUuid(id, 'post'),
        type: 'post_pending',
        pendingId: id,
        purpose: 'affixing',
      }
      for (const transfer of [hold, post]) {
        const asked = performance.now()
        const result = await load.way.apply(transfer)
        if (result !== 'ok') throw new Error(`the ledger answered ${result}`)
        waits.push(performance.now() - asked)
      }
    }
  }
  await Promise.all(Array.from({ length: load.callers }, (_, number) => call(number)))
  const seconds = (performance.now() - started) / 1000
  waits.sort((a, b) => a - b)
  const quantile = (share: number) => waits[Math.floor(waits.length * share)] ?? 0
  return { perSecond: waits.length / seconds, p50: quantile(0.5), p99: quantile(0.99) }
}
