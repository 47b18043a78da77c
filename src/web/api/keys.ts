import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { parsePublicId, publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import { findKeys, type AccountKey } from '../../identity/account-keys.ts'
import type { Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { changeKeyFor, makeKeyFor, revokeKeyFor, type KeyActParts } from '../../identity/key-acts.ts'
import { permissions } from '../../identity/roles.ts'
import { callerOf, callerSecurity, permit } from './caller.ts'
import { keyBody, keyChangeBody, keyList, keySchema, keyWithSecret } from './key-schemas.ts'
import { problemSchema } from './schemas.ts'

const tags = ['Keys']
const security = callerSecurity
const idParams = z.object({ id: z.string().describe('key_...') })

export type KeyParts = KeyActParts & { callers: Callers }

function keyJson(key: AccountKey): z.input<typeof keySchema> {
  const { name, kind, lastFour, scopes, limits, createdAt, expiresAt, lastUsedOn } = key
  return {
    id: publicId('key', key.id),
    name,
    kind,
    prefix: `mk_${kind}_`,
    ...(lastFour === undefined ? {} : { lastFour }),
    ...(scopes === undefined ? {} : { scopes: [...scopes] }),
    ...limits,
    createdAt: createdAt.toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    ...(lastUsedOn === undefined ? {} : { lastUsedOn }),
  }
}

function keyIdOf(id: string): string {
  return found(parsePublicId('key', id), id)
}

function found<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return value
}

/** Who manages keys: owners, and live keys that may manage. A test key is in more hands than the account it belongs to. */
function managerOf(caller: Caller): Caller {
  if (caller.keyKind === 'test') throw new RefusedError({ code: 'not_allowed', values: { permission: 'manage' } })
  return permit(caller, 'manage')
}

/** A key must not make another that may do more than itself, nor lift the limits of its own. */
function proveNotWider(caller: Caller, scopes: z.output<typeof keyBody>['scopes']): void {
  if (caller.person !== undefined) return
  if (caller.keyLimits !== undefined || caller.expires === true)
    throw new RefusedError({ code: 'not_allowed', values: { permission: 'manage' } })
  for (const permission of scopes ?? permissions) permit(caller, permission)
}

/** The keys of an account, for its owners. */
export function keyRoutes(app: FastifyInstance, parts: KeyParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { database, callers } = parts

  api.post(
    '/v1/keys',
    {
      schema: {
        tags,
        security,
        summary: 'A new key, good at once; it is shown here and never again',
        body: keyBody,
        response: { 201: keyWithSecret, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = managerOf(await callerOf(callers, request))
      const { name, kind, scopes, dailyLimit, openLimit, authorization } = request.body
      proveNotWider(caller, scopes)
      const expiresAt = request.body.expiresAt === undefined ? undefined : new Date(request.body.expiresAt)
      const limits = {
        ...(dailyLimit === undefined ? {} : { dailyLimit }),
        ...(openLimit === undefined ? {} : { openLimit }),
      }
      const wanted = { name, kind, scopes, expiresAt, limits, authorization }
      const made = await makeKeyFor(parts, caller, wanted)
      if (!made.ok) throw new RefusedError(made.refusal)
      const json = keyJson(made.stored)
      void reply.code(201).headers({ location: `/v1/keys/${json.id}`, 'cache-control': 'no-store' })
      return { ...json, key: made.key }
    },
  )

  api.get(
    '/v1/keys',
    {
      schema: {
        tags,
        security,
        summary: "An account's keys, live and test, without those that were revoked",
        response: { 200: keyList, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = managerOf(await callerOf(callers, request))
      return { items: (await findKeys(database.sql, { accountId })).map(keyJson) }
    },
  )

  api.patch(
    '/v1/keys/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Another name, other limits, from its next call on',
        params: idParams,
        body: keyChangeBody,
        response: { 200: keySchema, default: problemSchema },
      },
    },
    async (request) => {
      const caller = managerOf(await callerOf(callers, request))
      if (caller.keyLimits !== undefined) proveNotWider(caller, undefined)
      const changed = await changeKeyFor(parts, caller, { ...request.body, id: keyIdOf(request.params.id) })
      return keyJson(found(changed, request.params.id))
    },
  )

  api.delete(
    '/v1/keys/:id',
    {
      schema: {
        tags,
        security,
        summary: 'Revokes a key at once, for ever',
        params: idParams,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = managerOf(await callerOf(callers, request))
      const isRevoked = await revokeKeyFor(parts, caller, keyIdOf(request.params.id))
      found(isRevoked || undefined, request.params.id)
      return reply.code(204).send(null)
    },
  )
}
