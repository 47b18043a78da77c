import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { publicId } from '../../base/ids.ts'
import { readAccount } from '../../identity/account-life.ts'
import { deviceLabel } from '../../identity/devices.ts'
import { keepPaper, readKeptPaper } from '../../identity/papers/keep-paper.ts'
import { askProvider } from '../../identity/proofing.ts'
import { consentDocuments } from '../../identity/registered-accounts.ts'
import { missingSteps, warningsOf, type Registration } from '../../identity/registration-draft.ts'
import {
  beginRegistration,
  completeRegistration,
  fillRegistration,
  proveRegistrationContact,
  readRegistration,
  requestRegistrationCode,
  type Applicant,
} from '../../identity/registrations.ts'
import { photoBytesMax } from '../../limits/people.ts'
import { languageOf } from '../problems.ts'
import { codeIdOf, codeJson, contactGiven, found, unwrap, uuidOf, type PeopleApiParts } from './people-parts.ts'
import {
  codeSentAnswer,
  completeBody,
  registeredAnswer,
  registrationBegun,
  registrationBody,
  registrationCodeBody,
  registrationProofBody,
  registrationSchema,
} from './registration-schemas.ts'
import { problemSchema } from './schemas.ts'
import { keptOrRefused, photoGiven, sendPhoto } from './sent-papers.ts'

const tags = ['Registration']
const idParams = z.object({ id: z.string().describe('reg_...') })
const photoAnswer = z.any().describe('image/jpeg or image/png')

/** The applicant of this request: the id in its path, and the token that was given out with it. */
export function applicantOf(request: FastifyRequest<{ Params: { id: string } }>): Applicant {
  const registrationId = uuidOf('registration', request.params.id)
  const token = /^Bearer (rt_[A-Za-z0-9_-]{43})$/i.exec(request.headers.authorization ?? '')?.[1]
  // Without its token a registration is nobody's, and so not there.
  return { registrationId, token: found(token, request.params.id) }
}

/** A registration as its applicant sees it. */
export function registrationJson(registration: Registration): z.input<typeof registrationSchema> {
  const { draft, registrationId, emailProven, phoneProven, hasPassword, hasPhoto, papers } = registration
  return {
    id: publicId('registration', registrationId),
    ...draft,
    emailProven,
    phoneProven,
    hasPassword,
    hasPhoto,
    papers: [...papers],
    missing: missingSteps(registration),
    warnings: warningsOf(draft),
    consent: consentDocuments,
    expiresAt: registration.expiresAt.toISOString(),
  }
}

/** Registration in steps that can be left and resumed by whoever holds its token. */
export function registrationRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { people, proofing, photos, door } = parts

  // What the sender calls a picture counts for nothing, so any name of one will do; its bytes are looked at.
  app.addContentTypeParser(/^image\//, { parseAs: 'buffer', bodyLimit: photoBytesMax }, (_, body, done) =>
    done(null, body),
  )

  api.post(
    '/v1/registrations',
    {
      schema: {
        tags,
        summary: 'Begins a registration, empty; its token is shown here',
        response: { 201: registrationBegun, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { registrationId, token, expiresAt } = await beginRegistration(people, { language: languageOf(request) })
      const id = publicId('registration', registrationId)
      void reply.code(201).header('location', `/v1/registrations/${id}`)
      return { id, token, expiresAt: expiresAt.toISOString() }
    },
  )

  api.get(
    '/v1/registrations/:id',
    {
      schema: {
        tags,
        summary: 'What was filled in, and what is missing',
        params: idParams,
        response: { 200: registrationSchema, default: problemSchema },
      },
    },
    async (request) => registrationJson(unwrap(await readRegistration(people, applicantOf(request))).registration),
  )

  api.patch(
    '/v1/registrations/:id',
    {
      schema: {
        tags,
        summary: 'Fills in what is given and leaves the rest',
        params: idParams,
        body: registrationBody,
        response: { 200: registrationSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { email, phone, ...rest } = request.body
      const change = {
        ...rest,
        email: email === undefined ? undefined : contactGiven(email, 'email').address,
        phone: phone === undefined ? undefined : contactGiven(phone, 'phone').address,
      }
      return registrationJson(unwrap(await fillRegistration(people, applicantOf(request), change)).registration)
    },
  )

  api.put(
    '/v1/registrations/:id/identity-photo',
    {
      bodyLimit: photoBytesMax,
      // before 5 MB of nobody's are taken in
      onRequest: async (request) => void unwrap(await readRegistration(people, applicantOf(request))),
      schema: {
        tags,
        summary: 'The photo of an identity card: JPEG or PNG, 5 MB at most; only what draws it is kept, sealed',
        consumes: ['image/jpeg', 'image/png'],
        params: idParams,
        response: { 200: registrationSchema, default: problemSchema },
      },
    },
    async (request) => {
      const applicant = applicantOf(request)
      const { registration } = unwrap(await readRegistration(people, applicant))
      const { registrationId } = applicant
      const photo = await photoGiven(photos, request.body)
      const kept = { kind: 'identity_card', file: photo, deleteAt: registration.expiresAt } as const
      keptOrRefused(await keepPaper(proofing, { owner: { registrationId }, ...kept }))
      return registrationJson({ ...registration, hasPhoto: true })
    },
  )

  api.get(
    '/v1/registrations/:id/identity-photo',
    {
      schema: { tags, summary: 'That photo, as it is kept', params: idParams, response: { 200: photoAnswer } },
    },
    async (request, reply) => {
      const applicant = applicantOf(request)
      unwrap(await readRegistration(people, applicant))
      return sendPhoto(reply, found(await readKeptPaper(proofing, applicant, 'identity_card'), request.params.id))
    },
  )

  api.post(
    '/v1/registrations/:id/codes',
    {
      schema: {
        tags,
        summary: 'Sends a one-time code to the e-mail or phone that was filled in',
        params: idParams,
        body: registrationCodeBody,
        response: { 202: codeSentAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const requested = unwrap(await requestRegistrationCode(people, applicantOf(request), request.body))
      void reply.code(202)
      return codeJson(requested)
    },
  )

  api.post(
    '/v1/registrations/:id/proofs',
    {
      schema: {
        tags,
        summary: 'Proves that contact by the code that came to it',
        params: idParams,
        body: registrationProofBody,
        response: { 200: registrationSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { codeId, code } = request.body
      const given = { codeId: codeIdOf(codeId), code }
      return registrationJson(unwrap(await proveRegistrationContact(people, applicantOf(request), given)).registration)
    },
  )

  api.post(
    '/v1/registrations/:id/complete',
    {
      schema: {
        tags,
        summary: 'Opens the account, and signs its person in on this browser',
        params: idParams,
        body: completeBody,
        response: { 201: registeredAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const device = deviceLabel(request.headers['user-agent'])
      const { registered } = unwrap(await completeRegistration(people, applicantOf(request), { device }))
      const { accountId, signedIn } = registered
      // A provider that is slow or down is asked again by the job; the account is there already.
      await askProvider(proofing, { accountId })
      const account = await readAccount(people.database.sql, accountId)
      door.admit(reply, signedIn.token.text)
      void reply.code(201)
      return {
        account: { id: publicId('account', accountId), proofing: account?.proofing ?? 'unproven' },
        person: { id: publicId('person', signedIn.personId) },
        session: { id: publicId('session', signedIn.sessionId) },
        csrfToken: door.csrfToken(signedIn.sessionId),
      }
    },
  )
}
