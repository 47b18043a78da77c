import type { FastifyReply, FastifyRequest } from 'fastify'
import { publicId } from '../../base/ids.ts'
import type { Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { callerOfSession } from '../../identity/session-callers.ts'
import { permit } from '../api/caller.ts'
import { refuseForeignPage } from '../own-page.ts'
import { sessionDoorOf } from '../session-door.ts'
import { signedInOf, signInFirst } from './signed-in.ts'

/** For whose account a page is shown. `csrf`: what its script sends along, where somebody signed in. */
export type PageCaller = { caller: Caller; csrf?: string }

/** By what a device knows whose work it keeps: one person in one account; '' for a stranger. */
export function ownerMark(caller: Caller | undefined): string {
  return caller === undefined ? '' : `${publicId('account', caller.accountId)} ${caller.keyId}`
}

/** How pages learn it. */
export type PageCallerParts = { callers: Callers }

/**
 * Who looks: by session or by key. Without either it answers by itself (303 to sign in and come back) and
 * returns undefined. Refuses `not_allowed` without the right to look.
 */
export async function pageCaller(
  request: FastifyRequest,
  reply: FastifyReply,
  { callers }: PageCallerParts,
): Promise<PageCaller | undefined> {
  const door = sessionDoorOf(request)
  if (door !== undefined && (await door.enter(request)) !== undefined) {
    const caller = await signedInOf(request, reply)
    if (caller === undefined) return undefined
    return { caller: permit(caller, 'read'), csrf: door.csrfToken(caller.person.sessionId) }
  }
  const own = await callers.find(request.headers.authorization)
  if (own !== undefined) return { caller: permit(own, 'read') }
  void reply.redirect(signInFirst(request.url), 303)
  return undefined
}

/**
 * Whose affixing a form without a script is about, which changes nothing: it comes as multipart, so its token cannot be read before its
 * file. It must come from a page of ours; undefined without a session or key.
 */
export async function lookingCaller(
  request: FastifyRequest,
  { callers }: PageCallerParts,
): Promise<Caller | undefined> {
  refuseForeignPage(request)
  const session = await sessionDoorOf(request)?.look(request)
  const signedIn = session === undefined ? undefined : callerOfSession(session)
  const caller = signedIn ?? (await callers.find(request.headers.authorization))
  return caller === undefined ? undefined : permit(caller, 'read')
}
