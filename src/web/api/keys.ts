import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { recordAudit } from '../../audit/audit.ts'
import { newUuid, parsePublicId, publicId } from '../../base/ids.ts'
import type { Database, Tx } from '../../database/database.ts'
import { RefusedError } from '../../errors.ts'
import { addKey, changeKey, findKeys, revokeKey, type AccountKey } from '../../identity/account-keys.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { spendAuthorization } from '../../identity/confirmations.ts'
import { permissions } from '../../identity/roles.ts'
import { apiKeysMax } from '../../limits.ts'
import { callerOf, callerSecurity, permit } from './caller.ts'
import { keyBody, keyChangeBody, keyList, keySchema, keyWithSecret } from './key-schemas.ts'
import { problemSchema } from './schemas.ts'

const tags = ['Keys']
const security = callerSecurity
const idParams = z.object({ id: z.string().describe('key_...') })

/** `liveKeys`: whether this installation has somebody to sign for live keys. */
export type KeyParts = { database: Database; callers: Callers; liveKeys: boolean }

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
  const { database, callers, liveKeys } = parts

  function recordAct(tx: Tx, act: { caller: Caller; action: string; id: string; at: Date }): Promise<void> {
    const { caller, action, id, at } = act
    const entry = { accountId: caller.accountId, id: newUuid(at), actor: actorOf(caller), action }
    return recordAudit(tx, [{ ...entry, objectId: publicId('key', id) }], at)
  }

  /** A session's live key takes a PIN: whoever finds a phone unlocked must not carry the quota away. */
  async function proveConfirmed(tx: Tx, caller: Caller, given: { authorization: string | undefined; at: Date }) {
    if (caller.person === undefined) return
    const { authorization, at } = given
    if (authorization === undefined) throw new RefusedError({ code: 'authorization_missing' })
    const { personId } = caller.person
    const what = { purpose: 'key', sourceSha256s: [], count: 1 } as const
    const spent = await spendAuthorization(tx, { accountId: caller.accountId, personId, authorization, what }, at)
    if (!spent) throw new RefusedError({ code: 'authorization_unusable' })
  }

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
      if (kind === 'live' && !liveKeys) throw new RefusedError({ code: 'issuer_not_configured' })
      const expiresAt = request.body.expiresAt === undefined ? undefined : new Date(request.body.expiresAt)
      const limits = {
        ...(dailyLimit === undefined ? {} : { dailyLimit }),
        ...(openLimit === undefined ? {} : { openLimit }),
      }
      const { accountId } = caller
      const made = await database.transaction(async (tx) => {
        const at = await database.now(tx)
        if (expiresAt !== undefined && expiresAt <= at)
          throw new RefusedError({ code: 'request_malformed', values: { detail: 'expiresAt: it is over already' } })
        if (kind === 'live') await proveConfirmed(tx, caller, { authorization, at })
        const added = await addKey(tx, { accountId, kind, name, scopes, expiresAt, limits, at })
        if (added === undefined) throw new RefusedError({ code: 'too_many_keys', values: { limit: apiKeysMax } })
        await recordAct(tx, { caller, action: 'key.added', id: added.stored.id, at })
        return added
      })
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
      const { accountId } = caller
      const id = keyIdOf(request.params.id)
      const changed = await database.transaction(async (tx) => {
        const at = await database.now(tx)
        const key = await changeKey(tx, { accountId, id }, request.body)
        if (key !== undefined) await recordAct(tx, { caller, action: 'key.changed', id, at })
        return key
      })
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
      const { accountId } = caller
      const id = keyIdOf(request.params.id)
      const revoked = await database.transaction(async (tx) => {
        const at = await database.now(tx)
        if (!(await revokeKey(tx, { accountId, id, at }))) return undefined
        await recordAct(tx, { caller, action: 'key.revoked', id, at })
        return id
      })
      found(revoked, request.params.id)
      return reply.code(204).send(null)
    },
  )
}
