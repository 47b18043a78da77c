import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LaneOptions, openLanes, Overloaded } from './batching.ts'

type Item = { account: string; number: number }

/** Lanes whose runs are released one by one, with what each run was given. */
function lanesOf(options: Partial<LaneOptions<Item, number>> = {}) {
  const runs: Item[][] = []
  const lanes = openLanes<Item, number>({
    lanes: 1,
    batchMax: 100,
    queueMax: 1000,
    keyOf: ({ account }) => account,
    run: async (items) => {
      runs.push([...items])
      await Promise.resolve()
      return items.map(({ number }) => number * 2)
    },
    failureKind: () => 'item',
    pauseBeforeRetry: () => Promise.resolve(true),
    ...options,
  })
  return { lanes, runs }
}

const items = (count: number, account = 'a') => Array.from({ length: count }, (_, number) => ({ account, number }))
const numbers = (runs: Item[][]) => runs.map((run) => run.map(({ number }) => number))

test('an idle lane takes what one turn brings; what comes meanwhile goes together into the next run', async () => {
  const { lanes, runs } = lanesOf({
    run: async (batch) => {
      runs.push([...batch])
      await turn()
      await turn()
      return batch.map(({ number }) => number)
    },
  })
  const [first, second, ...others] = items(5)
  if (first === undefined || second === undefined) throw new Error('five items')
  const early = [lanes.submit(first), lanes.submit(second)]
  expect(lanes.waiting()).toBe(2)
  await turn()
  expect(numbers(runs)).toEqual([[0, 1]])
  const late = others.map((item) => lanes.submit(item))
  expect(lanes.waiting()).toBe(3)
  expect(await Promise.all([...early, ...late])).toEqual([0, 1, 2, 3, 4])
  expect(numbers(runs)).toEqual([
    [0, 1],
    [2, 3, 4],
  ])
})

test('callers that are answered together and come again go together', async () => {
  const { lanes, runs } = lanesOf()
  await Promise.all(
    items(3).map(async (item) => {
      await lanes.submit(item)
      await lanes.submit({ ...item, number: item.number + 10 })
    }),
  )
  expect(numbers(runs)).toEqual([
    [0, 1, 2],
    [10, 11, 12],
  ])
})

test('what waits is on its way before the callers of the last run hear', async () => {
  const heard: string[] = []
  const { lanes } = lanesOf({
    run: async (batch) => {
      heard.push(`run ${batch.map(({ number }) => number).join(' ')}`)
      await turn()
      return batch.map(({ number }) => number)
    },
  })
  const ask = async (item: Item) => heard.push(`answer ${await lanes.submit(item)}`)
  const [first, second] = items(2)
  if (first === undefined || second === undefined) throw new Error('two items')
  const early = ask(first)
  await turn()
  await Promise.all([early, ask(second)])
  expect(heard).toEqual(['run 0', 'run 1', 'answer 0', 'answer 1'])
})

test('a run that had to wait takes along what came for its keys, as much as it may have; the rest keeps its order', async () => {
  const runs: number[][] = []
  const { lanes } = lanesOf({
    batchMax: 4,
    run: async (batch, more) => {
      await turn()
      const all = [...batch, ...more()]
      runs.push(all.map(({ number }) => number))
      return all.map(({ number }) => number)
    },
  })
  const item = (account: string, number: number) => ({ account, number })
  const early = [item('a', 0), item('b', 1)].map((one) => lanes.submit(one))
  await turn()
  const late = [item('c', 2), item('a', 3), item('b', 4), item('a', 5)].map((one) => lanes.submit(one))
  expect(await Promise.all([...early, ...late])).toEqual([0, 1, 2, 3, 4, 5])
  expect(runs).toEqual([
    [0, 1, 3, 4],
    [2, 5],
  ])
  expect(lanes.waiting()).toBe(0)
})

test('what was taken along shares the fate of its run: a failure finds the bad one among them', async () => {
  const { lanes } = lanesOf({
    run: async (batch, more) => {
      await turn()
      const all = [...batch, ...more()]
      if (all.some(({ number }) => number === 2)) throw new Error('two')
      return all.map(({ number }) => number)
    },
  })
  const [first, ...others] = items(4)
  if (first === undefined) throw new Error('four items')
  const early = lanes.submit(first)
  await turn()
  const outcomes = await Promise.allSettled([early, ...others.map((one) => lanes.submit(one))])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})

