import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { publicId } from '../../base/ids.ts'
import { readIdentities } from '../../identity/account-identity.ts'
import { demoPin, isDemoPerson } from '../../identity/demo-accounts.ts'
import { readPerson } from '../../identity/people.ts'
import { callerOfSession } from '../../identity/session-callers.ts'
import type { Caller, SignedIn } from '../../identity/api-keys.ts'
import type { FoundSession } from '../../identity/sessions.ts'
import type { PeopleParts } from '../../identity/sign-in.ts'
import { readQuota } from '../../ledger/balances.ts'
import { visitorMilliseconds } from '../../limits/traffic.ts'
import { rateLimitsOf } from '../rate-limits.ts'
import { sessionDoorOf } from '../session-door.ts'
import type { Visitor } from './page-context.ts'

/** Where people sign in, and where they are taken then if they wanted nowhere else. */
export const signInPath = '/masuk'
export const signedInHome = '/beranda'

/** A caller who signed in: always a person. */
export type SignedInCaller = Caller & { person: SignedIn }

/**
 * Who signed in, acting for their account. Without a session it answers by itself (303 to sign in and come back) and returns
 * undefined. A request that changes something needs our Origin and the form field `csrf`, else it is refused `csrf_refused`.
 */
export async function signedInOf(request: FastifyRequest, reply: FastifyReply): Promise<SignedInCaller | undefined> {
  const session = await personIn(request, reply)
  if (session === undefined) return undefined
  const caller = callerOfSession(session)
  if (caller?.person === undefined) {
    // signed in, and a member of nothing: there they can accept an invitation or open an account
    void reply.redirect('/akun/ganti', 303)
    return undefined
  }
  return { ...caller, person: caller.person }
}

/** The same for pages about the person alone: the session, whether or not its person acts for an account. */
export async function personIn(request: FastifyRequest, reply: FastifyReply): Promise<FoundSession | undefined> {
  const session = await sessionDoorOf(request)?.enter(request)
  if (session !== undefined) {
    rateLimitsOf(request)?.countCall(request, session.member?.accountId ?? session.personId)
    return session
  }
  void reply.redirect(signInFirst(request.url), 303)
  return undefined
}

/** The sign-in page that leads back to this path of ours. */
export function signInFirst(path: string): string {
  return `${signInPath}?next=${encodeURIComponent(path)}`
}

/** The path of ours that was asked for, or where people go on by default: an address of another site is nobody's way back. */
export function ownPath(wanted: string | undefined): string {
  const own = 'http://own.invalid'
  if (wanted === undefined || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted) || !URL.canParse(wanted, own))
    return signedInHome
  const url = new URL(wanted, own)
  const isPage = url.origin === own && !/^\/(?:v1|masuk|keluar)(?:\/|$)/.test(url.pathname)
  return isPage ? url.pathname + url.search : signedInHome
}

/** The same where nowhere was asked for: undefined, and so for what is nobody's way. */
export function ownPathAsked(wanted: string | undefined): string | undefined {
  const path = ownPath(wanted)
  return path === signedInHome ? undefined : path
}

/**
 * Learns who visits, for the header of every page: by what name, with how many stamps. A page is never held up or lost by it: where the
 * database does not answer, pages that tell of that must still stand.
 */
export function openVisitors(people: PeopleParts): (request: FastifyRequest) => Promise<Visitor | undefined> {
  return async (request) => {
    const found = findVisitor(people, request).catch((error: unknown) => {
      request.log.warn({ err: error }, 'visitor not known')
      return undefined
    })
    return Promise.race([found, delay(visitorMilliseconds, undefined, { ref: false })])
  }
}

async function findVisitor(people: PeopleParts, request: FastifyRequest): Promise<Visitor | undefined> {
  const { sql } = people.database
  const door = sessionDoorOf(request)
  const session = await door?.look(request)
  if (door === undefined || session === undefined) return undefined
  const { member, personId, sessionId } = session
  const accountId = member?.accountId
  const [identities, person, quota] = await Promise.all([
    accountId === undefined ? undefined : readIdentities(sql, people.sealing, [accountId]),
    readPerson(sql, people.sealing, personId),
    accountId === undefined ? undefined : readQuota(sql, { accountId, ledger: 'stamps' }),
  ])
  const name = (accountId === undefined ? undefined : identities?.get(accountId)?.name) ?? person?.name
  return {
    name: name ?? publicId('person', personId),
    csrfToken: door.csrfToken(sessionId),
    homePath: '/beranda',
    ...(accountId !== undefined && isDemoPerson({ accountId, personId }) ? { demoPin } : {}),
    ...(quota === undefined ? {} : { quota: Number(quota.available) }),
  }
}
