import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { RefusedError } from '../../errors.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import { sendPaperForProofing } from '../../identity/holder-changes.ts'
import { keepPaper, listPapers, readKeptPaper } from '../../identity/papers/keep-paper.ts'
import { organisationPapers, papersOf } from '../../identity/papers/paper-kinds.ts'
import { readRegistration } from '../../identity/registrations.ts'
import { photoBytesMax } from '../../limits/people.ts'
import { callerOf, permit, personOf } from './caller.ts'
import { found, unwrap, type PeopleApiParts } from './people-parts.ts'
import { applicantOf, registrationJson } from './registrations.ts'
import { registrationSchema } from './registration-schemas.ts'
import { problemSchema } from './schemas.ts'
import { keptOrRefused, paperGiven, sendPaper } from './sent-papers.ts'
import { sessionSecurity } from './sessions.ts'

const paper = z.enum(organisationPapers).describe('nib; npwp; deed: the deed it was founded by, or the decree')
const paperParams = z.object({ paper })
const registrationParams = z.object({ id: z.string().describe('reg_...'), paper })
const papersAnswer = z.object({ papers: z.array(z.enum(organisationPapers)).describe('Papers that lie here') })
const fileAnswer = z.any().describe('application/pdf, image/jpeg or image/png, as a file')
const consumes = ['application/pdf', 'image/jpeg', 'image/png']

/** Papers of organisations: sent with a registration or to the account, and given back to who sent them. None of them has to be. */
export function paperRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  void app.register(async (scope) => {
    // What the sender calls a file counts for nothing: its bytes are looked at.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: photoBytesMax }, (_, body, done) =>
      done(null, body),
    )
    registrationPapers(scope, parts)
    accountPapers(scope, parts)
  })
}

function registrationPapers(app: FastifyInstance, { people, proofing, photos }: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()

  api.put(
    '/v1/registrations/:id/papers/:paper',
    {
      bodyLimit: photoBytesMax,
      // before 5 MB of nobody's are taken in
      onRequest: async (request) => void unwrap(await readRegistration(people, applicantOf(request))),
      schema: {
        tags: ['Registration'],
        summary: 'A paper of an organisation: PDF, JPEG or PNG, 5 MB at most; kept sealed, and never needed to go on',
        consumes,
        params: registrationParams,
        response: { 200: registrationSchema, default: problemSchema },
      },
    },
    async (request) => {
      const applicant = applicantOf(request)
      const { registration } = unwrap(await readRegistration(people, applicant))
      const { paper: kind } = request.params
      // a personal account has none
      if (!papersOf(registration.draft.ownerType).includes(kind))
        throw new RefusedError({ code: 'not_found', values: { id: kind } })
      const file = await paperGiven(photos, request.body)
      const { registrationId } = applicant
      const kept = { owner: { registrationId }, kind, file, deleteAt: registration.expiresAt }
      keptOrRefused(await keepPaper(proofing, kept))
      return registrationJson(unwrap(await readRegistration(people, applicant)).registration)
    },
  )

  api.get(
    '/v1/registrations/:id/papers/:paper',
    {
      schema: {
        tags: ['Registration'],
        summary: 'That paper, as it is kept',
        params: registrationParams,
        response: { 200: fileAnswer },
      },
    },
    async (request, reply) => {
      const applicant = applicantOf(request)
      unwrap(await readRegistration(people, applicant))
      const { paper: kind } = request.params
      return sendPaper(reply, kind, found(await readKeptPaper(proofing, applicant, kind), kind))
    },
  )
}

function accountPapers(app: FastifyInstance, { people, proofing, photos, callers }: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()

  /** An owner who signed in: who an organisation is, is nobody else's business. */
  async function ownerOf(request: FastifyRequest): Promise<Caller> {
    const caller = permit(await callerOf(callers, request), 'manage')
    personOf(caller)
    return caller
  }

  api.put(
    '/v1/account/papers/:paper',
    {
      bodyLimit: photoBytesMax,
      // before 5 MB of a stranger's are taken in
      onRequest: async (request) => void (await ownerOf(request)),
      schema: {
        tags: ['Account'],
        security: sessionSecurity,
        summary:
          'A paper of an organisation, while it is not proven who holds the account: PDF, JPEG or PNG, 5 MB at most',
        consumes,
        params: paperParams,
        response: { 200: papersAnswer, default: problemSchema },
      },
    },
    async (request) => {
      const caller = await ownerOf(request)
      const { accountId } = caller
      const file = await paperGiven(photos, request.body)
      const sent = { accountId, by: actorOf(caller), paper: request.params.paper, file }
      unwrap(await sendPaperForProofing(proofing, sent))
      const { papers } = await listPapers(people.database.sql, { accountId })
      return { papers }
    },
  )

  api.get(
    '/v1/account/papers/:paper',
    {
      // whether there is such a paper is nothing for strangers
      onRequest: async (request) => void (await ownerOf(request)),
      schema: {
        tags: ['Account'],
        security: sessionSecurity,
        summary: 'That paper, as it is kept, until it is deleted',
        params: paperParams,
        response: { 200: fileAnswer },
      },
    },
    async (request, reply) => {
      const { accountId } = await ownerOf(request)
      const { paper: kind } = request.params
      return sendPaper(reply, kind, found(await readKeptPaper(proofing, { accountId }, kind), kind))
    },
  )
}