test('a run has no more items than allowed', async () => {
  const { lanes, runs } = lanesOf({ batchMax: 2 })
  await Promise.all(items(6).map((item) => lanes.submit(item)))
  expect(numbers(runs)).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ])
})

test('one bad item fails alone, its neighbours are answered, and the order stays', async () => {
  const done: number[] = []
  const { lanes } = lanesOf({
    run: (batch) => {
      if (batch.some(({ number }) => number === 5)) return Promise.reject(new Error('five'))
      done.push(...batch.map(({ number }) => number))
      return Promise.resolve(batch.map(({ number }) => number))
    },
  })
  const outcomes = await Promise.allSettled(items(9).map((item) => lanes.submit(item)))
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(items(9).map(({ number }) => number !== 5))
  expect(done).toEqual([0, 1, 2, 3, 4, 6, 7, 8])
})

test('a failure of the surroundings is everyone’s and is not tried in halves', async () => {
  let runs = 0
  const { lanes } = lanesOf({
    failureKind: () => 'surroundings',
    run: () => Promise.reject(new Error(`disk full ${++runs}`)),
  })
  const outcomes = await Promise.allSettled(items(9).map((item) => lanes.submit(item)))
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  expect(runs).toBe(1)
})

test('while the outcome is unknown the same items are sent again, and only they', async () => {
  const sent: number[][] = []
  const { lanes } = lanesOf({
    failureKind: (error) => (error instanceof TypeError ? 'unknown' : 'item'),
    run: (batch) => {
      sent.push(batch.map(({ number }) => number))
      if (sent.length % 3 !== 0) return Promise.reject(new TypeError('connection lost'))
      return Promise.resolve(batch.map(({ number }) => number))
    },
  })
  expect(await Promise.all(items(3).map((item) => lanes.submit(item)))).toEqual([0, 1, 2])
  expect(sent).toEqual([
    [0, 1, 2],
    [0, 1, 2],
    [0, 1, 2],
  ])
})

test('whoever gives up waiting for an outcome hears the failure', async () => {
  const { lanes } = lanesOf({
    failureKind: () => 'unknown',
    pauseBeforeRetry: (tries) => Promise.resolve(tries < 3),
    run: () => Promise.reject(new Error('connection lost')),
  })
  await expect(lanes.submit({ account: 'a', number: 1 })).rejects.toThrow('connection lost')
})

test('a full queue refuses at once, and what waits is still done', async () => {
  const { lanes } = lanesOf({ queueMax: 3 })
  const outcomes = await Promise.allSettled(items(6).map((item) => lanes.submit(item)))
  expect(outcomes.map(({ status }) => status)).toEqual([...Array(3).fill('fulfilled'), ...Array(3).fill('rejected')])
  expect(outcomes[5]).toMatchObject({ reason: expect.any(Overloaded) })
  expect(await lanes.submit({ account: 'a', number: 21 })).toBe(42)
})

test('answers that do not match their items are a failure', async () => {
  const { lanes } = lanesOf({ run: () => Promise.resolve([1, 2]) })
  await expect(lanes.submit({ account: 'a', number: 1 })).rejects.toThrow('2 answers to 1 items')
})

test('whatever comes in whatever order: one answer each, accounts in order, never two runs with one account', async () => {
  const accounts = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  await fc.assert(
    fc.asyncProperty(fc.array(accounts, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (keys, laneCount) => {
      const running = new Set<string>()
      const done = new Map<string, number[]>()
      const { lanes } = lanesOf({
        lanes: laneCount,
        batchMax: 7,
        run: async (batch) => {
          const mine = new Set(batch.map(({ account }) => account))
          expect([...mine].filter((account) => running.has(account))).toEqual([])
          for (const account of mine) running.add(account)
          await turn()
          for (const account of mine) running.delete(account)
          for (const { account, number } of batch) done.set(account, [...(done.get(account) ?? []), number])
          return batch.map(({ number }) => number)
        },
      })
      const answers = await Promise.all(keys.map((account, number) => lanes.submit({ account, number })))
      expect(answers).toEqual(keys.map((_, number) => number))
      for (const order of done.values()) expect(order).toEqual(order.toSorted((a, b) => a - b))
    }),
    { numRuns: 50 },
  )
})
