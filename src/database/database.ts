import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { databaseConnectionsMax } from '../limits/traffic.ts'
import { type ArrayTypes, arrayTypes } from './array-types.ts'
import {
  connectionEndMilliseconds,
  connectSecondsMax,
  idleInTransactionMilliseconds,
  poolRetirement,
  statementMilliseconds,
  transactionRetryMilliseconds,
  transactionTriesMax,
} from './bounds.ts'
import { renewedPool } from './pool.ts'

/** How PostgreSQL's types come and go: int8 is bigint; date and timestamp without zone stay text (`2026-03-31`), for a day has no hour. */
type Types = ArrayTypes & { bigint: bigint; plainDate: string }

/** The pool: each statement on any free connection. */
export type Sql = postgres.Sql<Types>
/** One open transaction; handed down first to everything that belongs to it. */
export type Tx = postgres.TransactionSql<Types>
/** Either: what reads without caring whether a transaction is open. */
export type Queryable = postgres.ISql<Types>

/** The role whose grants the service lives by; migrations grant to it. Nobody logs in as it. */
export const serviceRole = 'meterai_service'

/** One process's way to its database. */
export type Database = {
  readonly sql: Sql
  /**
   * The service's time, in whole milliseconds: the database's clock, shifted by what tests put into `clock_offset`. One
   * clock for all processes. In SQL: `database_now()`.
   */
  now(sql?: Queryable): Promise<Date>
  /**
   * Runs `work` in one transaction (read committed) and commits what it did; a throw rolls back and goes on to the caller.
   * Serialization failures and deadlocks (40001, 40P01) run `work` again, so it must have no effect outside the database.
   * After a lost connection the outcome is unknown and the error comes out: repeat with the same ids.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Waits for running statements (5 s), then closes every connection. */
  close(): Promise<void>
}

export type DatabaseOptions = {
  url: string
  /** SET ROLE for every connection: demo mode with one login for all. */
  role?: string
  connectionsMax?: number
  applicationName?: string
}

const types = {
  ...arrayTypes,
  bigint: postgres.BigInt,
  plainDate: {
    to: 1082,
    from: [1082, 1114],
    serialize: (value: string) => value,
    parse: (text: string) => text,
  },
}

/**
 * The service looks rows up by their keys, a batch at a time: plans for that are made once for a statement and hold for tables of
 * any size, for the planner is left no join but the nested loop and no scan without a key. What walks whole
 * tables says so (`mayWalkTables`).
 */
const lookUpPlans = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // what is left out costs ten thousand million to PostgreSQL before 18, which would compile each statement for that
  jit: 'off',
} as const

/** PostgreSQL's five-letter code (SQLSTATE) of an error; undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof postgres.PostgresError ? error.code : undefined
}

/** Connections that ended while a statement was on its way, and servers that are going or coming. */
const lostConnections = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
])

/**
 * What a failed transaction means: `unknown` after a lost connection (it may have been committed; the same ids again find
 * out), `surroundings` where the database cannot work (disk full, time-out, read-only, no privilege), else `item`: a statement's
 * data.
 */
export function failureKind(error: unknown): 'unknown' | 'surroundings' | 'item' {
  const state = sqlState(error)
  // 08: connection; 57P0x: the server is shutting down, crashed or starting.
  if (state !== undefined && /^(08|57P0)/.test(state)) return 'unknown'
  // 25: a standby, or left open too long; 28, 3D: not let in; 40: retried already; 42: our own SQL; 53: resources; 55P03, 57014:
  // time-outs; 58: system errors.
  if (state !== undefined) return /^(25|28|3D|40|42|53|55P03|57|58)/.test(state) ? 'surroundings' : 'item'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return lostConnections.has(code) ? 'unknown' : 'item'
}

function mayRunAgain(error: unknown): boolean {
  const state = sqlState(error)
  return state === '40001' || state === '40P01' || beganBesideOthers(error)
}

/**
 * The client (3.4.9) began a transaction on a connection that it went on giving to others: it forgets to keep it apart where the statement
 * that begins one is the last that the connection takes for now. Others' statements are in that transaction then, and nobody commits it.
 */
function beganBesideOthers(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UNSAFE_TRANSACTION'
}

