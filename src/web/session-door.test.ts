import Fastify from 'fastify'
import { afterAll, expect, test } from 'vitest'
import { RefusedError } from '../errors.ts'
import type { Sessions } from '../identity/session-callers.ts'
import { openSessionDoor } from './session-door.ts'

const app = Fastify()
afterAll(() => app.close())

/** One session, whose CSRF token is its id. */
const sessions: Sessions = {
  find: async (token) =>
    token === 'good' ? { sessionId: 'one', personId: 'p', renewal: 'none', member: undefined } : undefined,
  renew: async () => undefined,
  csrfToken: (sessionId) => sessionId,
  isCsrfToken: (sessionId, given) => sessionId === given,
}

// an installation with an address of its own: what else reaches the machine is not its origin
const door = openSessionDoor(app, { sessions, publicUrl: 'https://meterai.example', demo: false })
app.post('/in', async (_, reply) => {
  door.admit(reply, 'good')
  return {}
})
app.post('/act', async (request) => ({ session: (await door.enter(request))?.sessionId ?? null }))
app.setErrorHandler((error, _, reply) =>
  reply.code(403).send({ code: error instanceof RefusedError ? error.refusal.code : 'internal' }),
)

test('over https the cookie is for this host alone and never goes in clear', async () => {
  const answer = await app.inject({ method: 'POST', url: '/in' })
  expect(answer.headers['set-cookie']).toBe(
    '__Host-meterai=good; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Lax',
  )
  expect(answer.headers['cache-control']).toBe('no-store')
})

test('only the public address is our origin in production', async () => {
  const act = async (origin: string, host = 'meterai.example') => {
    const headers = { cookie: '__Host-meterai=good', 'x-csrf-token': 'one', origin, host }
    return (await app.inject({ method: 'POST', url: '/act', headers })).json<unknown>()
  }
  expect(await act('https://meterai.example')).toEqual({ session: 'one' })
  for (const origin of [
    'http://meterai.example',
    'https://meterai.example.evil.example',
    'https://sub.meterai.example',
  ])
    expect(await act(origin)).toEqual({ code: 'csrf_refused' })
  // a name that leads here is no proof of whose page asks
  expect(await act('http://evil.example', 'evil.example')).toEqual({ code: 'csrf_refused' })
})

test('the plain name is no session over https', async () => {
  const headers = { cookie: 'meterai=good', 'x-csrf-token': 'one', origin: 'https://meterai.example' }
  expect((await app.inject({ method: 'POST', url: '/act', headers })).json()).toEqual({ session: null })
})

test('a form sends its token as a field', async () => {
  const headers = { cookie: '__Host-meterai=good', origin: 'https://meterai.example' }
  const act = async (payload: object) =>
    (await app.inject({ method: 'POST', url: '/act', headers, payload })).json<unknown>()
  expect(await act({ csrf: 'one' })).toEqual({ session: 'one' })
  expect(await act({ csrf: 'two' })).toEqual({ code: 'csrf_refused' })
  expect(await act({ csrf: ['one'] })).toEqual({ code: 'csrf_refused' })
})
