import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { parsePublicId, publicId } from '../../base/ids.ts'
import { type ErrorCode, RefusedError } from '../../errors.ts'
import { askAtDoor, signInByPasskey } from '../../identity/better-sign-in.ts'
import { deviceLabel } from '../../identity/devices.ts'
import { listAccountsOf } from '../../identity/memberships.ts'
import { readPerson } from '../../identity/people.ts'
import { signOut, signOutElsewhere } from '../../identity/own-sessions.ts'
import { chooseAccount, listSessions, type FoundSession } from '../../identity/sessions.ts'
import { requestEntryCode, signInByCode, signInByPassword, type SignInOutcome } from '../../identity/sign-in.ts'
import { languageOf } from '../problems.ts'
import { passkeyQuestion, proofOf } from './authenticator-schemas.ts'
import { sessionOf } from './caller.ts'
import { codeIdOf, codeJson, contactGiven, found, unwrap, uuidOf, type PeopleApiParts } from './people-parts.ts'
import { codeSentAnswer } from './registration-schemas.ts'
import { problemSchema } from './schemas.ts'
import {
  chooseAccountBody,
  currentSession,
  entryCodeBody,
  sessionList,
  sessionsEnded,
  signInBody,
} from './session-schemas.ts'

const tags = ['Sessions']
/** Declared by routes that only a person's cookie opens; their callers are counted where they are learnt. */
export const sessionSecurity = [{ session: [] }]

/** Signing in and out, and the browsers that are signed in. */
export function sessionRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { people, door, site } = parts
  const { database, sealing } = people

  async function sessionJson(session: FoundSession): Promise<z.input<typeof currentSession>> {
    const { sessionId, personId, member } = session
    const id = publicId('person', personId)
    const person = found(await readPerson(database.sql, sealing, personId), id)
    const accounts = await listAccountsOf(database.sql, personId)
    const { name, email, phone, language, coolingUntil } = person
    return {
      id: publicId('session', sessionId),
      person: { id, name, email, phone, language, coolingUntil: coolingUntil?.toISOString() },
      account: member === undefined ? null : publicId('account', member.accountId),
      accounts: accounts.map(({ accountId, role }) => ({ id: publicId('account', accountId), role })),
      csrfToken: door.csrfToken(sessionId),
    }
  }

  function signInBy(body: z.output<typeof signInBody>, device: string): Promise<SignInOutcome<ErrorCode>> {
    if ('response' in body) {
      const challengeId = parsePublicId('challenge', body.challengeId)
      if (challengeId === undefined) throw new RefusedError({ code: 'passkey_refused' })
      return signInByPasskey({ ...people, site }, { challengeId, response: proofOf(body.response), device })
    }
    const given = { contact: contactGiven(body.identifier), totp: body.totp, device }
    if ('password' in body) return signInByPassword(people, { ...given, password: body.password })
    return signInByCode(people, { ...given, code: body.code, codeId: codeIdOf(body.codeId) })
  }

  api.post(
    '/v1/sessions',
    {
      schema: {
        tags,
        summary: 'Signs in by password, one-time code or passkey: sets the cookie of the session',
        body: signInBody,
        response: { 201: currentSession, default: problemSchema },
      },
    },
    async (request, reply) => {
      door.proveOrigin(request)
      const { signedIn } = unwrap(await signInBy(request.body, deviceLabel(request.headers['user-agent'])))
      const { sessionId, personId, token } = signedIn
      door.admit(reply, token.text)
      void reply.code(201)
      const [account] = await listAccountsOf(database.sql, personId)
      const member =
        account === undefined ? undefined : { ...account, proven: true, stampsPerMonth: null, orderLimitRupiah: null }
      return sessionJson({ sessionId, personId, renewal: 'none', member })
    },
  )

  api.post(
    '/v1/sessions/codes',
    {
      schema: {
        tags,
        summary: 'Sends a code to sign in by, where somebody has this contact; the answer is the same where nobody has',
        body: entryCodeBody,
        response: { 202: codeSentAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { identifier, route } = request.body
      const ask = { contact: contactGiven(identifier), route, language: languageOf(request) }
      const requested = unwrap(await requestEntryCode(people, { ...ask, purpose: 'sign_in' }))
      void reply.code(202)
      return codeJson(requested)
    },
  )

  api.post(
    '/v1/sessions/passkey-challenges',
    {
      schema: {
        tags,
        summary: 'Asks for a passkey to sign in by: what navigator.credentials.get takes',
        response: { 201: passkeyQuestion, default: problemSchema },
      },
    },
    async (request, reply) => {
      door.proveOrigin(request)
      const { challengeId, options } = await askAtDoor(people, site)
      return reply.code(201).send({ challengeId: publicId('challenge', challengeId), options: { ...options } })
    },
  )

  api.get(
    '/v1/sessions/current',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Who is signed in here, for which accounts, and the token for calls that change something',
        response: { 200: currentSession, default: problemSchema },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store')
      return sessionJson(await sessionOf(request))
    },
  )

  api.patch(
    '/v1/sessions/current',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Another account for calls that name none',
        body: chooseAccountBody,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const { sessionId } = await sessionOf(request)
      const accountId = uuidOf('account', request.body.account)
      const isChosen = await chooseAccount(database.sql, { sessionId, accountId })
      found(isChosen || undefined, request.body.account)
      return reply.code(204).send(null)
    },
  )

  api.delete(
    '/v1/sessions/current',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Signs out here',
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      await signOut(people, await sessionOf(request))
      door.dismiss(reply)
      return reply.code(204).send(null)
    },
  )

  api.get(
    '/v1/sessions',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Browsers that are signed in',
        response: { 200: sessionList, default: problemSchema },
      },
    },
    async (request) => {
      const { personId, sessionId } = await sessionOf(request)
      const sessions = await listSessions(database.sql, personId)
      return {
        items: sessions.map((session) => ({
          id: publicId('session', session.sessionId),
          device: session.device,
          startedAt: session.startedAt.toISOString(),
          seenOn: session.seenOn,
          current: session.sessionId === sessionId,
        })),
      }
    },
  )

  api.delete(
    '/v1/sessions/:id',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Signs one browser out',
        params: z.object({ id: z.string().describe('ses_...') }),
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const sessionId = uuidOf('session', id)
      const isEnded = await signOut(people, await sessionOf(request), sessionId)
      found(isEnded || undefined, id)
      return reply.code(204).send(null)
    },
  )

  api.delete(
    '/v1/sessions',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Signs every other browser out',
        response: { 200: sessionsEnded, default: problemSchema },
      },
    },
    async (request) => {
      return { ended: await signOutElsewhere(people, await sessionOf(request)) }
    },
  )
}
