import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { routes } from '../../../base/receiver.ts'
import { RefusedError } from '../../../errors.ts'
import { contactKinds, readContact, readContactOf, receiverOf } from '../../../identity/contacts.ts'
import {
  fillRegistration,
  proveRegistrationContact,
  requestRegistrationCode,
  type Applicant,
} from '../../../identity/registrations.ts'
import { codeStepSeconds } from '../../../limits/people.ts'
import { unwrap } from '../../api/people-parts.ts'
import { StateWord } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { TextField } from '../components/field.tsx'
import { formRoute, FormGuard, wrongOf, Wrongs, type Visit } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import { CodeAsk, codeAskErrors, CodeWait, routeOf } from './code-step.tsx'
import { hasInbox, type PeoplePageParts } from './people-parts.ts'
import { RegistrationFrame, type RegistrationDesk } from './registration-step.tsx'
import { openStepCookie } from './step-cookie.ts'

const contactStep = z.object({
  kind: z.enum(contactKinds),
  route: z.enum(routes),
  codeId: z.string(),
  expiresAt: z.coerce.date(),
  resendAt: z.coerce.date(),
  otherRoutes: z.boolean(),
})
type ContactStep = z.output<typeof contactStep>

/** A contact that is proven by a code, and the password. */
export function contactSteps(app: FastifyInstance, parts: PeoplePageParts, desk: RegistrationDesk): void {
  const { people } = parts
  const step = openStepCookie(people.sealing, {
    name: 'meterai_kode_daftar',
    schema: contactStep,
    seconds: codeStepSeconds,
    publicUrl: parts.publicUrl,
  })

  async function sendCode(
    { reply }: Visit,
    applicant: Applicant,
    { kind, route }: Pick<ContactStep, 'kind' | 'route'>,
  ): Promise<void> {
    const sent = unwrap(await requestRegistrationCode(people, applicant, { kind, route }))
    const { expiresAt, resendAt, otherRoutes } = sent
    const { route: way } = receiverOf({ kind, address: '' }, route)
    const codeId = publicId('code', sent.codeId)
    step.write(reply, { kind, route: way, codeId, expiresAt, resendAt, otherRoutes })
  }

  formRoute(app, parts, {
    path: '/daftar/kontak',
    enter: desk.enter,
    async show({ context, say }, { registration }, again) {
      const { draft, emailProven, phoneProven } = registration
      const proven = [emailProven ? draft.email : undefined, phoneProven ? draft.phone : undefined].filter(
        (address) => address !== undefined,
      )
      const form = (
        <form method="post" action={linkTo(context, '/daftar/kontak')}>
          <FormGuard context={context} />
          <CodeAsk say={say} again={again} />
          <Button look={proven.length > 0 ? 'quiet' : 'primary'}>{say('codes.send')}</Button>
        </form>
      )
      const body = (
        <RegistrationFrame say={say} at="contact" title={say('register.contactTitle')}>
          <p>{say('register.contactLead')}</p>
          <Wrongs say={say} again={again} />
          {proven.length === 0 ? (
            form
          ) : (
            <>
              <ul>
                {proven.map((address) => (
                  <li key={address}>
                    {address} <StateWord tone="good">{say('register.contactProven')}</StateWord>
                  </li>
                ))}
              </ul>
              <details open={again !== undefined}>
                <summary>{say(proven.length === 1 ? 'register.contactMore' : 'register.contactOther')}</summary>
                {form}
              </details>
              <LinkButton href={linkTo(context, '/daftar/sandi')}>{say('register.next')}</LinkButton>
            </>
          )}
        </RegistrationFrame>
      )
      return { title: say('register.contactTitle'), body }
    },
    async act(visit, { applicant }, fields) {
      const errors = codeAskErrors(visit.say, fields)
      const contact = readContact(fields.one('contact').trim())
      if (errors.length > 0 || contact === undefined) return { errors }
      unwrap(await fillRegistration(people, applicant, { [contact.kind]: contact.address }))
      await sendCode(visit, applicant, { kind: contact.kind, route: routeOf(fields) })
      return { to: '/daftar/kode' }
    },
    repeated: '/daftar/kode',
  })

  formRoute(app, parts, {
    path: '/daftar/kode',
    enter: desk.enter,
    async show(visit, { registration }, again) {
      const sent = step.read(visit.request)
      const address = sent && registration.draft[sent.kind]
      const contact = sent && address !== undefined ? readContactOf(sent.kind, address) : undefined
      if (sent === undefined || contact === undefined) return { to: '/daftar/kontak' }
      const { say } = visit
      const body = (
        <CodeWait
          {...visit}
          again={again}
          sent={{ ...sent, contact, shown: contact.address }}
          path="/daftar/kode"
          backPath="/daftar/kontak"
          submit={say('register.next')}
          hasInbox={hasInbox(parts)}
        />
      )
      return { title: say('codes.title'), body }
    },
    async act(visit, { applicant }, fields) {
      const sent = step.read(visit.request)
      if (sent === undefined) return { to: '/daftar/kontak' }
      if (fields.one('act') === 'resend') {
        await sendCode(visit, applicant, { kind: sent.kind, route: routeOf(fields) })
        return { to: '/daftar/kode' }
      }
      const codeId = parsePublicId('code', sent.codeId)
      if (codeId === undefined) throw new RefusedError({ code: 'code_expired' })
      const code = fields.one('code').replaceAll(/\s/g, '')
      unwrap(await proveRegistrationContact(people, applicant, { codeId, code }))
      step.clear(visit.reply)
      return { to: '/daftar/kontak' }
    },
    repeated: '/daftar/kontak',
  })

  formRoute(app, parts, {
    path: '/daftar/sandi',
    enter: desk.enter,
    async show({ context, say }, { registration }, again) {
      const body = (
        <RegistrationFrame say={say} at="password" title={say('register.passwordTitle')}>
          <Wrongs say={say} again={again} />
          {registration.hasPassword ? <p role="status">{say('register.passwordKept')}</p> : null}
          <form method="post" action={linkTo(context, '/daftar/sandi')}>
            <FormGuard context={context} />
            <TextField
              name="newPassword"
              type="password"
              label={say('signIn.password')}
              hint={say('own.passwordRule')}
              autocomplete="new-password"
              required
              {...wrongOf(again, 'newPassword')}
            />
            <Button>{say('register.next')}</Button>
          </form>
        </RegistrationFrame>
      )
      return { title: say('register.passwordTitle'), body }
    },
    async act(_, { applicant }, fields) {
      unwrap(await fillRegistration(people, applicant, { password: fields.one('newPassword') }))
      return { to: '/daftar/periksa' }
    },
    repeated: '/daftar/periksa',
  })
}
