import { openAffixings } from '../affixing/registry.ts'
import { auditLag } from '../audit/audit-lag.ts'
import { type Database, inTransaction } from '../database/database.ts'
import { figuresKeptMilliseconds, figuresStatementMilliseconds } from '../limits/traffic.ts'
import { outboxLag } from '../notices/outbox-lag.ts'

/** What only the database knows. Seconds, and counts. */
export type DatabaseFigures = {
  reserved: number
  oldestReservedSeconds: number
  outboxLagSeconds: number
  outboxGivenUp: number
  auditLagSeconds: number
  clockSkewSeconds: number
}

/**
 * Reads the figures, at most once in five seconds however often it is asked, on one connection, each statement with a bound.
 * Rejects when the database does not answer in time; that is remembered as long.
 */
export function openDatabaseFigures(database: Database, now: () => number): () => Promise<DatabaseFigures> {
  let reading: Promise<DatabaseFigures> | undefined
  let until = -Infinity
  return () => {
    if (reading !== undefined && now() < until) return reading
    until = now() + figuresKeptMilliseconds
    reading = inTime(readFigures(database))
    return reading
  }
}

/** A database that cannot be reached keeps connecting for longer than a scrape may take. */
async function inTime(figures: Promise<DatabaseFigures>): Promise<DatabaseFigures> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const wait = 2 * figuresStatementMilliseconds
    timer = setTimeout(() => reject(new Error(`the database gave no figures within ${wait} ms`)), wait)
  })
  try {
    return await Promise.race([figures, late])
  } finally {
    clearTimeout(timer)
  }
}

async function readFigures(database: Database): Promise<DatabaseFigures> {
  return inTransaction(database.sql, 'read only', async (tx) => {
    await tx`select set_config('statement_timeout', ${`${figuresStatementMilliseconds}ms`}, true)`
    const before = Date.now()
    const [clock] = await tx<{ at: number }[]>`select extract(epoch from clock_timestamp())::float8 * 1000 as at`
    // The database looked at its clock somewhere between our two looks.
    const clockSkewSeconds = ((before + Date.now()) / 2 - (clock?.at ?? Number.NaN)) / 1000
    const open = await openAffixings(tx)
    const outbox = await outboxLag(tx)
    return {
      reserved: open.count,
      oldestReservedSeconds: open.oldestSeconds,
      outboxLagSeconds: outbox.lagSeconds,
      outboxGivenUp: outbox.givenUp,
      auditLagSeconds: await auditLag(tx),
      clockSkewSeconds,
    }
  })
}
