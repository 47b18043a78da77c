import type { FastifyRequest } from 'fastify'
import { RefusedError } from '../../errors.ts'
import type { Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { type Permission, roleAllows } from '../../identity/roles.ts'
import { callerOf } from './caller.ts'

/** The caller of this request, where they may do it; refuses `purchase_not_allowed`. */
export async function permittedCaller(
  callers: Callers,
  request: FastifyRequest,
  permission: Permission,
): Promise<Caller> {
  const caller = await callerOf(callers, request)
  const byRole = caller.person === undefined || roleAllows(caller.person.role, permission)
  const byScope = caller.scopes === undefined || caller.scopes.includes(permission)
  if (!byRole || !byScope) throw new RefusedError({ code: 'purchase_not_allowed' })
  return caller
}
