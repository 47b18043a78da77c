import type { LaneOptions, Lanes } from '../../src/base/batching.ts'

// Stands in for src/base/batching.ts: the service with its own statements, each operation in a run of its own. What is left
// between this and the service is micro-batching alone.

export * from '../../src/base/batching.ts'

/** Runs every item at once, beside the others, as many as the pool has connections for; no order is kept, none is needed. */
export function openLanes<Item, Answer>(options: LaneOptions<Item, Answer>): Lanes<Item, Answer> {
  return {
    async submit(item) {
      for (const answer of await options.run([item], () => [])) return answer
      throw new Error('one item got no answer')
    },
    waiting: () => 0,
  }
}
