import type { FastifyInstance } from 'fastify'
import { publicId } from '../../../base/ids.ts'
import { readContact } from '../../../identity/contacts.ts'
import { listInvitations } from '../../../identity/invitations.ts'
import {
  changeMemberFor,
  inviteFor,
  removeMemberFor,
  withdrawInvitationFor,
  changingTakesPin,
  invitingTakesPin,
} from '../../../identity/member-acts.ts'
import { listMembers, type MemberLimits } from '../../../identity/memberships.ts'
import { readPeople } from '../../../identity/people.ts'
import { roles } from '../../../identity/roles.ts'
import { memberBody } from '../../api/member-schemas.ts'
import { found, unwrap, uuidOf } from '../../api/people-parts.ts'
import { ActPin, actConfirmed } from '../act-pin.tsx'
import { Button } from '../components/button.tsx'
import { RadioCards } from '../components/choices.tsx'
import { TextField } from '../components/field.tsx'
import { Moment } from '../components/moment.tsx'
import { formRoute, FormGuard, wrongOf, type Again, type Fields, type FormError } from '../forms.tsx'
import { linkTo, type Say } from '../page-context.ts'
import { digitsTyped } from '../typed-number.ts'
import { CodeAsk, codeAskErrors, routeOf } from './code-step.tsx'
import { OwnFrame, ownerIn, paramOf, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'

const path = '/akun/anggota'

/** Who acts for an account: inviting, roles and limits, removing. */
export function memberPages(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people, database } = parts
  const { sealing } = people

  formRoute(app, parts, {
    path,
    enter: ownerIn,
    async show(visit, caller, again) {
      const { context, say } = visit
      const { accountId } = caller
      const members = await listMembers(database.sql, accountId)
      const ids = members.map(({ personId }) => personId)
      const [known, invitations] = await Promise.all([
        readPeople(database.sql, sealing, ids),
        listInvitations(database.sql, sealing, { accountId }),
      ])
      const body = (
        <OwnFrame {...visit} title={say('own.page.anggota')} again={again}>
          <dl class="rows">
            {members.map((member) => (
              <div key={member.personId}>
                <dt>
                  {known.get(member.personId)?.name}
                  {member.personId === caller.person.personId ? ` (${say('own.memberYou')})` : ''}
                </dt>
                <dd>
                  {say(`roles.${member.role}`)} · {limitWords(say, member)}
                </dd>
                <dd class="rows-act">
                  <a href={linkTo(context, `${path}/${publicId('person', member.personId)}`)}>
                    {say('register.change')}
                    <span class="unseen"> {known.get(member.personId)?.name}</span>
                  </a>
                </dd>
              </div>
            ))}
          </dl>
          {invitations.length === 0 ? null : <h2>{say('own.invitationsSent')}</h2>}
          {invitations.map(({ invitationId, contact, role, expiresAt }) => (
            <form key={invitationId} class="card" method="post" action={linkTo(context, path)}>
              <FormGuard context={context} />
              <p>
                {contact.address} · {say(`roles.${role}`)}
                <span class="hint">
                  {say('own.until')} <Moment at={expiresAt} language={context.language} />
                </span>
              </p>
              <Button look="quiet" name="withdraw" value={publicId('invitation', invitationId)}>
                {say('own.invitationWithdraw')}
                <span class="unseen"> {contact.address}</span>
              </Button>
            </form>
          ))}
          <h2>{say('own.invite')}</h2>
          <p>{say('own.inviteLead')}</p>
          <form method="post" action={linkTo(context, path)}>
            <FormGuard context={context} />
            <CodeAsk say={say} again={again} way={say('own.inviteWay')} />
            <MemberFields
              say={say}
              again={again}
              member={{ role: 'stamper', stampsPerMonth: null, orderLimitRupiah: null }}
            />
            <ActPin say={say} again={again} optional />
            <Button>{say('own.inviteSend')}</Button>
          </form>
        </OwnFrame>
      )
      return { title: say('own.page.anggota'), body }
    },
    async act({ say, context }, caller, fields) {
      const withdrawn = fields.one('withdraw')
      if (withdrawn !== '') {
        unwrap(await withdrawInvitationFor(people, caller, uuidOf('invitation', withdrawn)))
        return { to: telling(path, 'withdrawn') }
      }
      const contact = readContact(fields.one('contact').trim())
      const read = readMemberFields(say, fields)
      const errors = [...codeAskErrors(say, fields), ...read.errors]
      if (errors.length > 0 || contact === undefined) return { errors }
      const { language } = context
      const authorization = await actConfirmed(parts, caller, { fields, purpose: 'members' })
      if (authorization === undefined && invitingTakesPin(read.member.role))
        return { errors: [{ field: 'pin', says: say('own.actPinNeeded') }] }
      const invited = { ...read.member, contact, route: routeOf(fields), language, authorization }
      unwrap(await inviteFor(people, caller, invited))
      return { to: telling(path, 'invited') }
    },
    repeated: telling(path, 'invited'),
  })

  formRoute(app, parts, {
    path: `${path}/:id`,
    enter: ownerIn,
    async show(visit, { accountId }, again) {
      const { context, say, request } = visit
      const id = paramOf(request, 'id')
      const personId = uuidOf('person', id)
      const members = await listMembers(database.sql, accountId)
      const member = found(
        members.find((one) => one.personId === personId),
        id,
      )
      const name = (await readPeople(database.sql, sealing, [personId])).get(personId)?.name ?? id
      const body = (
        <OwnFrame {...visit} title={name} again={again}>
          <form method="post" action={linkTo(context, `${path}/${id}`)}>
            <FormGuard context={context} />
            <MemberFields say={say} again={again} member={member} />
            <ActPin say={say} again={again} optional />
            <Button name="act" value="change">
              {say('own.save')}
            </Button>
            <p class="soft">{say('own.memberRemoveLead')}</p>
            <Button look="bad" name="act" value="remove">
              {say('own.memberRemove')}
            </Button>
          </form>
        </OwnFrame>
      )
      return { title: name, body }
    },
    async act({ say, request }, caller, fields) {
      const personId = uuidOf('person', paramOf(request, 'id'))
      const authorization = await actConfirmed(parts, caller, { fields, purpose: 'members' })
      const needsPin = { errors: [{ field: 'pin', says: say('own.actPinNeeded') }] }
      const before = (await listMembers(database.sql, caller.accountId)).find((one) => one.personId === personId)
      if (authorization === undefined && fields.one('act') === 'remove' && before?.role === 'owner') return needsPin
      if (fields.one('act') === 'remove') {
        unwrap(await removeMemberFor(people, caller, personId, { authorization }))
        return { to: telling(path, 'removed') }
      }
      const read = readMemberFields(say, fields)
      if (read.errors.length > 0) return read
      if (authorization === undefined && before !== undefined && changingTakesPin(before, read.member)) return needsPin
      unwrap(await changeMemberFor(people, caller, { ...read.member, personId, authorization }))
      return { to: telling(path, 'member') }
    },
    repeated: path,
  })
}

