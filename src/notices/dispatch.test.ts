import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { outboxBatchMax, outboxClaimSeconds, outboxRetrySecondsMax, outboxTriesMax } from '../limits/traffic.ts'
import { dispatchEvents, type Deliver, type DeliveredEvent } from './dispatch.ts'
import { recordEvents, subscribe, unsubscribe, type OutboxEvent } from './outbox.ts'

let db: TestDatabase
beforeEach(async () => {
  db = await testDatabase()
})
afterEach(() => db.drop())

const at = new Date('2026-11-23T10:00:00Z')
const uuid = () => newUuid(at)
const event = (accountId: string, change: Partial<OutboxEvent> = {}): OutboxEvent => ({
  accountId,
  id: uuid(),
  event: 'affixing.affixed',
  objectId: 'afx_1',
  version: 2,
  ...change,
})
const record = (events: OutboxEvent[]) => db.database.transaction((tx) => recordEvents(tx, events, at))
async function subscribed(): Promise<string> {
  const accountId = uuid()
  await db.database.transaction((tx) => subscribe(tx, { accountId, event: 'affixing.affixed', at }))
  return accountId
}
const left = async () => {
  const [row] = await db.database.sql<{ count: bigint; given_up: bigint }[]>`
    select count(*) as count, count(*) filter (where due_at is null) as given_up from outbox`
  return { count: Number(row?.count), givenUp: Number(row?.given_up) }
}

/** Remembers what came; rejects while `fails` says so. */
function subscriber(fails: (event: DeliveredEvent) => boolean = () => false) {
  const got: DeliveredEvent[] = []
  const failures: { id: string; last: boolean }[] = []
  const deliver: Deliver = async (one) => {
    if (fails(one)) throw new Error('no')
    got.push(one)
  }
  const dispatch = (change: { deliver?: Deliver; deliverMilliseconds?: number } = {}) =>
    dispatchEvents({
      database: db.database,
      deliver,
      onFailure: ({ id }, _, last) => failures.push({ id, last }),
      ...change,
    })
  return { got, failures, dispatch }
}

test('events are written for those who subscribed to them, and for nobody else', async () => {
  const [accountId, other] = [await subscribed(), uuid()]
  const wanted = event(accountId, { detail: { serial: 'M1' } })
  await record([wanted, event(accountId, { event: 'affixing.reserved' }), event(other)])
  const { got, dispatch } = subscriber()

  expect(await dispatch()).toBe(1)
  expect(got).toEqual([{ ...wanted, createdAt: at, tries: 1 }])
  expect(await left()).toEqual({ count: 0, givenUp: 0 })
})

test('an event of a transaction that is rolled back never comes, one after the subscription ended neither', async () => {
  const accountId = await subscribed()
  const undone = db.database.transaction(async (tx) => {
    await recordEvents(tx, [event(accountId)], at)
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  await db.database.transaction((tx) => unsubscribe(tx, { accountId, event: 'affixing.affixed' }))
  await record([event(accountId)])

  expect(await left()).toEqual({ count: 0, givenUp: 0 })
})

test('what a subscriber failed to take comes again later, with the same id', async () => {
  const accountId = await subscribed()
  const events = [event(accountId), event(accountId)]
  await record(events)
  const { got, failures, dispatch } = subscriber(({ id, tries }) => id === events[0]?.id && tries < 3)

  expect(await dispatch()).toBe(1)
  expect(await dispatch()).toBe(0)
  await db.advance(5)
  expect(await dispatch()).toBe(0)
  await db.advance(10)
  expect(await dispatch()).toBe(1)
  expect(got.map(({ id, tries }) => ({ id, tries }))).toEqual([
    { id: events[1]?.id, tries: 1 },
    { id: events[0]?.id, tries: 3 },
  ])
  expect(failures).toEqual([1, 2].map(() => ({ id: events[0]?.id, last: false })))
})

test('after the last try an event stays where it is and is told of', async () => {
  const accountId = await subscribed()
  await record([event(accountId)])
  await db.database.sql`update outbox set tries = ${outboxTriesMax - 1}`
  const { failures, dispatch } = subscriber(() => true)

  await dispatch()
  expect(failures).toMatchObject([{ last: true }])
  await db.advance(outboxRetrySecondsMax * 2)
  expect(await dispatch()).toBe(0)
  expect(await left()).toEqual({ count: 1, givenUp: 1 })
})

test('a subscriber that does not answer in time holds nobody up for longer, and gets its event again', async () => {
  const accountId = await subscribed()
  const events = [event(accountId), event(accountId)]
  await record(events)
  const { got, dispatch } = subscriber()
  const cutOff: string[] = []
  const deliver: Deliver = (one, signal) =>
    new Promise((resolve) => {
      if (one.id !== events[0]?.id) return resolve()
      signal.addEventListener('abort', () => cutOff.push(one.id))
    })

  expect(await dispatch({ deliver, deliverMilliseconds: 20 })).toBe(1)
  expect(cutOff).toEqual([events[0]?.id])
  await db.advance(5)
  expect(await dispatch()).toBe(1)
  expect(got.map(({ id }) => id)).toEqual([events[0]?.id])
})

test('a process that dies with events in its hands loses none: they come again when its claim has lapsed', async () => {
  const accountId = await subscribed()
  await record([event(accountId)])
  const { got, dispatch } = subscriber()
  let arrived: (() => void) | undefined
  const hasArrived = new Promise<void>((resolve) => (arrived = resolve))
  let go: (() => void) | undefined
  const slow = dispatch({
    deliver: () => {
      arrived?.()
      return new Promise((resolve) => (go = resolve))
    },
  })
  await hasArrived
  expect(await dispatch()).toBe(0)
  await db.advance(outboxClaimSeconds + 1)

  expect(await dispatch()).toBe(1)
  expect(got).toMatchObject([{ tries: 2 }])
  // The first one was only slow: it settles nothing any more, and the event came twice.
  go?.()
  await slow
  expect(await left()).toEqual({ count: 0, givenUp: 0 })
})

test('three dispatchers at once hand each event over once', async () => {
  const accountId = await subscribed()
  const events = Array.from({ length: 3 * outboxBatchMax }, () => event(accountId))
  await record(events)
  const { got, dispatch } = subscriber()

  const counts = await Promise.all([dispatch(), dispatch(), dispatch()])
  expect(counts.reduce((sum, count) => sum + count)).toBe(events.length)
  expect(got.map(({ id }) => id).toSorted()).toEqual(events.map(({ id }) => id).toSorted())
})
