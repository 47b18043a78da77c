import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { affixDigest } from '../../../tests/support/affix-digest.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { parsePublicId } from '../../base/ids.ts'
import { listenerKeptMax, listenersMax } from '../../limits/traffic.ts'
import { dispatchEvents } from '../../notices/dispatch.ts'
import { eventNames } from '../../notices/outbox.ts'
import { dropListeners, takeForListeners } from '../../notices/webhooks/listeners.ts'

let web: TestWeb
let account: Awaited<ReturnType<TestWeb['openAccount']>>
beforeAll(async () => {
  web = await testWeb()
})
beforeEach(async () => {
  account = await web.openAccount(0)
})
afterAll(() => web.close())

async function call(method: 'POST' | 'DELETE', path: string, json?: object, key = account.testKey) {
  const answer = await web.app.inject({
    method,
    url: path,
    headers: { authorization: `Bearer ${key}` },
    ...(json === undefined ? {} : { payload: json }),
  })
  return { status: answer.statusCode, json: answer.body === '' ? {} : answer.json() }
}

const listen = (json: object = {}, key = account.testKey) => call('POST', '/v1/webhooks/listeners', json, key)
const next = (id: string, json: object = { waitSeconds: 0 }, key = account.testKey) =>
  call('POST', `/v1/webhooks/listeners/${id}/next`, json, key)
const trigger = (event: string, key = account.testKey) => call('POST', '/v1/webhooks/trigger', { event }, key)

const dispatch = () =>
  dispatchEvents({
    database: web.db.database,
    deliver: (event) => takeForListeners(web.db.database, event),
    onFailure: (_, error) => {
      throw error
    },
  })
const subscriptions = () =>
  web.db.database.sql`select event from subscriptions order by event`.then((rows) => rows.map((row) => row['event']))

let count = 0
const affix = () =>
  affixDigest({ url: web.url, key: account.testKey }, `listened-${++count}`, String(count).padStart(64, '0'))

test('a listener that never says what arrived loses the oldest, and keeps so many', async () => {
  const { json: listener } = await listen({ events: ['affixing.affixed'] })
  await web.db.owner.sql`
    insert into listener_messages (account_id, listener_id, message_id, event_id, event, body)
    select account_id, listener_id, uuid7_floor(database_now() - make_interval(secs => n)), gen_random_uuid(), 'affixing.affixed', n::text
    from event_listeners, generate_series(1, ${listenerKeptMax}) n where listener_id = ${parsePublicId('listener', listener.id) ?? ''}`
  await affix()
  await dispatch()

  const kept = await web.db.owner.sql<{ body: string }[]>`
    select body from listener_messages where listener_id = ${parsePublicId('listener', listener.id) ?? ''} order by message_id`
  expect(kept).toHaveLength(listenerKeptMax)
  expect(kept[0]?.body).toBe(String(listenerKeptMax - 1))
  expect(kept.at(-1)?.body).toContain('"affixing.affixed"')
})

test('a listener hears what happens, signed as a webhook is, until it has told that it arrived', async () => {
  const { json: listener } = await listen({ events: ['affixing.affixed'] })
  const waiting = next(listener.id, { waitSeconds: 20 })
  await affix()
  await dispatch()
  const { json: heard } = await waiting
  expect(heard.items).toHaveLength(1)
  const [{ id, event, headers, body }] = heard.items
  expect(event).toBe('affixing.affixed')
  expect(JSON.parse(body)).toMatchObject({ type: 'affixing.affixed', data: { version: 2 } })
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const secret = Buffer.from(listener.secret.replace('whsec_', ''), 'base64')
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', secret).update(content).digest('base64')}`)

  const again = await next(listener.id)
  expect(again.json.items[0].id).toBe(id)
  const after = await next(listener.id, { told: [id], waitSeconds: 0 })
  expect(after.json.items).toEqual([])
})

test('the same event twice is one message, and what was not asked for is not heard', async () => {
  const { json: listener } = await listen({ events: ['affixing.released'] })
  const event = { accountId: '', id: '', objectId: 'afx_1', version: 2, detail: {}, createdAt: new Date(), tries: 1 }
  const [row] = await web.db.owner
    .sql`select account_id, listener_id from event_listeners order by created_at desc limit 1`
  const mine = { ...event, accountId: String(row?.['account_id']), id: String(row?.['listener_id']) }
  await takeForListeners(web.db.database, { ...mine, event: 'affixing.released' })
  await takeForListeners(web.db.database, { ...mine, event: 'affixing.released' })
  await takeForListeners(web.db.database, { ...mine, event: 'affixing.affixed' })
  const { json } = await next(listener.id)
  expect(json.items.map((item: { event: string }) => item.event)).toEqual(['affixing.released'])
})