/** Errors after which a connection ends, or has ended: 57P0x and 25P03 are the server's last words on it. */
function endsConnection(error: unknown): boolean {
  const state = sqlState(error)
  if (state !== undefined) return /^(57P0|25P03)/.test(state)
  return failureKind(error) === 'unknown'
}

/**
 * One transaction on any free connection, of PostgreSQL's `mode` (such as `isolation level repeatable read read only`); run once.
 *
 * Always by this, never by the client's own `begin`. When a connection is lost, `begin` fails as it should; but the client (3.4.9;
 * porsager/postgres issues 1154 and 1208) still writes its rollback or commit, and whatever `work` goes on to ask: to a socket that
 * is gone, which ends the process, or to the connection's successor, into somebody else's transaction. So once `begin` has
 * failed, `work` is refused every statement and never returns to the client.
 */
export async function inTransaction<T>(sql: Sql, mode: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const over = new AbortController()
  function refuseWhenOver(): void {
    if (over.signal.aborted) throw new Error('the transaction is over: its connection was lost, or it came to its end')
  }
  const guard: ProxyHandler<Tx> = {
    apply(target, self, words) {
      refuseWhenOver()
      return Reflect.apply(target, self, words)
    },
    get(target, name) {
      refuseWhenOver()
      return Reflect.get(target, name)
    },
  }
  const never = new Promise<never>(() => undefined)
  /** Time for `begin` to hear of a loss that a statement was told of first. */
  async function untilOver(): Promise<void> {
    await delay(connectionEndMilliseconds, undefined, { signal: over.signal, ref: false }).catch(() => undefined)
  }
  try {
    const { value } = await sql.begin(mode, async (tx) => {
      try {
        // Wrapped, because `begin` awaits the members of an array it is given.
        const done = { value: await work(new Proxy(tx, guard)) }
        return over.signal.aborted ? await never : done
      } catch (error) {
        if (endsConnection(error)) await untilOver()
        if (over.signal.aborted) return never
        // what still runs beside the failure must not write behind the rollback
        over.abort()
        throw error
      }
    })
    return value
  } finally {
    over.abort()
  }
}

/** Lets this transaction walk whole tables: any plan, made for the tables as they are, and no bound on a statement's time. */
export async function mayWalkTables(tx: Tx): Promise<void> {
  const scans = Object.keys(lookUpPlans).filter((name) => name.startsWith('enable_'))
  const all = new Map([
    ...scans.map((name) => [name, 'on'] as const),
    ['plan_cache_mode', 'auto'],
    ['statement_timeout', '0'],
  ])
  await tx`select set_config(s.name, s.value, true) from unnest(${[...all.keys()]}::text[], ${[...all.values()]}::text[]) s(name, value)`
}

/** No statement is ever the last that a connection takes: see beganBesideOthers. The client's types do not know the option. */
const endlessPipeline: object = { max_pipeline: Number.MAX_SAFE_INTEGER }

/** A pool of connections to `url`; nothing connects before the first statement. */
export function openDatabase(options: DatabaseOptions): Database {
  const open = (onclose: () => void): Sql =>
    postgres(options.url, {
      types,
      fetch_types: false,
      onclose,
      max: options.connectionsMax ?? databaseConnectionsMax,
      ...endlessPipeline,
      connect_timeout: connectSecondsMax,
      onnotice: () => undefined,
      connection: {
        application_name: options.applicationName ?? 'openmeterai',
        TimeZone: 'UTC',
        statement_timeout: statementMilliseconds,
        idle_in_transaction_session_timeout: idleInTransactionMilliseconds,
        ...lookUpPlans,
        ...(options.role === undefined ? {} : { role: options.role }),
      },
    })
  const pool = renewedPool(open, poolRetirement)
  const { sql } = pool

  async function now(on: Queryable = sql): Promise<Date> {
    const [row] = await on<{ now: Date }[]>`select database_now() as now`
    if (row === undefined) throw new Error('database_now() gave no row')
    return row.now
  }

  async function transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await inTransaction(sql, '', work)
      } catch (error) {
        if (beganBesideOthers(error)) pool.abandon()
        if (!mayRunAgain(error) || tries >= transactionTriesMax) throw error
        await delay(transactionRetryMilliseconds * 2 ** (tries - 1) * (0.5 + Math.random()))
      }
    }
  }

  return { sql, now, transaction, close: () => sql.end({ timeout: 5 }) }
}
