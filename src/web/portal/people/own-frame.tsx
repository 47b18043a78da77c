import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ComponentChildren } from 'preact'
import { RefusedError } from '../../../errors.ts'
import { callerOfSession } from '../../../identity/session-callers.ts'
import { permit } from '../../api/caller.ts'
import { sessionDoorOf } from '../../session-door.ts'
import { Notice } from '../components/blocks.tsx'
import { Wrongs, type Again, type Visit } from '../forms.tsx'
import { linkTo, queryOf } from '../page-context.ts'
import { signedInOf, signInFirst, type SignedInCaller } from '../signed-in.ts'

/** What pages tell after an act that led back to them, by `?kabar=`; anything else says nothing. */
const tidings = [
  'signedOut',
  'password',
  'pin',
  'pinReset',
  'contact',
  'details',
  'joined',
  'opened',
  'invited',
  'withdrawn',
  'member',
  'removed',
  'keyRevoked',
  'rule',
  'keyChanged',
  'webhook',
  'webhookRemoved',
  'resent',
  'identity',
  'photo',
  'paper',
  'authenticator',
  'notices',
] as const
type Tiding = (typeof tidings)[number]

/** A page's address that tells of an act there. */
export function telling(path: string, tiding: Tiding): string {
  return `${path}?kabar=${tiding}`
}

/** A page under a person's account: the way back, its heading, what just happened, what is wrong. */
export function OwnFrame(given: Visit & { title: string; again?: Again | undefined; children: ComponentChildren }) {
  const { context, say, request, title, again, children } = given
  const told = again === undefined ? tidings.find((tiding) => tiding === queryOf(request, 'kabar')) : undefined
  return (
    <div class="narrow">
      <p>
        <a href={linkTo(context, '/akun')}>{say('own.back')}</a>
      </p>
      <h1>{title}</h1>
      {told === undefined ? null : (
        <div role="status">
          <Notice tone="good">
            <p>{say(`told.${told}`)}</p>
          </Notice>
        </div>
      )}
      <Wrongs say={say} again={again} />
      {children}
    </div>
  )
}

/** An owner who signed in, acting for their account; refuses `not_allowed` for any other member. */
export async function ownerIn(request: FastifyRequest, reply: FastifyReply): Promise<SignedInCaller | undefined> {
  const caller = await signedInOf(request, reply)
  if (caller !== undefined) permit(caller, 'manage')
  return caller
}

/** The same before anything of the request is read: it proves nothing of who made the browser send it. */
export async function isOwner(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const session = await sessionDoorOf(request)?.look(request)
  const caller = session && callerOfSession(session)
  if (caller !== undefined) return permit(caller, 'manage') === caller
  void reply.redirect(signInFirst(request.url), 303)
  return false
}

/** A part of the path by its name; refuses `not_found` where there is none. */
export function paramOf({ params }: FastifyRequest, name: string): string {
  const found: unknown =
    typeof params === 'object' && params !== null
      ? Object.entries(params).find(([key]) => key === name)?.[1]
      : undefined
  if (typeof found !== 'string') throw new RefusedError({ code: 'not_found', values: { id: '' } })
  return found
}
