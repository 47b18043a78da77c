import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { callerOfSession } from '../../identity/session-callers.ts'
import { permit } from '../api/caller.ts'
import { sessionDoorOf } from '../session-door.ts'
import { demoDeskPath } from './affix/demo-desk.ts'
import type { PageContext } from './page-context.ts'

/** For whose account a page is shown. `api`: where its script calls; `csrf`: what it sends along, where somebody signed in. */
export type PageCaller = { caller: Caller; api: string; csrf?: string }

/** How pages learn it. `demoKey`: the demo account's, for whoever has not signed in; undefined outside the demo. */
export type PageCallerParts = { callers: Callers; demoKey?: string }

/** By session, by key, or in the demo as its account; undefined where none of them says. Refuses `not_allowed` without the right to look. */
export async function pageCaller(
  request: FastifyRequest,
  { callers, demoKey }: PageCallerParts,
): Promise<PageCaller | undefined> {
  const door = sessionDoorOf(request)
  const session = await door?.enter(request)
  const member = session === undefined ? undefined : callerOfSession(session)
  if (door !== undefined && session !== undefined && member !== undefined)
    return { caller: permit(member, 'read'), api: '', csrf: door.csrfToken(session.sessionId) }
  const own = await callers.find(request.headers.authorization)
  if (own !== undefined) return { caller: permit(own, 'read'), api: '' }
  const demo = demoKey === undefined ? undefined : await callers.find(`Bearer ${demoKey}`)
  return demo === undefined ? undefined : { caller: demo, api: demoDeskPath }
}

/** Leads whoever has not signed in to where that is done, and back here afterwards. */
export function sendToSignIn(reply: FastifyReply, context: PageContext): FastifyReply {
  const { language, languageInAddress, path, signInPath = '/' } = context
  const query = new URLSearchParams({ next: path, ...(languageInAddress ? { bahasa: language } : {}) })
  return reply.header('cache-control', 'no-store').redirect(`${signInPath}?${query.toString()}`, 303)
}

/** A path of ours with a query, in the page's language. Undefined and empty values are left out. */
export function linkWith(
  context: PageContext,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '')
  const all = new URLSearchParams(given)
  if (context.languageInAddress) all.set('bahasa', context.language)
  return all.size === 0 ? path : `${path}?${all.toString()}`
}
