import type { FastifyRequest } from 'fastify'
import { parsePublicId } from '../../base/ids.ts'
import type { Queryable } from '../../database/database.ts'
import { RefusedError } from '../../errors.ts'
import type { Caller, SignedIn } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { coolingRefusal } from '../../identity/cooling.ts'
import { callerOfSession } from '../../identity/session-callers.ts'
import type { FoundSession } from '../../identity/sessions.ts'
import { roleAllows, type Permission } from '../../identity/roles.ts'
import { idempotencyKeyLengthMax } from '../../limits/stamping.ts'
import { rateLimitsOf } from '../rate-limits.ts'
import { sessionDoorOf } from '../session-door.ts'

/** How a caller may say who they are, as the OpenAPI document names it: by key or by session. */
export const callerSecurity = [{ apiKey: [] }, { session: [] }]

/**
 * The caller of this request: by its API key, or where it has none by its session. Refuses `unauthenticated` without either in force,
 * `csrf_refused` for what another site's page asks in a person's name, and `rate_limited` beyond the account's bounds.
 */
export async function callerOf(callers: Callers, request: FastifyRequest): Promise<Caller> {
  const { authorization } = request.headers
  const caller =
    (await callers.find(authorization)) ?? (authorization === undefined ? await signedInCaller(request) : undefined)
  const rates = rateLimitsOf(request)
  if (caller === undefined) {
    rates?.countStranger(request)
    throw new RefusedError({ code: 'unauthenticated' })
  }
  rates?.countCall(request, caller.accountId)
  return caller
}

async function signedInCaller(request: FastifyRequest): Promise<Caller | undefined> {
  const session = await sessionDoorOf(request)?.enter(request)
  if (session === undefined) return undefined
  const named = request.headers['x-account']
  // Signed in, and no member of the account named: as if there were none.
  if (session.member === undefined && named !== undefined)
    throw new RefusedError({ code: 'not_found', values: { id: String(named).slice(0, 200) } })
  // nothing is done for another account in its place
  if (session.member === undefined) throw new RefusedError({ code: 'account_needed' })
  return callerOfSession(session)
}

/** The session of this request, whether or not its person acts for an account; refuses `unauthenticated` without one. */
export async function sessionOf(request: FastifyRequest): Promise<FoundSession> {
  const session = await sessionDoorOf(request)?.enter(request)
  const rates = rateLimitsOf(request)
  if (session === undefined) {
    rates?.countStranger(request)
    throw new RefusedError({ code: 'unauthenticated' })
  }
  rates?.countCall(request, session.personId)
  return session
}

/** The caller, where their role or the scopes of their key allow it; refuses `not_allowed` naming what is missing. */
export function permit(caller: Caller, permission: Permission): Caller {
  const allowed =
    caller.person === undefined
      ? (caller.scopes?.includes(permission) ?? true)
      : roleAllows(caller.person.role, permission)
  if (!allowed) throw new RefusedError({ code: 'not_allowed', values: { permission } })
  return caller
}

/** Who signed in; refuses `session_needed` where an API key calls. */
export function personOf(caller: Caller): SignedIn {
  if (caller.person === undefined) throw new RefusedError({ code: 'session_needed' })
  return caller.person
}

/** Refuses `pin_cooling` where it may be somebody else who signed in: for what is done to whole batches. */
export async function proveSettled(sql: Queryable, caller: Caller): Promise<void> {
  const refusal = await coolingRefusal(sql, caller)
  if (refusal !== undefined) throw new RefusedError(refusal)
}

/** The Idempotency-Key of this request: 1 to 128 visible ASCII characters. */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key']
  if (key === undefined || key === '') throw new RefusedError({ code: 'key_missing' })
  return checkedKey(String(key))
}

/** The key itself where it is well formed; refuses `key_malformed`. */
export function checkedKey(key: string): string {
  if (key.length <= idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(key)) return key
  throw new RefusedError({ code: 'key_malformed', values: { longest: idempotencyKeyLengthMax } })
}

/** The UUID of an affixing named in a path. What is not an id names nothing: `not_found`, as for another's. */
export function affixingIdOf(id: string): string {
  const uuid = parsePublicId('affixing', id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id } })
  return uuid
}

/** The UUID of an order that a call names; undefined where it names none. What is not an id names nothing, as another's. */
export function orderIdOf(id: string | undefined): string | undefined {
  const uuid = id === undefined ? undefined : parsePublicId('order', id)
  if (id !== undefined && uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id } })
  return uuid
}
