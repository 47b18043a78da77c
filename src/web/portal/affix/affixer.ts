import type { FastifyReply, FastifyRequest } from 'fastify'
import { actorOf } from '../../../identity/api-keys.ts'
import type { Confirming } from '../../../identity/confirmations.ts'
import { callerOfSession } from '../../../identity/session-callers.ts'
import { permit } from '../../api/caller.ts'
import { refuseForeignPage } from '../../own-page.ts'
import { rateLimitsOf } from '../../rate-limits.ts'
import { sessionDoorOf } from '../../session-door.ts'
import { signInFirst, type SignedInCaller } from '../signed-in.ts'

/** Who looks at a page; undefined for a stranger. For showing alone: nothing is proved of where the request comes from. */
export async function affixerLooking(request: FastifyRequest): Promise<SignedInCaller | undefined> {
  const session = await sessionDoorOf(request)?.look(request)
  const caller = session === undefined ? undefined : callerOfSession(session)
  if (caller?.person === undefined) return undefined
  rateLimitsOf(request)?.countCall(request, caller.accountId)
  return { ...permit(caller, 'affix'), person: caller.person }
}

/**
 * Who acts: what changes something must come from our own pages, with the session's token in the form. A stranger is answered with the
 * way to sign in and back, and undefined.
 */
export async function affixerActing(request: FastifyRequest, reply: FastifyReply): Promise<SignedInCaller | undefined> {
  if (request.method === 'POST') refuseForeignPage(request)
  await sessionDoorOf(request)?.enter(request)
  const affixer = await affixerLooking(request)
  if (affixer === undefined) void reply.redirect(signInFirst('/bubuhkan'), 303)
  return affixer
}

/** Whose files these are, as a text that no other person of any account has. */
export function ownerOf({ accountId, person }: SignedInCaller): string {
  return `${accountId} ${person.personId}`
}

/** Who confirms. */
export function confirmingOf(affixer: SignedInCaller): Confirming {
  const { accountId, person } = affixer
  return { accountId, personId: person.personId, actor: actorOf(affixer) }
}