type MemberGiven = MemberLimits & { role: (typeof roles)[number] }

function MemberFields({ say, again, member }: { say: Say; again: Again | undefined; member: MemberGiven }) {
  const typed = (name: string, stored: string) => again?.fields.one(name) ?? stored
  return (
    <>
      <RadioCards
        name="role"
        legend={say('own.role')}
        value={again?.fields.one('role') || member.role}
        options={roles.map((role) => ({ value: role, label: say(`roles.${role}`), says: say(`own.roleSays.${role}`) }))}
      />
      <TextField
        name="stampsPerMonth"
        label={`${say('own.stampsPerMonth')} (${say('register.optional')})`}
        hint={say('own.limitHint')}
        value={typed('stampsPerMonth', member.stampsPerMonth?.toString() ?? '')}
        inputmode="numeric"
        look="short"
        maxLength={12}
        {...wrongOf(again, 'stampsPerMonth')}
      />
      <TextField
        name="orderLimitRupiah"
        label={`${say('own.orderLimit')} (${say('register.optional')})`}
        hint={say('own.limitHint')}
        value={typed('orderLimitRupiah', member.orderLimitRupiah?.toString() ?? '')}
        inputmode="numeric"
        look="short"
        maxLength={20}
        {...wrongOf(again, 'orderLimitRupiah')}
      />
    </>
  )
}

/** Role and limits by the rules of the API; an empty limit is none. */
function readMemberFields(say: Say, fields: Fields): { member: MemberGiven; errors: FormError[] } {
  const role = roles.find((one) => one === fields.one('role')) ?? 'reader'
  const stamps = digitsTyped(fields.one('stampsPerMonth'))
  // what is no number is refused by the rule; left out it would be no limit
  const rupiah = digitsTyped(fields.one('orderLimitRupiah')) ?? 'none'
  const stampsPerMonth = memberBody.shape.stampsPerMonth.safeParse(stamps === '' ? null : Number(stamps))
  const orderLimitRupiah = memberBody.shape.orderLimitRupiah.safeParse(rupiah === '' ? null : rupiah)
  const errors = [
    ...(stampsPerMonth.success ? [] : [{ field: 'stampsPerMonth', says: say('own.limitWrong') }]),
    ...(orderLimitRupiah.success ? [] : [{ field: 'orderLimitRupiah', says: say('own.limitWrong') }]),
  ]
  const limit = orderLimitRupiah.data
  const member = {
    role,
    stampsPerMonth: stampsPerMonth.data ?? null,
    orderLimitRupiah: typeof limit === 'string' ? BigInt(limit) : null,
  }
  return { member, errors }
}

function limitWords(say: Say, { stampsPerMonth, orderLimitRupiah }: MemberLimits): string {
  const words = [
    ...(stampsPerMonth === null ? [] : [say('own.stampsEach', { stamps: stampsPerMonth })]),
    ...(orderLimitRupiah === null ? [] : [say('own.rupiahEach', { rupiah: Number(orderLimitRupiah) })]),
  ]
  return words.join(', ') || say('own.limitNone')
}
