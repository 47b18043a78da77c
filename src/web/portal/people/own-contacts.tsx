import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { routes, type Route } from '../../../base/receiver.ts'
import { languages } from '../../../base/text.ts'
import { RefusedError } from '../../../errors.ts'
import { actorOf } from '../../../identity/api-keys.ts'
import { contactsOf, maskedContact, readContact, receiverOf } from '../../../identity/contacts.ts'
import { changeContact, changeDetails, requestContactCode } from '../../../identity/person-changes.ts'
import { readPerson } from '../../../identity/people.ts'
import { resetPin } from '../../../identity/pin-changes.ts'
import { codeStepSeconds } from '../../../limits/people.ts'
import { found, unwrap } from '../../api/people-parts.ts'
import { personName } from '../../api/registration-schemas.ts'
import { sessionDoorOf } from '../../session-door.ts'
import { Notice } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { RadioCards } from '../components/choices.tsx'
import { TextField } from '../components/field.tsx'
import { WithMoment } from '../components/moment.tsx'
import { formRoute, FormGuard, wrongOf, type Visit } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import { personIn, signedInOf, type SignedInCaller } from '../signed-in.ts'
import { CodeAsk, codeAskErrors, CodeWait, routeOf } from './code-step.tsx'
import { OwnFrame, telling } from './own-frame.tsx'
import { hasInbox, type PeoplePageParts } from './people-parts.ts'
import { NewPinFields, newPinErrors } from './registration-finish.tsx'
import { openStepCookie } from './step-cookie.ts'

/** A code on its way to somebody who is signed in: to a contact that is to be theirs, or to their own for a new PIN. */
const ownStep = z.object({
  purpose: z.enum(['contact', 'pin']),
  /** Whose it is: another who signs in on this browser begins anew. */
  personId: z.string(),
  typed: z.string(),
  route: z.enum(routes),
  codeId: z.string(),
  expiresAt: z.coerce.date(),
  resendAt: z.coerce.date(),
  otherRoutes: z.boolean(),
})
type OwnStep = z.output<typeof ownStep>
type Sent = { codeId: string; expiresAt: Date; resendAt: Date; otherRoutes: boolean }

