import { retentionBatchMax, retentionRoundsMax } from '../limits/traffic.ts'

/**
 * Deletes what is past its time in statements of bounded size, each a commit of its own, so that nothing is locked for long and a
 * round ends. `step` deletes up to so many rows and answers how many it did. Returns the sum.
 */
export async function inBatches(stopping: AbortSignal, step: (rowsMax: number) => Promise<number>): Promise<number> {
  let deleted = 0
  for (let round = 0; round < retentionRoundsMax && !stopping.aborted; round++) {
    const count = await step(retentionBatchMax)
    deleted += count
    if (count < retentionBatchMax) break
  }
  return deleted
}
