import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parsePublicId } from '../base/ids.ts'
import { RefusedError } from '../errors.ts'
import type { Sessions } from '../identity/session-callers.ts'
import type { FoundSession } from '../identity/sessions.ts'
import { sessionIdleDays } from '../limits/people.ts'

// A browser sends its cookie with whatever another site makes it ask. So what changes something counts only with an Origin of ours and a token
// that only our own pages can read; the cookie is for scripts of nobody, and for requests of this host alone (__Host-).

/** How a request shows that a person signed in. */
export type SessionDoor = {
  /**
   * The session of the request's cookie, acting for the account in `X-Account` where there is one; undefined without a session.
   * Refuses `csrf_refused` where the call changes something and does not come from our own pages.
   */
  enter(request: FastifyRequest): Promise<FoundSession | undefined>
  /** The session of the request's cookie whatever is asked: to show who is there, never to change anything. */
  look(request: FastifyRequest): Promise<FoundSession | undefined>
  /** Refuses `csrf_refused` for a call that another site's page makes a browser send: for signing in, where there is no session yet. */
  proveOrigin(request: FastifyRequest): void
  /** Gives the browser a session's token. */
  admit(reply: FastifyReply, token: string): void
  /** Takes it away. */
  dismiss(reply: FastifyReply): void
  /** What pages of this session send as `X-CSRF-Token`, or as the form field `csrf`. */
  csrfToken(sessionId: string): string
}

const decoratorName = 'sessionDoor'

/** The door of the service that this request came to; undefined where nobody can sign in. */
export function sessionDoorOf({ server }: FastifyRequest): SessionDoor | undefined {
  return server.hasDecorator(decoratorName) ? server.getDecorator<SessionDoor>(decoratorName) : undefined
}

/** Browsers hold a name that begins so to https, to this host alone and to the whole of it; over http on one's own machine it is plain. */
export function sessionCookieName(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? '__Host-meterai' : 'meterai'
}

const safeMethods = ['GET', 'HEAD', 'OPTIONS']

/** Opens the door for every route. `demo`: the service is also reached by other names of this machine than its public one. */
export function openSessionDoor(
  app: FastifyInstance,
  parts: { sessions: Sessions; publicUrl: string; demo: boolean },
): SessionDoor {
  const { sessions, demo } = parts
  const { origin, protocol } = new URL(parts.publicUrl)
  const isHttps = protocol === 'https:'
  const name = sessionCookieName(parts.publicUrl)
  const found = new WeakMap<FastifyRequest, Promise<FoundSession | undefined>>()
  const renewed = new WeakMap<FastifyRequest, string>()

  function isOurs(request: FastifyRequest): boolean {
    const given = request.headers.origin
    if (given === origin) return true
    return demo && given === `${request.protocol}://${request.host}`
  }

  async function find(request: FastifyRequest): Promise<FoundSession | undefined> {
    const token = parseCookie(request.headers.cookie ?? '')[name]
    if (token === undefined || token === '') return undefined
    const session = await sessions.find(token, accountAskedFor(request))
    if (session === undefined) return undefined
    const next = await sessions.renew(token, session)
    if (next !== undefined) renewed.set(request, next)
    return session
  }

  function setCookie(reply: FastifyReply, value: string, maxAge: number): void {
    const cookie = stringifySetCookie({
      name,
      value,
      maxAge,
      path: '/',
      httpOnly: true,
      secure: isHttps,
      sameSite: 'lax',
    })
    void reply.header('set-cookie', cookie).header('cache-control', 'no-store')
  }

  const door: SessionDoor = {
    look(request) {
      const known = found.get(request) ?? find(request)
      found.set(request, known)
      return known
    },
    async enter(request) {
      const session = await door.look(request)
      if (session === undefined || safeMethods.includes(request.method)) return session
      const token = csrfTokenIn(request)
      if (!isOurs(request) || token === undefined || !sessions.isCsrfToken(session.sessionId, token))
        throw new RefusedError({ code: 'csrf_refused' })
      return session
    },
    proveOrigin(request) {
      // Programs send none; a browser always does with what it posts.
      if (request.headers.origin !== undefined && !isOurs(request)) throw new RefusedError({ code: 'csrf_refused' })
    },
    admit: (reply, token) => setCookie(reply, token, sessionIdleDays * 24 * 60 * 60),
    dismiss: (reply) => setCookie(reply, '', 0),
    csrfToken: (sessionId) => sessions.csrfToken(sessionId),
  }
  app.decorate(decoratorName, door)
  app.addHook('onSend', async (request, reply) => {
    const token = renewed.get(request)
    if (token !== undefined && !reply.hasHeader('set-cookie')) door.admit(reply, token)
  })
  return door
}

/** The account that the call names; refuses `not_found` where it is no account's id. */
function accountAskedFor({ headers }: FastifyRequest): string | undefined {
  const named = headers['x-account']
  if (named === undefined) return undefined
  const accountId = parsePublicId('account', String(named))
  if (accountId === undefined)
    throw new RefusedError({ code: 'not_found', values: { id: String(named).slice(0, 200) } })
  return accountId
}

function csrfTokenIn({ headers, body }: FastifyRequest): string | undefined {
  const header = headers['x-csrf-token']
  if (typeof header === 'string') return header
  const field = typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined
  return typeof field === 'string' ? field : undefined
}
