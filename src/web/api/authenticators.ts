import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { recordAudit } from '../../audit/audit.ts'
import { type IdKind, newUuid, parsePublicId, publicId } from '../../base/ids.ts'
import type { Sealing } from '../../base/sealing.ts'
import type { Queryable, Tx } from '../../database/database.ts'
import { RefusedError } from '../../errors.ts'
import { actorOf, type Caller, type SignedIn } from '../../identity/api-keys.ts'
import { personCoolingRefusal } from '../../identity/cooling.ts'
import { tellEverywhere } from '../../identity/notices.ts'
import { addPasskey, askForPasskey, readPasskeys, removePasskey } from '../../identity/passkeys.ts'
import { readPerson } from '../../identity/people.ts'
import { proveOwnPassword } from '../../identity/person-changes.ts'
import { beginTotp, checkTotp, confirmTotp, makeRecoveryCodes, readTotp, removeTotp } from '../../identity/totp.ts'
import { passkeysMax } from '../../limits.ts'
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

/** What can happen to a person's ways of proving who they are: the record's `action`, and `authenticatorActs.` in the notice. */
type Act = 'totp_added' | 'totp_removed' | 'recovery_codes_made' | 'passkey_added' | 'passkey_removed'

type Person = { caller: Caller; person: SignedIn }

function idOf(kind: IdKind, id: string): string {
  const uuid = parsePublicId(kind, id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return uuid
}

/** Writes down who changed what, and tells every contact of the person; in the act's transaction. */
async function record(
  tx: Tx,
  sealing: Sealing,
  done: { by: Person; act: Act; objectId: string; at: Date },
): Promise<void> {
  const { by, act, objectId, at } = done
  const { accountId } = by.caller
  const action = `person.${act}`
  await recordAudit(tx, [{ accountId, id: newUuid(at), actor: actorOf(by.caller), action, objectId }], at)
  const person = await readPerson(tx, sealing, by.person.personId)
  if (person !== undefined)
    await tellEverywhere(tx, sealing, { person, accountId, template: 'authenticator_changed', values: { act }, at })
}

/** Nothing new proves a person while it may be somebody else who signed in; asked again in the transaction that adds it. */
async function proveNotCooling(sql: Queryable, personId: string): Promise<void> {
  const refusal = await personCoolingRefusal(sql, personId)
  if (refusal !== undefined) throw new RefusedError(refusal)
}

/** A person's authenticator app, recovery codes and passkeys: for people who signed in alone. */
export function authenticatorRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const { callers } = parts
  const { database } = parts.people
  const personOf = async (request: FastifyRequest): Promise<Person> => {
    const caller = await callerOf(callers, request)
    return { caller, person: signedIn(caller) }
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

type PersonOf = (request: FastifyRequest) => Promise<Person>

function totpRoutes(app: FastifyInstance, parts: PeopleApiParts, personOf: PersonOf): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { people, site } = parts
  const { database, sealing } = people
  const objectIdOf = (by: Person) => publicId('person', by.person.personId)

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
      const { personId } = (await personOf(request)).person
      await proveNotCooling(database.sql, personId)
      unwrap(await proveOwnPassword(people, { personId, password: request.body.password }))
      const setup = await database.transaction(async (tx) =>
        beginTotp(tx, sealing, { personId, label: site.rpId, at: await database.now(tx) }),
      )
      if (setup === undefined) throw new RefusedError({ code: 'totp_already_on' })
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
      const by = await personOf(request)
      const { personId } = by.person
      const onConfirmed = async (tx: Tx, at: Date) => {
        await proveNotCooling(tx, personId)
        await record(tx, sealing, { by, act: 'totp_added', objectId: objectIdOf(by), at })
      }
      const confirmed = await confirmTotp({ database, sealing }, { personId, code: request.body.code, onConfirmed })
      if (!confirmed.ok) throw new RefusedError(confirmed.refusal)
      void reply.header('cache-control', 'no-store')
      return { recoveryCodes: confirmed.recoveryCodes }
    },
  )

  /** Proves the app, then acts: a stolen session alone must not take the person's second proof away. */
  async function withProof<T>(
    request: FastifyRequest,
    code: string,
    act: (tx: Tx, by: Person, at: Date) => Promise<T>,
  ) {
    const by = await personOf(request)
    const proven = await checkTotp({ database, sealing }, { personId: by.person.personId, code })
    if (!proven.ok) throw new RefusedError(proven.refusal)
    return database.transaction(async (tx) => act(tx, by, await database.now(tx)))
  }

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
      await withProof(request, request.body.code, async (tx, by, at) => {
        if (await removeTotp(tx, by.person.personId))
          await record(tx, sealing, { by, act: 'totp_removed', objectId: objectIdOf(by), at })
      })
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
      const recoveryCodes = await withProof(request, request.body.code, async (tx, by, at) => {
        await record(tx, sealing, { by, act: 'recovery_codes_made', objectId: objectIdOf(by), at })
        return makeRecoveryCodes(tx, sealing, { personId: by.person.personId, at })
      })
      void reply.header('cache-control', 'no-store')
      return { recoveryCodes }
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
      await proveNotCooling(database.sql, personId)
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
            await proveNotCooling(tx, by.person.personId)
            await record(tx, sealing, { by, act: 'passkey_added', objectId: publicId('passkey', id), at })
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
      const by = await personOf(request)
      const { id } = request.params
      const uuid = idOf('passkey', id)
      const { personId } = by.person
      // a session alone must not take away what keeps others out
      unwrap(await proveOwnPassword(people, { personId, password: request.body.password }))
      await database.transaction(async (tx) => {
        if (!(await removePasskey(tx, { personId, id: uuid })))
          throw new RefusedError({ code: 'not_found', values: { id } })
        const at = await database.now(tx)
        await record(tx, sealing, { by, act: 'passkey_removed', objectId: id, at })
      })
      return reply.code(204).send(null)
    },
  )
}
