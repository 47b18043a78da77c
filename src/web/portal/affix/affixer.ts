import type { FastifyReply, FastifyRequest } from 'fastify'
import { actorOf, type Caller } from '../../../identity/api-keys.ts'
import type { Callers } from '../../../identity/callers.ts'
import type { Confirming } from '../../../identity/confirmations.ts'
import { callerOfSession } from '../../../identity/session-callers.ts'
import { permit } from '../../api/caller.ts'
import { refuseForeignPage } from '../../own-page.ts'
import { rateLimitsOf } from '../../rate-limits.ts'
import { sessionDoorOf } from '../../session-door.ts'
import { signInFirst } from '../signed-in.ts'

/** Who affixes on these pages: somebody who signed in, or in the demo whoever comes. */
export type Affixer = { caller: Caller; standing: 'session' | 'demo' }

export type AffixerParts = {
  callers: Callers
  /** The demo account's key: who is not signed in affixes for that account. Undefined outside the demo. */
  demoKey?: string
}

/** Who looks at a page; undefined for a stranger. For showing alone: nothing is proved of where the request comes from. */
export async function affixerLooking(request: FastifyRequest, parts: AffixerParts): Promise<Affixer | undefined> {
  const session = await sessionDoorOf(request)?.look(request)
  const caller = session === undefined ? undefined : callerOfSession(session)
  if (caller !== undefined) {
    rateLimitsOf(request)?.countCall(request, caller.accountId)
    return { caller: permit(caller, 'affix'), standing: 'session' }
  }
  return demoAffixer(parts)
}

async function demoAffixer({ callers, demoKey }: AffixerParts): Promise<Affixer | undefined> {
  const demo = demoKey === undefined ? undefined : await callers.find(`Bearer ${demoKey}`)
  return demo === undefined ? undefined : { caller: demo, standing: 'demo' }
}

/**
 * Who acts: what changes something must come from our own pages, with the session's token in the form where somebody is signed in.
 * A stranger is answered with the way to sign in and back, and undefined.
 */
export async function affixerActing(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: AffixerParts,
): Promise<Affixer | undefined> {
  if (request.method === 'POST') refuseForeignPage(request)
  const session = await sessionDoorOf(request)?.enter(request)
  const affixer = session === undefined ? await demoAffixer(parts) : await affixerLooking(request, parts)
  if (affixer === undefined) void reply.redirect(signInFirst('/bubuhkan'), 303)
  return affixer
}

/** Whose files these are, as a text that no other person of any account has. */
export function ownerOf({ accountId, person }: Caller): string {
  return `${accountId} ${person?.personId ?? 'demo'}`
}

/** Who confirms by PIN; undefined where nobody signed in. */
export function confirmingOf(caller: Caller): Confirming | undefined {
  const { accountId, person } = caller
  return person === undefined ? undefined : { accountId, personId: person.personId, actor: actorOf(caller) }
}
