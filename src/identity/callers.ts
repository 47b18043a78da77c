import { openLanes } from '../base/batching.ts'
import { type Database, failureKind } from '../database/database.ts'
import { pauseBeforeRetry } from '../database/pause-before-retry.ts'
import { laneQueueMax, lookUpBatchMax } from '../limits/stamping.ts'
import { findCallers, keyHashOf, type Caller } from './api-keys.ts'
import type { KeyUses } from './key-uses.ts'

/** Who calls, looked up for many requests together: a revoked key is refused from the next look-up on. */
export type Callers = {
  /** The caller behind `Authorization: Bearer <key>`; undefined for anything that is not a key in force. */
  find(authorization: string | undefined): Promise<Caller | undefined>
}

/**
 * One set for a process. Every request asks, so asking one by one would cost more than the rest of its reads. `uses` is told of every
 * key that was good.
 */
export function openCallers(database: Database, uses?: Pick<KeyUses, 'note'>): Callers {
  const lookUps = openLanes<Buffer, Caller | undefined>({
    lanes: 1,
    batchMax: lookUpBatchMax,
    queueMax: laneQueueMax,
    keyOf: () => '',
    failureKind,
    pauseBeforeRetry,
    run: async (hashes) => {
      const found = await findCallers(database.sql, hashes)
      return hashes.map((hash) => found.get(hash.toString('hex')))
    },
  })
  return {
    async find(authorization) {
      const hash = keyHashOf(authorization)
      const caller = hash === undefined ? undefined : await lookUps.submit(hash)
      if (caller !== undefined) uses?.note(caller.keyId)
      return caller
    },
  }
}
