import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { changeContact, changePassword, requestContactCode } from '../../identity/person-changes.ts'
import { requestEntryCode, resetPassword } from '../../identity/sign-in.ts'
import { languageOf } from '../problems.ts'
import { sessionOf } from './caller.ts'
import { codeIdOf, codeJson, contactGiven, unwrap, type PeopleApiParts } from './people-parts.ts'
import { codeSentAnswer } from './registration-schemas.ts'
import { problemSchema } from './schemas.ts'
import {
  contactAnswer,
  contactBody,
  contactCodeBody,
  entryCodeBody,
  passwordBody,
  resetBody,
} from './session-schemas.ts'
import { sessionSecurity } from './sessions.ts'

const tags = ['Sessions']

/** What a person signs in with: password, e-mail, phone; and the way back for who forgot or lost one of them. */
export function credentialRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { people, door } = parts

  api.put(
    '/v1/password',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Another password; every other browser is signed out',
        body: passwordBody,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const who = await sessionOf(request)
      const { token } = unwrap(await changePassword(people, { who, ...request.body }))
      door.admit(reply, token.text)
      return reply.code(204).send(null)
    },
  )

  api.post(
    '/v1/password-resets/codes',
    {
      schema: {
        tags,
        summary:
          'Sends a code to make a new password by, where somebody has this contact; the answer is the same where nobody has',
        body: entryCodeBody,
        response: { 202: codeSentAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { identifier, route } = request.body
      const ask = { contact: contactGiven(identifier), route, language: languageOf(request) }
      const requested = unwrap(await requestEntryCode(people, { ...ask, purpose: 'password_reset' }))
      void reply.code(202)
      return codeJson(requested)
    },
  )

  api.post(
    '/v1/password-resets',
    {
      schema: {
        tags,
        summary: 'A new password by that code; every browser is signed out, and money, keys and batches wait a day',
        body: resetBody,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      door.proveOrigin(request)
      const { identifier, codeId, code, password } = request.body
      const contact = contactGiven(identifier)
      unwrap(await resetPassword(people, { contact, codeId: codeIdOf(codeId), code, password }))
      return reply.code(204).send(null)
    },
  )

  api.post(
    '/v1/contacts/codes',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Sends a code to an e-mail or phone that is to be yours',
        body: contactCodeBody,
        response: { 202: codeSentAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { personId } = await sessionOf(request)
      const { contact: typed, route } = request.body
      const requested = unwrap(await requestContactCode(people, { personId, contact: contactGiven(typed), route }))
      void reply.code(202)
      return codeJson(requested)
    },
  )

  api.put(
    '/v1/contacts',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary:
          'Makes it yours by that code and your password; the one before is told, and money, keys and batches wait a day',
        body: contactBody,
        response: { 200: contactAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const who = await sessionOf(request)
      const { codeId, code, password } = request.body
      const { contact, token } = unwrap(await changeContact(people, { who, codeId: codeIdOf(codeId), code, password }))
      door.admit(reply, token.text)
      return { [contact.kind]: contact.address }
    },
  )
}
