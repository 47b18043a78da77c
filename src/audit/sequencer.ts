import type { Database } from '../database/database.ts'
import { sequencerMarksMax, sequencerRoundsMax } from '../limits/traffic.ts'

/**
 * Gives audit entries that have no place yet their sequence number and link (`sequence_audit` in migration 0008); answers
 * how many. Safe in every process at once: one works, the others get 0 at once. An entry is passed over only while its
 * transaction is open, and gets its place in the first round after the commit; numbers follow the rounds, not the moments of entries.
 */
export async function sequenceAudit(database: Database): Promise<number> {
  let sequenced = 0
  for (let round = 0; round < sequencerRoundsMax; round++) {
    const [row] = await database.sql<{ entries: number }[]>`select sequence_audit(${sequencerMarksMax}) as entries`
    const entries = row?.entries ?? 0
    sequenced += entries
    // A mark has at least one entry: with fewer entries than marks were allowed, none was left.
    if (entries < sequencerMarksMax) break
  }
  return sequenced
}
