import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { publicId } from '../../base/ids.ts'
import { readIdentities } from '../../identity/account-identity.ts'
import { closeAccount, listIdentityReads, readAccount } from '../../identity/account-life.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import { changeIdentity, sendPhotoForProofing } from '../../identity/holder-changes.ts'
import { changeDetails, proveOwnPassword } from '../../identity/person-changes.ts'
import { readPerson } from '../../identity/people.ts'
import { listPapers, readKeptPaper } from '../../identity/papers/keep-paper.ts'
import { openAnotherAccount } from '../../identity/registered-accounts.ts'
import { photoBytesMax } from '../../limits/people.ts'
import { listItemsMax } from '../../limits/traffic.ts'
import { exportHeld } from '../export-held.ts'
import { accessLogAnswer, accountBody, accountSchema, closeBody, exportAnswer } from './account-schemas.ts'
import { callerOf, permit, personOf, sessionOf } from './caller.ts'
import { found, unwrap, type PeopleApiParts } from './people-parts.ts'
import { anotherAccountBody } from './registration-schemas.ts'
import { problemSchema } from './schemas.ts'
import { photoGiven, sendPhoto } from './sent-papers.ts'
import { sessionSecurity } from './sessions.ts'

const tags = ['Account']

/** Who holds an account, and what becomes of what is known of them. */
export function holderRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { people, proofing, photos, callers, door } = parts
  const { database, sealing } = people

  /** The person who signed in as an owner: an identity is nobody else's business. */
  async function ownerOf(request: FastifyRequest): Promise<{ caller: Caller; personId: string }> {
    const caller = permit(await callerOf(callers, request), 'manage')
    return { caller, personId: personOf(caller).personId }
  }

  async function accountJson(caller: Caller): Promise<z.input<typeof accountSchema>> {
    const { accountId, person: signedIn } = caller
    const id = publicId('account', accountId)
    const account = found(await readAccount(database.sql, accountId), id)
    const person = signedIn && (await readPerson(database.sql, sealing, signedIn.personId))
    const isOwner = signedIn?.role === 'owner'
    const identity = isOwner ? (await readIdentities(database.sql, sealing, [accountId])).get(accountId) : undefined
    return {
      id: publicId('account', account.accountId),
      testAccount: publicId('account', account.testAccountId),
      kind: account.kind,
      proofing: account.proofing,
      createdAt: account.createdAt.toISOString(),
      role: signedIn?.role,
      person: person && {
        id: publicId('person', person.personId),
        name: person.name,
        email: person.email,
        phone: person.phone,
        language: person.language,
      },
      identity,
      ...(isOwner ? await listPapers(database.sql, { accountId }) : {}),
    }
  }

  api.post(
    '/v1/accounts',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Another account of your own, such as your company; a photo for proofing is sent to it afterwards',
        body: anotherAccountBody,
        response: { 201: accountSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { personId, sessionId } = await sessionOf(request)
      const { ownerType: kind, identity: given } = request.body
      const fields = Object.entries(given).filter(([, value]) => typeof value === 'string')
      const identity = { ...Object.fromEntries(fields), name: given.name }
      const opened = await openAnotherAccount(people, { personId, kind, identity })
      const { accountId } = unwrap<{ ok: true; accountId: string }>(opened)
      void reply.code(201)
      const person = { personId, sessionId, role: 'owner' as const }
      return accountJson({ accountId, keyKind: 'live', keyId: publicId('person', personId), person })
    },
  )

  api.get(
    '/v1/account',
    {
      schema: {
        tags,
        security: [{ apiKey: [] }, ...sessionSecurity],
        summary: 'The account a call acts for; with a session its person and role too',
        response: { 200: accountSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store')
      return accountJson(permit(await callerOf(callers, request), 'read'))
    },
  )

  api.patch(
    '/v1/account',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Your name and language; who holds the account, while that is neither proven nor waited for',
        body: accountBody,
        response: { 200: accountSchema, default: problemSchema },
      },
    },
    async (request) => {
      const caller = await callerOf(callers, request)
      const { personId } = personOf(caller)
      const { identity, name, language } = request.body
      if (identity !== undefined) {
        const { accountId } = permit(caller, 'manage')
        unwrap(await changeIdentity(people, { accountId, by: actorOf(caller), identity }))
      }
      if (name !== undefined || language !== undefined) await changeDetails(people, { personId, name, language })
      return accountJson(caller)
    },
  )

  api.put(
    '/v1/account/identity-photo',
    {
      bodyLimit: photoBytesMax,
      // before 5 MB of a stranger's are taken in
      onRequest: async (request) => void (await ownerOf(request)),
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'The photo of an identity card, to be looked at for proofing; JPEG or PNG, 5 MB at most',
        consumes: ['image/jpeg', 'image/png'],
        response: { 200: accountSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { caller } = await ownerOf(request)
      const photo = await photoGiven(photos, request.body)
      unwrap(await sendPhotoForProofing(proofing, { accountId: caller.accountId, by: actorOf(caller), photo }))
      return accountJson(caller)
    },
  )

  api.get(
    '/v1/account/identity-photo',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'That photo, as it is kept, until it is deleted',
        response: { 200: z.any().describe('image/jpeg or image/png') },
      },
    },
    async (request, reply) => {
      const { accountId } = (await ownerOf(request)).caller
      return sendPhoto(reply, found(await readKeptPaper(proofing, { accountId }, 'identity_card'), 'identity-photo'))
    },
  )

  api.get(
    '/v1/account/access-log',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Who looked at the identity of this account, the latest first',
        response: { 200: accessLogAnswer, default: problemSchema },
      },
    },
    async (request) => {
      const { accountId } = (await ownerOf(request)).caller
      const reads = await listIdentityReads(database.sql, { accountId, limit: listItemsMax })
      return { items: reads.map(({ actor, at }) => ({ actor, at: at.toISOString() })) }
    },
  )

  api.get(
    '/v1/account/export',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Everything that is known of this account and of you, as JSON',
        response: { 200: exportAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { caller, personId } = await ownerOf(request)
      const id = publicId('account', caller.accountId)
      void reply.header('cache-control', 'no-store')
      void reply.header('content-disposition', `attachment; filename="${id}.json"`)
      return exportHeld(proofing, { accountId: caller.accountId, personId })
    },
  )

  api.post(
    '/v1/account/close',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Closes the account for good and erases who held it; what the tax law wants stays',
        body: closeBody,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const { caller, personId } = await ownerOf(request)
      const { password, loseQuota } = request.body
      unwrap(await proveOwnPassword(people, { personId, password }))
      unwrap(await closeAccount(people, { accountId: caller.accountId, by: caller, loseQuota }))
      if ((await readPerson(database.sql, sealing, personId)) === undefined) door.dismiss(reply)
      return reply.code(204).send(null)
    },
  )
}
