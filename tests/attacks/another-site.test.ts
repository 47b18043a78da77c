import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ourOrigin, registerPerson, type TestBrowser } from '../support/person.ts'
import { nameOf, printedRoutes, registeredRoutes, type RegisteredRoute } from '../support/registered-routes.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

/*
 * A page of another site makes a signed-in browser send things. Every route that changes something is tried, those of pages too: a new one
 * is in the walk by itself.
 */

let web: TestWeb
let browser: TestBrowser
beforeAll(async () => {
  web = await testWeb()
  ;({ browser } = await registerPerson(web))
})
afterAll(() => web.close())

const withCode = z.object({ code: z.string().optional() }).loose()

/** Ids are anyone's: who asks is looked at first. */
const filled = (path: string): string => {
  const kind = path.startsWith('/v1/sessions') ? 'ses' : path.startsWith('/v1/members') ? 'per' : 'afx'
  return path.replace(':paper', 'nib').replaceAll(/:\w+/g, `${kind}_${'0'.repeat(32)}`)
}

async function send(route: RegisteredRoute, headers: Record<string, string>) {
  const isFile = route.file !== undefined
  const payload = isFile ? Buffer.from('%PDF-') : route.body
  const type = route.file === 'multipart/form-data' ? 'multipart/form-data; boundary=x' : route.file
  const answer = await web.app.inject({
    method: route.method,
    url: filled(route.path),
    headers: {
      cookie: browser.cookie,
      'idempotency-key': randomUUID(),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload: payload instanceof Buffer ? payload : Object(payload) }),
  })
  return `${nameOf(route)}: ${withCode.safeParse(answer.json()).data?.code ?? answer.statusCode}`
}

const isUnsafe = ({ method }: RegisteredRoute) => method !== 'GET'

test.each([
  ['from another site with the right token', () => ({ origin: 'https://evil.example', 'x-csrf-token': browser.csrf })],
  ['from a page that hides where it is', () => ({ origin: 'null', 'x-csrf-token': browser.csrf })],
  ['with nothing said of where it comes from', () => ({ 'x-csrf-token': browser.csrf })],
  ['from our own address without a token', () => ({ origin: ourOrigin })],
  ['from our own address with a made-up token', () => ({ origin: ourOrigin, 'x-csrf-token': 'x'.repeat(43) })],
])('nothing a session may change is changed %s', async (_, headersOf) => {
  const routes = registeredRoutes(web.app).filter((route) => isUnsafe(route) && route.forSessions)
  expect(routes.length).toBeGreaterThan(45)
  const answers: string[] = []
  for (const route of routes) answers.push(await send(route, headersOf()))
  expect(answers.filter((answer) => !answer.endsWith(': csrf_refused'))).toEqual([])
  expect((await browser.call('GET', '/v1/sessions/current')).statusCode).toBe(200)
})

test('what is open to anyone is known, route by route: it takes a token, a code or a signature of its own, or acts for nobody', () => {
  const open = registeredRoutes(web.app).filter((route) => isUnsafe(route) && !route.forSessions)
  expect(open.map(nameOf).toSorted()).toEqual([
    'PATCH /v1/registrations/:id',
    'POST /v1/checks',
    'POST /v1/password-resets',
    'POST /v1/password-resets/codes',
    'POST /v1/registrations',
    'POST /v1/registrations/:id/codes',
    'POST /v1/registrations/:id/complete',
    'POST /v1/registrations/:id/proofs',
    'POST /v1/sessions',
    'POST /v1/sessions/codes',
    'POST /v1/sessions/passkey-challenges',
    'PUT /v1/registrations/:id/identity-photo',
    'PUT /v1/registrations/:id/papers/:paper',
  ])
})

/** Forms that nobody needs to sign in for, and that act for nobody. */
const nobodysForms = ['POST /cek', 'POST /simulator/payments/:reference', 'POST /simulator/pembayaran/:reference']

type Form = { type: string; payload: string }
const form: Form = { type: 'application/x-www-form-urlencoded', payload: 'x=1' }
const multipart: Form = {
  type: 'multipart/form-data; boundary=x',
  payload: '--x\r\ncontent-disposition: form-data; name="x"\r\n\r\n1\r\n--x--\r\n',
}

const post = (path: string, origin: string, { type, payload }: Form) =>
  web.app.inject({
    method: 'POST',
    url: filled(path),
    headers: { cookie: browser.cookie, origin, accept: 'text/html', 'content-type': type },
    payload,
  })

test('no form of our pages is taken from another site, or without its token, where somebody is signed in', async () => {
  const forms = printedRoutes(web.app).filter(
    (route) => !route.includes(' /v1/') && !/^(GET|OPTIONS) /.test(route) && !nobodysForms.includes(route),
  )
  const answers: string[] = []
  for (const route of forms)
    for (const origin of ['https://evil.example', ourOrigin]) {
      const [, path = ''] = route.split(' ')
      const status = (await post(path, origin, form)).statusCode
      const answer = status === 415 ? (await post(path, origin, multipart)).statusCode : status
      answers.push(`${route} ${origin}: ${answer}`)
    }
  expect(answers.filter((answer) => !answer.endsWith(': 403'))).toEqual([])
})