/** A person's name, language and contacts, and a new PIN by a code to one of them. */
export function contactRoutes(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people, database, confirming } = parts
  const step = openStepCookie(people.sealing, {
    name: 'meterai_kode_akun',
    schema: ownStep,
    seconds: codeStepSeconds,
    publicUrl: parts.publicUrl,
  })

  function remember({ reply }: Visit, about: Pick<OwnStep, 'purpose' | 'personId' | 'typed' | 'route'>, sent: Sent) {
    const { codeId, expiresAt, resendAt, otherRoutes } = sent
    step.write(reply, { ...about, codeId: publicId('code', codeId), expiresAt, resendAt, otherRoutes })
  }

  function pending({ request }: Visit, purpose: OwnStep['purpose'], personId: string) {
    const sent = step.read(request)
    const contact = sent === undefined ? undefined : readContact(sent.typed)
    if (sent?.purpose !== purpose || sent.personId !== personId || contact === undefined) return undefined
    return { ...sent, contact, shown: purpose === 'pin' ? maskedContact(contact) : contact.address }
  }

  async function sendContactCode(visit: Visit, ask: { personId: string; typed: string; route: Route }): Promise<void> {
    const { personId, typed, route } = ask
    const contact = found(readContact(typed), 'contact')
    const sent = unwrap(await requestContactCode(people, { personId, contact, route }))
    const { route: way } = receiverOf(contact, route)
    remember(visit, { purpose: 'contact', personId, typed: contact.address, route: way }, sent)
  }

  const ownPerson = async (personId: string) =>
    found(await readPerson(database.sql, people.sealing, personId), 'person')

  formRoute(app, parts, {
    path: '/akun/kontak',
    enter: personIn,
    async show(visit, { personId }, again) {
      const { context, say } = visit
      const person = await ownPerson(personId)
      const body = (
        <OwnFrame {...visit} title={say('own.page.kontak')} again={again}>
          {person.coolingUntil === undefined || person.coolingUntil <= (await database.now()) ? null : (
            <Notice tone="warn">
              <p>
                <WithMoment
                  at={person.coolingUntil}
                  language={context.language}
                  says={(until) => say('own.cooling', { until })}
                />
              </p>
            </Notice>
          )}
          <dl class="facts">
            <dt>{say('routes.email')}</dt>
            <dd>{person.email ?? say('own.contactNone')}</dd>
            <dt>{say('own.phone')}</dt>
            <dd>{person.phone ?? say('own.contactNone')}</dd>
          </dl>
          <h2>{say('own.contactChange')}</h2>
          <p>{say('own.contactChangeLead')}</p>
          <form method="post" action={linkTo(context, '/akun/kontak')}>
            <FormGuard context={context} />
            <CodeAsk say={say} again={again} />
            <Button name="act" value="code">
              {say('codes.send')}
            </Button>
          </form>
          <h2>{say('own.details')}</h2>
          <form method="post" action={linkTo(context, '/akun/kontak')}>
            <FormGuard context={context} />
            <TextField
              name="name"
              label={say('own.name')}
              value={again?.fields.one('name') || person.name}
              autocomplete="name"
              maxLength={200}
              {...wrongOf(again, 'name')}
            />
            <RadioCards
              name="language"
              legend={say('own.language')}
              value={person.language}
              options={languages.map((language) => ({ value: language, label: say(`own.languages.${language}`) }))}
            />
            <Button look="quiet" name="act" value="details">
              {say('own.save')}
            </Button>
          </form>
        </OwnFrame>
      )
      return { title: say('own.page.kontak'), body }
    },
    async act(visit, { personId }, fields) {
      const { say } = visit
      if (fields.one('act') === 'details') {
        const name = personName.safeParse(fields.one('name'))
        const language = languages.find((one) => one === fields.one('language'))
        if (!name.success) return { errors: [{ field: 'name', says: say('register.wrong.name') }] }
        await changeDetails(people, { personId, name: name.data, language })
        return { to: telling('/akun/kontak', 'details') }
      }
      const errors = codeAskErrors(say, fields)
      if (errors.length > 0) return { errors }
      await sendContactCode(visit, { personId, typed: fields.one('contact').trim(), route: routeOf(fields) })
      return { to: '/akun/kontak/kode' }
    },
  })

  formRoute(app, parts, {
    path: '/akun/kontak/kode',
    enter: personIn,
    async show(visit, { personId }, again) {
      const sent = pending(visit, 'contact', personId)
      if (sent === undefined) return { to: '/akun/kontak' }
      const { say } = visit
      const on = { path: '/akun/kontak/kode', backPath: '/akun/kontak', hasInbox: hasInbox(parts) }
      const body = (
        <CodeWait {...visit} {...on} again={again} sent={sent} submit={say('own.contactSave')}>
          <TextField
            name="password"
            type="password"
            label={say('signIn.password')}
            hint={say('own.contactPassword')}
            autocomplete="current-password"
            {...wrongOf(again, 'password')}
          />
        </CodeWait>
      )
      return { title: say('codes.title'), body }
    },
    async act(visit, who, fields) {
      const { request, reply } = visit
      const sent = pending(visit, 'contact', who.personId)
      if (sent === undefined) return { to: '/akun/kontak' }
      if (fields.one('act') === 'resend') {
        await sendContactCode(visit, { ...sent, route: routeOf(fields) })
        return { to: '/akun/kontak/kode' }
      }
      const code = codeOf(fields.one('code'))
      const change = { who, codeId: codeIdOf(sent), code, password: fields.one('password') }
      const { token } = unwrap(await changeContact(people, change))
      sessionDoorOf(request)?.admit(reply, token.text)
      step.clear(reply)
      return { to: telling('/akun/kontak', 'contact') }
    },
    repeated: '/akun/kontak',
  })

  if (confirming === undefined) return
  const { proofs } = confirming

  async function sendPinCode(visit: Visit, caller: SignedInCaller, route: Route): Promise<void> {
    const { personId } = caller.person
    const person = await ownPerson(personId)
    const wanted = contactsOf(person).find(({ kind }) => (kind === 'email') === (route === 'email'))
    const contact = found(wanted ?? contactsOf(person)[0], 'contact')
    const { route: way } = receiverOf(contact, route)
    const { accountId } = caller
    const { language } = visit.context
    const ask = { personId, accountId, purpose: 'pin_reset' as const, route: way, language }
    remember(
      visit,
      { purpose: 'pin', personId, typed: contact.address, route: way },
      unwrap(await proofs.requestCode(ask)),
    )
  }

  formRoute(app, parts, {
    path: '/akun/pin/lupa',
    enter: signedInOf,
    async show(visit, { person: { personId } }, again) {
      const { context, say } = visit
      const person = await ownPerson(personId)
      const ways = routes.flatMap((route) => {
        const address = route === 'email' ? person.email : person.phone
        return address === undefined ? [] : [{ value: route, label: say(`routes.${route}`), says: address }]
      })
      const body = (
        <OwnFrame {...visit} title={say('own.pinForgot')} again={again}>
          <p>{say('own.pinForgotLead')}</p>
          <form method="post" action={linkTo(context, '/akun/pin/lupa')}>
            <FormGuard context={context} />
            <RadioCards name="route" legend={say('codes.way')} value={ways[0]?.value ?? 'email'} options={ways} />
            <Button>{say('codes.send')}</Button>
          </form>
        </OwnFrame>
      )
      return { title: say('own.pinForgot'), body }
    },
    async act(visit, caller, fields) {
      await sendPinCode(visit, caller, routeOf(fields))
      return { to: '/akun/pin/lupa/kode' }
    },
    repeated: '/akun/pin/lupa/kode',
  })

  formRoute(app, parts, {
    path: '/akun/pin/lupa/kode',
    enter: signedInOf,
    async show(visit, { person: { personId } }, again) {
      const sent = pending(visit, 'pin', personId)
      if (sent === undefined) return { to: '/akun/pin/lupa' }
      const { say } = visit
      const on = { path: '/akun/pin/lupa/kode', backPath: '/akun/pin/lupa', hasInbox: hasInbox(parts) }
      const body = (
        <CodeWait {...visit} {...on} again={again} sent={sent} submit={say('own.pinSave')}>
          <NewPinFields say={say} again={again} />
        </CodeWait>
      )
      return { title: say('codes.title'), body }
    },
    async act(visit, caller, fields) {
      const { personId } = caller.person
      const sent = pending(visit, 'pin', personId)
      if (sent === undefined) return { to: '/akun/pin/lupa' }
      if (fields.one('act') === 'resend') {
        await sendPinCode(visit, caller, routeOf(fields))
        return { to: '/akun/pin/lupa/kode' }
      }
      const pin = fields.one('newPin')
      const errors = newPinErrors(visit.say, pin, fields.one('newPinAgain'))
      if (errors.length > 0) return { errors }
      const who = { accountId: caller.accountId, personId, actor: actorOf(caller) }
      const code = codeOf(fields.one('code'))
      unwrap(await resetPin({ ...confirming, database }, { who, pin, codeId: codeIdOf(sent), code }))
      step.clear(visit.reply)
      return { to: telling('/akun/pin', 'pinReset') }
    },
    repeated: '/akun/pin',
  })
}

/** As people copy a code: with a gap in its middle. */
const codeOf = (typed: string): string => typed.replaceAll(/\s/g, '')

function codeIdOf({ codeId }: OwnStep): string {
  const uuid = parsePublicId('code', codeId)
  if (uuid === undefined) throw new RefusedError({ code: 'code_expired' })
  return uuid
}