test('an event made up for a test key is heard and says that it is a test', async () => {
  const unheard = await trigger('affixing.affixed')
  expect(unheard).toMatchObject({ status: 202, json: { heard: false } })
  const { json: listener } = await listen()
  expect(listener.events).toEqual([...eventNames])
  const { json: made } = await trigger('affixing.affixed')
  expect(made).toMatchObject({ heard: true, event: 'affixing.affixed' })
  await dispatch()
  const { json } = await next(listener.id)
  const [{ headers, body }] = json.items
  expect(headers['webhook-id']).toBe(made.id)
  expect(JSON.parse(body).data).toMatchObject({ id: made.objectId, test: 'trigger' })
})

test('a live key makes up nothing, and an event that is none is refused', async () => {
  expect(await trigger('affixing.affixed', account.liveKey)).toMatchObject({
    status: 403,
    json: { code: 'test_key_needed' },
  })
  expect(await trigger('affixing.burnt')).toMatchObject({ status: 400, json: { code: 'request_malformed' } })
  expect(await listen({ events: [] })).toMatchObject({ status: 400 })
})

test("another account's listener, one that ended and one that is none answer alike", async () => {
  const { json: listener } = await listen()
  const other = await web.openAccount(0)
  const foreign = await next(listener.id, { waitSeconds: 0 }, other.testKey)
  const live = await next(listener.id, { waitSeconds: 0 }, account.liveKey)
  const none = await next('lsn_0', { waitSeconds: 0 })
  expect([foreign, live, none].map(({ status, json }) => [status, json.code])).toEqual(
    [foreign, live, none].map(() => [404, 'not_found']),
  )
  expect((await call('DELETE', `/v1/webhooks/listeners/${listener.id}`, undefined, other.testKey)).status).toBe(404)
  expect((await call('DELETE', `/v1/webhooks/listeners/${listener.id}`)).status).toBe(204)
  expect((await next(listener.id)).status).toBe(404)
})

test('a listener that ends while it is asked answers at once', async () => {
  const { json: listener } = await listen()
  const waiting = next(listener.id, { waitSeconds: 20 })
  await call('DELETE', `/v1/webhooks/listeners/${listener.id}`)
  expect((await waiting).status).toBe(404)
})

test('an account has so many listeners; one that nobody asks makes room', async () => {
  for (let each = 0; each < listenersMax; each++) expect((await listen()).status).toBe(201)
  expect(await listen()).toMatchObject({ status: 429, json: { code: 'too_many_listeners', limit: listenersMax } })
  await web.db.advance(121)
  const { status, json } = await listen()
  expect(status).toBe(201)
  await web.db.advance(100)
  expect((await next(json.id)).status).toBe(200)
  await web.db.advance(100)
  expect((await next(json.id)).status).toBe(200)
  await web.db.advance(121)
  expect((await next(json.id)).status).toBe(404)
})

test('what only listeners wanted is not written any more once they are gone; what an endpoint wants stays', async () => {
  await web.db.advance(1_000)
  await dropListeners(web.db.database, new AbortController().signal)
  expect(await subscriptions()).toEqual([])
  await call('POST', '/v1/webhooks', { url: 'https://books.example.com/', events: ['affixing.affixed'] })
  await listen({ events: ['affixing.affixed', 'affixing.released'] })
  expect(await subscriptions()).toEqual(['affixing.affixed', 'affixing.released'])
  await call('POST', '/v1/webhooks', { url: 'https://books.example.com/2', events: ['affixing.affixed'] })
  expect(await subscriptions()).toEqual(['affixing.affixed', 'affixing.released'])
  await web.db.advance(1_000)
  expect(await dropListeners(web.db.database, new AbortController().signal)).toBe(1)
  expect(await subscriptions()).toEqual(['affixing.affixed'])
  expect(await dropListeners(web.db.database, new AbortController().signal)).toBe(0)
})

test('listening and making up leave their entry in the audit', async () => {
  const { json: listener } = await listen()
  await trigger('affixing.released')
  await call('DELETE', `/v1/webhooks/listeners/${listener.id}`)
  const rows = await web.db.owner.sql`
    select action, object_id from audit where action in ('listener.opened', 'listener.closed', 'webhook.triggered')
      and account_id = (select account_id from audit where object_id = ${listener.id} limit 1)`
  const told = rows.map((row) => [String(row['action']), row['object_id'] === listener.id])
  expect(Object.fromEntries(told)).toEqual({
    'listener.opened': true,
    'webhook.triggered': false,
    'listener.closed': true,
  })
})
