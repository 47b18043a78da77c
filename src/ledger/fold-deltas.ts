import type { Database } from '../database/database.ts'
import { deltaKeepSeconds, foldBatchMax, foldRoundsMax } from '../limits/stamping.ts'

/**
 * Folds the system accounts' deltas of the last minutes into their month's row (`fold_system_deltas` in migration 0007); sums stay
 * what they are. Returns how many rows there are fewer. Safe in every process at once.
 */
export async function foldDeltas(database: Database, stopping: AbortSignal): Promise<number> {
  let folded = 0
  for (let round = 0; round < foldRoundsMax; round++) {
    if (stopping.aborted) break
    const [row] = await database.sql<{ fewer: number }[]>`
      select fold_system_deltas(database_now() - make_interval(secs => ${deltaKeepSeconds}), ${foldBatchMax}) as fewer`
    const fewer = row?.fewer ?? 0
    folded += fewer
    // Rows of past months fold into themselves: a round that hardly shrinks the table has met its end.
    if (fewer < foldBatchMax / 2) break
  }
  return folded
}
