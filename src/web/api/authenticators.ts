import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type IdKind, parsePublicId, publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import {
  confirmTotpOf,
  recordAuthenticatorAct,
  remakeRecoveryCodes,
  removePasskeyOf,
  removeTotpOf,
  setTotpUp,
  type Signed,
} from '../../identity/authenticator-acts.ts'
import { personCoolingRefusal } from '../../identity/cooling.ts'
import { addPasskey, askForPasskey, readPasskeys } from '../../identity/passkeys.ts'
import { proveOwnPassword } from '../../identity/person-changes.ts'
import { readTotp } from '../../identity/totp.ts'
import { passkeysMax } from '../../limits/people.ts'
import {
  authenticatorList,
  ownPasswordBody,
  passkeyAdded,
  passkeyBody,
  passkeyQuestion,
  recoveryCodeList,
  registrationOf,
  totpCodeBody,
  totpSetup,
} from './authenticator-schemas.ts'
import { callerOf, personOf as signedIn } from './caller.ts'
import { type PeopleApiParts, unwrap } from './people-parts.ts'
import { problemSchema } from './schemas.ts'
import { sessionSecurity } from './sessions.ts'

const tags = ['Authenticators']

function idOf(kind: IdKind, id: string): string {
  const uuid = parsePublicId(kind, id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return uuid
}

/** A person's authenticator app, recovery codes and passkeys: for people who signed in alone. */
export function authenticatorRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const { callers } = parts
  const { database } = parts.people
  const personOf = async (request: FastifyRequest): Promise<Signed> => {
    const caller = await callerOf(callers, request)
    return { ...caller, person: signedIn(caller) }
  }
  const api = app.withTypeProvider<ZodTypeProvider>()
  api.get(
    '/v1/authenticators',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Which ways a person has to prove who they are',
        response: { 200: authenticatorList, default: problemSchema },
      },
    },
    async (request) => {
      const { personId } = (await personOf(request)).person
      const { sql } = database
      const [totp, passkeys] = await Promise.all([readTotp(sql, personId), readPasskeys(sql, personId)])
      return {
        ...(totp === undefined ? {} : { totp: { ...totp, since: totp.since.toISOString() } }),
        passkeys: passkeys.map(({ id, createdAt, usedAt }) => ({
          id: publicId('passkey', id),
          createdAt: createdAt.toISOString(),
          ...(usedAt === undefined ? {} : { usedAt: usedAt.toISOString() }),
        })),
      }
    },
  )
  totpRoutes(app, parts, personOf)
  passkeyRoutes(app, parts, personOf)
}

type PersonOf = (request: FastifyRequest) => Promise<Signed>

function totpRoutes(app: FastifyInstance, parts: PeopleApiParts, personOf: PersonOf): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { people, site } = parts

  api.post(
    '/v1/authenticators/totp',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'A secret for an authenticator app; it counts once its first code is confirmed',
        body: ownPasswordBody,
        response: { 201: totpSetup, default: problemSchema },
      },
    },
    async (request, reply) => {
      const given = { password: request.body.password, label: site.rpId }
      const { setup } = unwrap(await setTotpUp(people, await personOf(request), given))
      return reply.code(201).header('cache-control', 'no-store').send(setup)
    },
  )

  api.post(
    '/v1/authenticators/totp/confirm',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'The first code of the app; answers the recovery codes',
        body: totpCodeBody,
        response: { 200: recoveryCodeList, default: problemSchema },
      },
    },
    async (request, reply) => {
      const confirmed = unwrap(await confirmTotpOf(people, await personOf(request), request.body.code))
      void reply.header('cache-control', 'no-store')
      return { recoveryCodes: confirmed.recoveryCodes }
    },
  )

  api.post(
    '/v1/authenticators/totp/remove',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Takes the app and its recovery codes away; needs a code of either',
        body: totpCodeBody,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      unwrap(await removeTotpOf(people, await personOf(request), request.body.code))
      return reply.code(204).send(null)
    },
  )

  api.post(
    '/v1/authenticators/recovery-codes',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'New recovery codes in place of the old ones; needs a code of the app or one of those',
        body: totpCodeBody,
        response: { 200: recoveryCodeList, default: problemSchema },
      },
    },
    async (request, reply) => {
      const made = unwrap(await remakeRecoveryCodes(people, await personOf(request), request.body.code))
      void reply.header('cache-control', 'no-store')
      return { recoveryCodes: made.value }
    },
  )
}

function passkeyRoutes(app: FastifyInstance, parts: PeopleApiParts, personOf: PersonOf): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { people, site } = parts
  const { database, sealing } = people

  api.post(
    '/v1/authenticators/passkeys/challenge',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Asks for a new passkey: what navigator.credentials.create takes',
        body: ownPasswordBody,
        response: { 201: passkeyQuestion, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { personId } = (await personOf(request)).person
      // neither a stolen session nor a stolen contact must become a way in that outlives it
      const cooling = await personCoolingRefusal(database.sql, personId)
      if (cooling !== undefined) throw new RefusedError(cooling)
      unwrap(await proveOwnPassword(people, { personId, password: request.body.password }))
      const asked = await askForPasskey({ database, site }, { personId, name: `OpenMeterai (${site.rpId})` })
      if (asked === undefined) throw new RefusedError({ code: 'too_many_passkeys', values: { limit: passkeysMax } })
      const { challengeId, options } = asked
      return reply.code(201).send({ challengeId: publicId('challenge', challengeId), options: { ...options } })
    },
  )

  api.post(
    '/v1/authenticators/passkeys',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'The new passkey',
        body: passkeyBody,
        response: { 201: passkeyAdded, default: problemSchema },
      },
    },
    async (request, reply) => {
      const by = await personOf(request)
      const challengeId = parsePublicId('challenge', request.body.challengeId)
      if (challengeId === undefined) throw new RefusedError({ code: 'passkey_refused' })
      const added = await addPasskey(
        { database, site },
        {
          personId: by.person.personId,
          challengeId,
          response: registrationOf(request.body.response),
          async onAdded(tx, id, at) {
            const cooling = await personCoolingRefusal(tx, by.person.personId)
            if (cooling !== undefined) throw new RefusedError(cooling)
            await recordAuthenticatorAct(tx, sealing, {
              by,
              act: 'passkey_added',
              objectId: publicId('passkey', id),
              at,
            })
          },
        },
      )
      if (!added.ok) throw new RefusedError(added.refusal)
      return reply.code(201).send({ id: publicId('passkey', added.id) })
    },
  )

  api.post(
    '/v1/authenticators/passkeys/:id/remove',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Removes a passkey, by the password: it proves nothing from then on',
        params: z.object({ id: z.string().describe('psk_...') }),
        body: ownPasswordBody,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const by = await personOf(request)
      const wanted = { id: idOf('passkey', id), password: request.body.password }
      unwrap(await removePasskeyOf(people, by, wanted))
      return reply.code(204).send(null)
    },
  )
}
