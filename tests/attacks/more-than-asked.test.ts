import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { registerPerson, type TestBrowser } from '../support/person.ts'
import { nameOf, registeredRoutes, type RegisteredRoute } from '../support/registered-routes.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

/*
 * Fields that nobody asked for (whose it is, what it costs, that it is paid, proven, an owner's) are refused on every route that takes
 * JSON, at every depth: nothing that is written down can come from them.
 */

let web: TestWeb
let browser: TestBrowser
beforeAll(async () => {
  web = await testWeb()
  ;({ browser } = await registerPerson(web))
})
afterAll(() => web.close())

const withCode = z.object({ code: z.string().optional() }).loose()
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What somebody might hope to set; names of columns and of our own fields. */
const hopes = {
  accountId: 'acc_x',
  account_id: '00000000-0000-7000-8000-000000000000',
  role: 'owner',
  proofing: 'proven',
  state: 'paid',
  totalRupiah: 1,
  person: { role: 'owner' },
}

/** The body with what it has not yet of these, at each of its objects in turn. */
function* withHopes(body: unknown): Generator {
  if (isRecord(body)) {
    yield { ...hopes, ...body }
    for (const [name, value] of Object.entries(body))
      for (const changed of withHopes(value)) yield { ...body, [name]: changed }
  }
  if (Array.isArray(body))
    for (const [nr, value] of body.entries()) for (const changed of withHopes(value)) yield body.with(nr, changed)
}

/** A passkey's answer is the browser's own: what it has beside is not read. */
const browsersOwn = ['POST /v1/authenticators/passkeys', 'POST /v1/sessions']

async function codeFor({ method, path }: RegisteredRoute, body: unknown): Promise<string> {
  const kind = path.startsWith('/v1/sessions') ? 'ses' : path.startsWith('/v1/members') ? 'per' : 'afx'
  const url = path.replaceAll(/:\w+/g, `${kind}_${'0'.repeat(32)}`)
  const answer = await browser.call(method, url, body, { 'idempotency-key': randomUUID() })
  return (answer.body === '' ? undefined : withCode.safeParse(answer.json()).data?.code) ?? String(answer.statusCode)
}

test('every body with a field too many is refused as a whole, and without it is understood', async () => {
  const routes = registeredRoutes(web.app).filter(({ body }) => body !== undefined)
  expect(routes.length).toBeGreaterThan(45)
  const taken: string[] = []
  for (const route of routes) {
    const bodies = [...withHopes(route.body)]
    const depths = browsersOwn.includes(nameOf(route)) ? bodies.slice(0, 1) : bodies
    for (const [nr, body] of depths.entries()) {
      const code = await codeFor(route, body)
      if (code !== 'request_malformed') taken.push(`${nameOf(route)} (${nr}): ${code}`)
    }
  }
  const misunderstood: string[] = []
  for (const route of routes.filter((one) => nameOf(one) !== 'POST /v1/account/close'))
    if ((await codeFor(route, route.body)) === 'request_malformed') misunderstood.push(nameOf(route))
  expect({ taken, misunderstood }).toEqual({ taken: [], misunderstood: [] })
})
