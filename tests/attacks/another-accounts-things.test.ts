import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type IdKind, idKinds, newUuid, parsePublicId, publicId } from '../../src/base/ids.ts'
import { linkAccounts } from '../../src/purchases/quota-transfers/family.ts'
import { samplePdf } from '../support/pdf-samples.ts'
import { beginRegistration, goodPassword, registerPerson } from '../support/person.ts'
import { sampleJpeg } from '../support/photo-samples.ts'
import { nameOf, registeredRoutes, type RegisteredRoute } from '../support/registered-routes.ts'
import { softPasskey } from '../support/soft-passkey.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

/*
 * Somebody who knows another's ids: on every route that takes one they are answered as for an id that nothing has, by session and by
 * key, and nothing of the other's changes. A new route with an id fails here until its thing is made below.
 */

type Person = Awaited<ReturnType<typeof registerPerson>>
/** The path of a thing, and the victim's id of it. */
type Things = Record<string, string>

/** A document for a batch. */
const document = {
  clientReference: '1',
  sourceSha256: createHash('sha256').update(randomUUID()).digest('hex'),
  sourceLength: 1000,
  pageCount: 1,
  facts: { documentType: 'surat-pernyataan' },
  placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
}

const withId = z.object({ id: z.string() }).loose()
const withCode = z.object({ code: z.string() }).loose()

let web: TestWeb
let attacker: Person
let attackersKey: string
let victim: Person
let things: Things
beforeAll(async () => {
  web = await testWeb()
  victim = await registerPerson(web, { photo: sampleJpeg() })
  things = await makeThings()
  attacker = await registerPerson(web)
  attackersKey = await web.addKey(uuidOf(attacker))
})
afterAll(() => web.close())

const uuidOf = ({ accountId }: Person): string => parsePublicId('account', accountId) ?? ''

