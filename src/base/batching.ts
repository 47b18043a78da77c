import { setImmediate as turn } from 'node:timers/promises'

/** Too many wait already: nothing was begun, the same call may be made again in a moment. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'
}

/**
 * What a failed run means: `unknown` where it may have taken effect (a lost connection), `surroundings` where no item is to
 * blame (a full disk), `item` where one of them may be.
 */
export type FailureKind = 'unknown' | 'surroundings' | 'item'

export type LaneOptions<Item, Answer> = {
  /** How many run beside each other: as many as cores. */
  lanes: number
  /** Items of one run. */
  batchMax: number
  /** Items that wait in all lanes together; the next one is refused. */
  queueMax: number
  /** Items of one key run in one lane, in the order they came. */
  keyOf(item: Item): string
  /**
   * Does all items or, when it throws, none of them; answers in their order. The same items may come again after a failure
   * whose outcome is unknown, so doing them twice must be the same as once. `more` takes along what came meanwhile for the keys of these
   * items: for a run that had to wait anyway. Those are answered behind the others, and share the run's fate.
   */
  run(items: readonly Item[], more: () => readonly Item[]): Promise<readonly Answer[]>
  failureKind(error: unknown): FailureKind
  /** Resolves to true when a run whose outcome is unknown is to be sent again (after a pause), to false to give up. */
  pauseBeforeRetry(tries: number): Promise<boolean>
  /** Told of every run: its items, and how long the first of them had waited (ms). */
  observe?(run: { items: number; waitedMilliseconds: number }): void
}

/** Work of many callers, done in few runs. */
export type Lanes<Item, Answer> = {
  /** The item's own answer or its own failure; rejects with Overloaded at once where the queue is full. */
  submit(item: Item): Promise<Answer>
  /** Items that wait; those in a run are not counted. */
  waiting(): number
}

type Waiting<Item, Answer> = {
  item: Item
  since: number
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Gives the callers of a run their answers. */
type Tell = () => void

type Lane<Item, Answer> = { queue: Waiting<Item, Answer>[]; busy: boolean }

/**
 * Micro-batching: while a lane's run is in flight, what comes waits and goes together into the next one. There is no timer,
 * so an idle lane starts within a turn of the event loop; the busier it gets, the larger its runs. A failed run is tried again in
 * halves until the bad item stands alone: its neighbours never see its failure.
 */
export function openLanes<Item, Answer>(options: LaneOptions<Item, Answer>): Lanes<Item, Answer> {
  const lanes: Lane<Item, Answer>[] = Array.from({ length: options.lanes }, () => ({ queue: [], busy: false }))
  let waiting = 0

  async function runLane(lane: Lane<Item, Answer>): Promise<void> {
    lane.busy = true
    // Callers answered together come back together: a turn of the event loop lets them all into one run.
    await turn()
    for (let running = startRun(lane); running !== undefined;) {
      const tell = await running
      // What waits is sent before anybody hears: while this process writes the answers, the next run is at work elsewhere.
      running = startRun(lane)
      if (running !== undefined) await turn()
      tell()
      if (running !== undefined) continue
      await turn()
      running = startRun(lane)
    }
    lane.busy = false
  }

  function startRun(lane: Lane<Item, Answer>): Promise<Tell> | undefined {
    const batch = lane.queue.splice(0, options.batchMax)
    const [first] = batch
    if (first === undefined) return undefined
    waiting -= batch.length
    const waitedMilliseconds = performance.now() - first.since
    const running = settle(batch, () => takeAlong(lane, batch))
    void running.then(() => options.observe?.({ items: batch.length, waitedMilliseconds }))
    return running
  }

  /** Moves what waits for the same keys from the queue into the batch, as far as that has room. */
  function takeAlong(lane: Lane<Item, Answer>, batch: Waiting<Item, Answer>[]): readonly Item[] {
    const keys = new Set(batch.map(({ item }) => options.keyOf(item)))
    const taken: Waiting<Item, Answer>[] = []
    lane.queue = lane.queue.filter((one) => {
      const goes = batch.length + taken.length < options.batchMax && keys.has(options.keyOf(one.item))
      if (goes) taken.push(one)
      return !goes
    })
    waiting -= taken.length
    batch.push(...taken)
    return taken.map(({ item }) => item)
  }

  async function settle(batch: readonly Waiting<Item, Answer>[], more: () => readonly Item[]): Promise<Tell> {
    try {
      const answers = await runUntilKnown(batch, more)
      return () => {
        for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer)
      }
    } catch (error) {
      if (batch.length > 1 && options.failureKind(error) === 'item') {
        const half = batch.length >> 1
        const tell = await settle(batch.slice(0, half), nothing)
        tell()
        return settle(batch.slice(half), nothing)
      }
      return () => {
        for (const waiter of batch) waiter.reject(error)
      }
    }
  }

  /** Nobody hears "failed" while it may have been done: the same items are sent again until an answer comes. */
  async function runUntilKnown(
    batch: readonly Waiting<Item, Answer>[],
    more: () => readonly Item[],
  ): Promise<readonly Answer[]> {
    for (let tries = 1; ; tries++) {
      try {
        const answers = await options.run(
          batch.map(({ item }) => item),
          more,
        )
        if (answers.length !== batch.length) throw new Error(`${answers.length} answers to ${batch.length} items`)
        return answers
      } catch (error) {
        if (options.failureKind(error) !== 'unknown' || !(await options.pauseBeforeRetry(tries))) throw error
      }
    }
  }

  return {
    submit(item) {
      if (waiting >= options.queueMax) return Promise.reject(new Overloaded(`${waiting} wait already`))
      const lane = lanes[numberOf(options.keyOf(item)) % lanes.length]
      if (lane === undefined) throw new RangeError('at least one lane is needed')
      return new Promise((resolve, reject) => {
        waiting++
        lane.queue.push({ item, since: performance.now(), resolve, reject })
        if (!lane.busy) void runLane(lane)
      })
    },
    waiting: () => waiting,
  }
}

const nothing = () => []

/** Spreads keys evenly: FNV-1a, 32 bits. */
function numberOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
