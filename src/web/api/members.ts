import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { publicId } from '../../base/ids.ts'
import type { Caller } from '../../identity/api-keys.ts'
import { contactsOf, maskedContact, type Contact } from '../../identity/contacts.ts'
import { listInvitations, type Invitation } from '../../identity/invitations.ts'
import {
  acceptInvitationAs,
  changeMemberFor,
  inviteFor,
  removeMemberFor,
  withdrawInvitationFor,
} from '../../identity/member-acts.ts'
import { listMembers, type Member } from '../../identity/memberships.ts'
import { readPeople, readPerson, type Person } from '../../identity/people.ts'
import { languageOf } from '../problems.ts'
import { callerOf, permit, personOf, sessionOf } from './caller.ts'
import {
  invitationList,
  invitationSchema,
  inviteBody,
  memberBody,
  memberList,
  type memberSchema,
} from './member-schemas.ts'
import { contactGiven, found, unwrap, uuidOf, type PeopleApiParts } from './people-parts.ts'
import { problemSchema } from './schemas.ts'
import { sessionSecurity } from './sessions.ts'

const tags = ['Members']
const memberParams = z.object({ id: z.string().describe('per_...') })
const invitationParams = z.object({ id: z.string().describe('inv_...') })

function memberJson(member: Member, people: ReadonlyMap<string, Person>, self: string): z.input<typeof memberSchema> {
  return {
    id: publicId('person', member.personId),
    name: people.get(member.personId)?.name ?? '',
    role: member.role,
    stampsPerMonth: member.stampsPerMonth,
    orderLimitRupiah: member.orderLimitRupiah?.toString() ?? null,
    since: member.since.toISOString(),
    self: member.personId === self,
  }
}

function invitationJson(invitation: Invitation, contact: string): z.input<typeof invitationSchema> {
  return {
    id: publicId('invitation', invitation.invitationId),
    account: publicId('account', invitation.accountId),
    contact,
    role: invitation.role,
    stampsPerMonth: invitation.stampsPerMonth,
    orderLimitRupiah: invitation.orderLimitRupiah?.toString() ?? null,
    expiresAt: invitation.expiresAt.toISOString(),
  }
}

const rupiahOf = (digits: string | null | undefined): bigint | null | undefined =>
  typeof digits === 'string' ? BigInt(digits) : digits

/** Who acts for an account, within which limits, and who is invited to. */
export function memberRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { people, callers } = parts
  const { database, sealing } = people

  /** An owner who signed in: a key that leaked must not make itself members. */
  async function ownerOf(request: FastifyRequest): Promise<Caller> {
    const caller = permit(await callerOf(callers, request), 'manage')
    personOf(caller)
    return caller
  }

  api.get(
    '/v1/members',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Members of the account, and invitations that wait',
        response: { 200: memberList, default: problemSchema },
      },
    },
    async (request) => {
      const caller = await ownerOf(request)
      const { accountId } = caller
      const { personId } = personOf(caller)
      const members = await listMembers(database.sql, accountId)
      const known = await readPeople(
        database.sql,
        sealing,
        members.map((member) => member.personId),
      )
      const invitations = await listInvitations(database.sql, sealing, { accountId })
      return {
        items: members.map((member) => memberJson(member, known, personId)),
        invitations: invitations.map((one) => invitationJson(one, one.contact.address)),
      }
    },
  )

  api.post(
    '/v1/members',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Invites whoever has this e-mail or phone; they accept once they signed in with it proven',
        body: inviteBody,
        response: { 201: invitationSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = await ownerOf(request)
      const { role, route, stampsPerMonth = null } = request.body
      const contact = contactGiven(request.body.contact)
      const orderLimitRupiah = rupiahOf(request.body.orderLimitRupiah) ?? null
      const invited = { contact, role, route, stampsPerMonth, orderLimitRupiah, language: languageOf(request) }
      const { invitation } = unwrap<{ ok: true; invitation: Invitation }>(await inviteFor(people, caller, invited))
      void reply.code(201)
      return invitationJson(invitation, contact.address)
    },
  )

  api.patch(
    '/v1/members/:id',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Another role, other limits; from the next call of that member on',
        params: memberParams,
        body: memberBody,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = await ownerOf(request)
      const { role, stampsPerMonth } = request.body
      const orderLimitRupiah = rupiahOf(request.body.orderLimitRupiah)
      const change = {
        personId: uuidOf('person', request.params.id),
        role,
        ...(stampsPerMonth === undefined ? {} : { stampsPerMonth }),
        ...(orderLimitRupiah === undefined ? {} : { orderLimitRupiah }),
      }
      unwrap(await changeMemberFor(people, caller, change))
      return reply.code(204).send(null)
    },
  )

  api.delete(
    '/v1/members/:id',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Removes a member at once; anyone may leave, but for the last owner',
        params: memberParams,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const caller = await callerOf(callers, request)
      const personId = uuidOf('person', id)
      if (personOf(caller).personId !== personId) permit(caller, 'manage')
      unwrap(await removeMemberFor(people, caller, personId))
      return reply.code(204).send(null)
    },
  )

  api.delete(
    '/v1/members/invitations/:id',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Takes an invitation back',
        params: invitationParams,
        response: { 204: z.null(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = await ownerOf(request)
      unwrap(await withdrawInvitationFor(people, caller, uuidOf('invitation', request.params.id)))
      return reply.code(204).send(null)
    },
  )

  /** The person of this session and what they have proven. */
  async function guestOf(request: FastifyRequest): Promise<{ person: Person; contacts: Contact[] }> {
    const { personId } = await sessionOf(request)
    const person = found(await readPerson(database.sql, sealing, personId), publicId('person', personId))
    return { person, contacts: contactsOf(person) }
  }

  api.get(
    '/v1/invitations',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Invitations that wait for the person who asks',
        response: { 200: invitationList, default: problemSchema },
      },
    },
    async (request) => {
      const { contacts } = await guestOf(request)
      const items = await listInvitations(database.sql, sealing, { contacts })
      return { items: items.map((one) => invitationJson(one, maskedContact(one.contact))) }
    },
  )

  api.post(
    '/v1/invitations/:id/accept',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Becomes a member of the account that invited',
        params: invitationParams,
        response: { 200: invitationSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { person } = await guestOf(request)
      const { id } = request.params
      const invitation = found(await acceptInvitationAs(people, person, uuidOf('invitation', id)), id)
      return invitationJson(invitation, maskedContact(invitation.contact))
    },
  )
}