/** One of everything that has an id, as its routes name it. */
async function makeThings(): Promise<Things> {
  const accountId = uuidOf(victim)
  await web.db.database.sql`update account_holders set proofing = 'proven' where account_id = ${accountId}`
  const authorization = `Bearer ${await web.addKey(accountId)}`
  /** Makes a thing by key, or in a browser; answers its id. */
  const made = async (url: string, payload: object, by?: Person) => {
    const headers = { authorization, 'idempotency-key': randomUUID() }
    const answer =
      by === undefined
        ? await web.app.inject({ method: 'POST', url, headers, payload })
        : await by.browser.call('POST', url, payload)
    expect([url, answer.statusCode]).toEqual([url, 201])
    return withId.parse(answer.json()).id
  }
  const order = await made('/v1/orders', { quantity: 5, method: 'qris' })
  const paid = await fetch(`${web.url}/simulator/payments/${order}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ act: 'pay' }),
  })
  expect([paid.status, await paid.json()]).toMatchObject([200, { answers: [200] }])
  const child = await web.openAccount(0)
  await linkAccounts(web.db.database, { childId: child.accountId, parentId: accountId, operator: 'petugas-a' })
  const webhook = await made('/v1/webhooks', { url: 'https://contoh.example/hook', events: ['affixing.affixed'] })
  const sessions = await victim.browser.call('GET', '/v1/sessions')
  const [session] = z.object({ items: z.array(withId) }).parse(sessions.json()).items
  const registration = await beginRegistration(web)
  await registration.photo(sampleJpeg())
  return {
    affixings: await stampedFile(authorization),
    batches: await made('/v1/batches', { name: 'Contoh', items: [document] }),
    webhooks: webhook,
    'webhooks/listeners': await made('/v1/webhooks/listeners', { events: ['affixing.affixed'] }),
    deliveries: await makeDelivery(accountId, webhook),
    keys: await made('/v1/keys', { name: 'Kasir', kind: 'live' }),
    orders: order,
    refunds: await made('/v1/refunds', {
      quantity: 1,
      destination: { bank: 'Bank Contoh', accountNumber: '1234567890', accountName: 'Contoh Aminah' },
    }),
    'quota-transfers': await made('/v1/quota-transfers', { to: publicId('account', child.accountId), quantity: 1 }),
    members: victim.personId,
    'members/invitations': await made('/v1/members', { contact: 'tamu@contoh.example', role: 'reader' }, victim),
    // for whom it is not
    invitations: await made('/v1/members', { contact: 'tamu.lain@contoh.example', role: 'reader' }, victim),
    sessions: session?.id ?? '',
    'authenticators/passkeys': await makePasskey(),
    registrations: registration.id,
  }
}

async function stampedFile(authorization: string): Promise<string> {
  const placement = { page: 'last', left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const facts = JSON.stringify({ facts: { documentType: 'surat-pernyataan' }, placement })
  const url = `${web.url}/v1/stampings/${randomUUID()}?facts=${Buffer.from(facts).toString('base64url')}`
  const headers = { authorization, 'content-type': 'application/pdf' }
  const answer = await fetch(url, { method: 'PUT', headers, body: Buffer.from(samplePdf()) })
  expect([answer.status, (await answer.arrayBuffer()).byteLength > 1000]).toEqual([200, true])
  return answer.headers.get('affixing-id') ?? ''
}

async function makeDelivery(accountId: string, webhook: string): Promise<string> {
  const id = newUuid(new Date())
  await web.db.owner.sql`
    insert into webhook_deliveries (account_id, endpoint_id, delivery_id, event_id, event, body, created_at, state)
    values (${accountId}, ${parsePublicId('webhook', webhook) ?? ''}, ${id}, ${newUuid(new Date())}, 'affixing.affixed', '{}', now(), 'given_up')`
  return publicId('delivery', id)
}

async function makePasskey(): Promise<string> {
  const { browser } = victim
  const asked = await browser.call('POST', '/v1/authenticators/passkeys/challenge', { password: goodPassword })
  const { challengeId, options } = asked.json<{ challengeId: string; options: { challenge: string } }>()
  const response = softPasskey({ rpId: 'localhost', origin: 'http://localhost:8080' }).register(options.challenge)
  const added = await browser.call('POST', '/v1/authenticators/passkeys', { challengeId, response })
  return withId.parse(added.json()).id
}

/** Ids in paths that name no thing of anybody: a caller's own key, a kind of paper, a picture by its hash, a month, a gateway. */
const namesNobodys = [
  '/v1/stampings/:key',
  '/v1/account/papers/:paper',
  '/v1/artworks/:sha256',
  '/v1/statements/:month',
  '/v1/payments/:gateway/notifications',
]

const routes = () =>
  registeredRoutes(web.app).filter(
    ({ path }) => path.includes(':') && !namesNobodys.some((one) => path.startsWith(one)),
  )

/** An id of the same kind that nothing has. */
function madeUpFor(id: string): string {
  const kind = Object.entries(idKinds).find(([, prefix]) => id.startsWith(`${prefix}_`))?.[0]
  const known = Object.keys(idKinds).find((one): one is IdKind => one === kind)
  if (known === undefined) throw new Error(`no kind of id: ${id}`)
  return publicId(known, newUuid(new Date()))
}

/** The path with its ids put in: the longest name of a thing that it begins with. */
function filled(path: string, idOf: (thing: string) => string): string {
  const place = path.slice('/v1/'.length).split('/:')[0] ?? ''
  return path.replace(':id', idOf(place)).replace(':delivery', idOf('deliveries')).replace(':paper', 'nib')
}

const thingOf = (thing: string): string => {
  const id = things[thing]
  if (id === undefined) throw new Error(`nothing is made that routes name as ${thing}`)
  return id
}

const withoutRequest = (body: string): string => body.replace(/"requestId":"[^"]+"/, '')

/** What an answer tells: all but the id that was asked for and what is drawn anew. */
async function told(route: RegisteredRoute, ids: readonly string[], call: { url: string; by: 'session' | 'key' }) {
  const headers = { 'idempotency-key': randomUUID() }
  const payload = route.file === undefined ? route.body : sampleJpeg()
  const type = route.file === undefined ? {} : { 'content-type': 'image/jpeg' }
  const answer =
    call.by === 'session'
      ? await attacker.browser.call(route.method, call.url, payload, { ...headers, ...type })
      : await web.app.inject({
          method: route.method,
          url: call.url,
          headers: { ...headers, ...type, authorization: `Bearer ${attackersKey}` },
          ...(payload === undefined ? {} : { payload: payload instanceof Buffer ? payload : Object(payload) }),
        })
  const body = ids.reduce((text, id) => text.replaceAll(id, 'ID'), withoutRequest(answer.body))
  return { status: answer.statusCode, code: withCode.safeParse(answer.json()).data?.code, body }
}

test.each(['session', 'key'] as const)('by %s every id of another is answered as one that nothing has', async (by) => {
  expect(routes().length).toBeGreaterThan(35)
  const differing: string[] = []
  const served: string[] = []
  for (const route of routes()) {
    const madeUp = new Map(Object.entries(things).map(([thing, id]) => [thing, madeUpFor(id)]))
    const foreign = await told(route, Object.values(things), { by, url: filled(route.path, thingOf) })
    const nobodys = await told(route, [...madeUp.values()], {
      by,
      url: filled(route.path, (thing) => madeUp.get(thing) ?? ''),
    })
    if (JSON.stringify(foreign) !== JSON.stringify(nobodys))
      differing.push(`${nameOf(route)}: ${foreign.status} ${foreign.body} / ${nobodys.status} ${nobodys.body}`)
    // a key is told that it has no session before anything is looked at
    if (!['not_found', 'session_needed', 'unauthenticated'].includes(foreign.code ?? ''))
      served.push(`${nameOf(route)}: ${foreign.status} ${foreign.code}`)
  }
  expect({ differing, served }).toEqual({ differing: [], served: [] })
})

test("another's delivery is not there under one's own webhook", async () => {
  const mine = await attacker.browser.call('POST', '/v1/webhooks', {
    url: 'https://contoh.example/hook',
    events: ['affixing.affixed'],
  })
  const { id } = withId.parse(mine.json())
  const answer = await attacker.browser.call('POST', `/v1/webhooks/${id}/deliveries/${things['deliveries']}/resend`)
  expect(answer.json()).toMatchObject({ code: 'not_found' })
})

test("a document of another's batch is reserved by nobody else", async () => {
  const items = await web.app.inject({
    url: `/v1/batches/${things['batches']}/items`,
    headers: { authorization: `Bearer ${await web.addKey(uuidOf(victim))}` },
  })
  const [item] = items.json<{ items: { id: string }[] }>().items
  const authorization = `Bearer ${attackersKey}`
  const answers = await Promise.all(
    [item?.id ?? '', publicId('batchItem', newUuid(new Date()))].map(async (batchItem) => {
      const { clientReference: _, ...own } = document
      const body = { ...own, batchItem }
      const headers = { authorization, 'idempotency-key': randomUUID() }
      const answer = await web.app.inject({ method: 'POST', url: '/v1/affixings', headers, payload: body })
      return withoutRequest(answer.body).replaceAll(batchItem, 'ID')
    }),
  )
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('"code":"not_found"')
})

test('an account that is named in the header is not there for whoever is no member, on every route', async () => {
  const differing: string[] = []
  const ids = [victim.accountId, publicId('account', newUuid(new Date()))]
  // signing out ends the session that asks; the inbox of the demo is everybody's
  const others = ['DELETE /v1/sessions/current', 'GET /v1/inbox']
  for (const route of registeredRoutes(web.app).filter((one) => !others.includes(nameOf(one)))) {
    const url = route.path.includes(':')
      ? filled(route.path.replace(/:(?!id|delivery)\w+/, 'x'), (thing) => things[thing] ?? 'x')
      : route.path
    const answers: string[] = []
    for (const account of ids) {
      const answer = await attacker.browser.call(route.method, url, route.body, {
        'x-account': account,
        'idempotency-key': randomUUID(),
      })
      if (answer.body.includes(victim.email)) differing.push(`${nameOf(route)} tells of the victim`)
      answers.push(`${answer.statusCode} ${withCode.safeParse(safeJson(answer.body)).data?.code ?? ''}`)
    }
    if (answers[0] !== answers[1]) differing.push(`${nameOf(route)}: ${answers.join(' / ')}`)
  }
  expect(differing).toEqual([])
})

function safeJson(body: string): unknown {
  return body.startsWith('{') ? JSON.parse(body) : {}
}

test('after all of it the victim has what they had', async () => {
  const { browser } = victim
  const missing: string[] = []
  for (const place of ['affixings', 'batches', 'webhooks', 'orders', 'refunds', 'quota-transfers']) {
    const answer = await browser.call('GET', `/v1/${place}/${things[place]}`)
    if (answer.statusCode !== 200) missing.push(`${place}: ${answer.statusCode}`)
  }
  expect((await browser.call('GET', `/v1/affixings/${things['affixings']}/document`)).statusCode).toBe(200)
  expect((await browser.call('GET', '/v1/account/identity-photo')).statusCode).toBe(200)
  expect((await browser.call('GET', '/v1/keys')).body).toContain(things['keys'])
  const members = (await browser.call('GET', '/v1/members')).body
  expect(
    [things['members'], things['members/invitations'], things['invitations']].filter(
      (id = '?') => !members.includes(id),
    ),
  ).toEqual([])
  expect((await browser.call('GET', '/v1/authenticators')).body).toContain(things['authenticators/passkeys'])
  expect(missing).toEqual([])
})
