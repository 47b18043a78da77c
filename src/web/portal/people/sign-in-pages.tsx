import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { routes, type Route } from '../../../base/receiver.ts'
import { RefusedError } from '../../../errors.ts'
import { maskedContact, readContact, receiverOf } from '../../../identity/contacts.ts'
import { deviceLabel } from '../../../identity/devices.ts'
import { signOut } from '../../../identity/own-sessions.ts'
import {
  requestEntryCode,
  resetPassword,
  signInByCode,
  signInByPassword,
  type SignedInNow,
} from '../../../identity/sign-in.ts'
import { codeStepSeconds } from '../../../limits/people.ts'
import { contactGiven, unwrap } from '../../api/people-parts.ts'
import { sessionDoorOf } from '../../session-door.ts'
import { Button, LinkButton } from '../components/button.tsx'
import { TextField } from '../components/field.tsx'
import { DemoSignIn, demoSignInRoute } from '../demo-sign-in.tsx'
import { anyone, formRoute, FormGuard, scriptsOf, wrongOf, Wrongs, type Again, type Visit } from '../forms.tsx'
import { linkTo, linkWith, queryOf } from '../page-context.ts'
import { ownPath, ownPathAsked, personIn, signInPath } from '../signed-in.ts'
import { CodeAsk, codeAskErrors, CodeWait, routeOf } from './code-step.tsx'
import { hasInbox, type PeoplePageParts } from './people-parts.ts'
import { openStepCookie } from './step-cookie.ts'

/** A code on its way to somebody who is not signed in; `next`: where they wanted to go. */
const entryStep = z.object({
  purpose: z.enum(['sign_in', 'password_reset']),
  typed: z.string(),
  route: z.enum(routes),
  codeId: z.string(),
  expiresAt: z.coerce.date(),
  resendAt: z.coerce.date(),
  otherRoutes: z.boolean(),
  next: z.string(),
})
type EntryStep = z.output<typeof entryStep>

const nextOf = ({ request }: Visit, again?: Again): string =>
  ownPath(again?.fields.one('next') || queryOf(request, 'next'))

/** Signing in by password or code, signing out, and a new password for who forgot theirs. */
export function signInRoutes(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people } = parts
  const step = openStepCookie(people.sealing, {
    name: 'meterai_kode',
    schema: entryStep,
    seconds: codeStepSeconds,
    publicUrl: parts.publicUrl,
  })

  if (parts.demo) demoSignInRoute(app, parts)

  function admit({ request, reply }: Visit, { token }: SignedInNow): void {
    sessionDoorOf(request)?.admit(reply, token.text)
  }

  /** Sends a code and remembers it in the browser; every answer is the same whether the contact is somebody's or not. */
  async function sendCode(
    { reply, context }: Visit,
    ask: Pick<EntryStep, 'purpose' | 'typed' | 'next'> & { route: Route },
  ): Promise<void> {
    const { purpose, typed, route, next } = ask
    const contact = contactGiven(typed)
    const sent = unwrap(await requestEntryCode(people, { purpose, contact, route, language: context.language }))
    const { expiresAt, resendAt, otherRoutes } = sent
    const codeId = publicId('code', sent.codeId)
    const { route: way } = receiverOf(contact, route)
    step.write(reply, { purpose, typed, route: way, codeId, expiresAt, resendAt, otherRoutes, next })
  }

  formRoute(app, parts, {
    path: signInPath,
    enter: anyone,
    async show(visit, _, again) {
      const { context, say, request } = visit
      if (again === undefined && context.visitor !== undefined) return { to: nextOf(visit) }
      const next = nextOf(visit, again)
      const asksTotp = again?.errors.some(({ field }) => field === 'totp') === true
      const isBack = queryOf(request, 'kabar') === 'sandi'
      const query = `?next=${encodeURIComponent(next)}`
      const body = (
        <div class="narrow">
          <h1>{say('signIn.title')}</h1>
          {isBack ? <p role="status">{say('signIn.passwordMade')}</p> : null}
          <Wrongs say={say} again={again} />
          <DemoSignIn context={context} next={next} />
          <form method="post" action={linkTo(context, signInPath)}>
            <FormGuard context={context} />
            <input type="hidden" name="next" value={next} />
            <TextField
              name="contact"
              label={say('signIn.contact')}
              hint={say('signIn.contactHint')}
              value={again?.fields.one('contact') ?? ''}
              autocomplete="username"
              maxLength={300}
              required
              {...wrongOf(again, 'contact')}
            />
            <TextField
              name="password"
              type="password"
              label={say('signIn.password')}
              autocomplete="current-password"
              required
              {...wrongOf(again, 'password')}
            />
            {asksTotp ? (
              <TextField
                name="totp"
                label={say('signIn.totp')}
                hint={say('signIn.totpHint')}
                autocomplete="one-time-code"
                maxLength={20}
                {...wrongOf(again, 'totp')}
              />
            ) : null}
            <Button>{say('signIn.submit')}</Button>
          </form>
          <LinkButton look="quiet" href={`/masuk/kode${query}`}>
            {say('signIn.byCode')}
          </LinkButton>
          <form data-passkey="enter" data-failed={say('signIn.passkeyFailed')} data-next={next} hidden>
            <p class="wrong" data-wrong role="alert" />
            <Button look="quiet">{say('signIn.passkey')}</Button>
          </form>
          <ul class="plain-list">
            <li>
              <a href={linkTo(context, '/lupa')}>{say('signIn.forgot')}</a>
            </li>
            <li>
              {say('signIn.new')}{' '}
              <a href={linkWith(context, '/daftar', { next: ownPathAsked(next) })}>{say('signIn.register')}</a>
            </li>
          </ul>
        </div>
      )
      return { title: say('signIn.title'), body, scripts: await scriptsOf('passkey.js') }
    },
    async act(visit, _, fields) {
      const contact = contactGiven(fields.one('contact').trim())
      const totp = fields.one('totp').trim()
      const device = deviceLabel(visit.request.headers['user-agent'])
      const given = { contact, password: fields.one('password'), device, ...(totp === '' ? {} : { totp }) }
      admit(visit, unwrap(await signInByPassword(people, given)).signedIn)
      return { to: ownPath(fields.one('next')) }
    },
  })

  for (const ask of [
    {
      path: '/masuk/kode',
      purpose: 'sign_in',
      title: 'signIn.codeTitle',
      lead: 'signIn.codeLead',
      to: '/masuk/kode/isi',
    },
    {
      path: '/lupa/sandi',
      purpose: 'password_reset',
      title: 'forgot.password',
      lead: 'forgot.lead',
      to: '/lupa/sandi/isi',
    },
  ] as const)
    formRoute(app, parts, {
      path: ask.path,
      enter: anyone,
      async show(visit, _, again) {
        const { context, say } = visit
        const body = (
          <div class="narrow">
            <h1>{say(ask.title)}</h1>
            <p>{say(ask.lead)}</p>
            <Wrongs say={say} again={again} />
            <form method="post" action={linkTo(context, ask.path)}>
              <FormGuard context={context} />
              <input type="hidden" name="next" value={nextOf(visit, again)} />
              <CodeAsk say={say} again={again} />
              <Button>{say('codes.send')}</Button>
            </form>
          </div>
        )
        return { title: say(ask.title), body }
      },
      async act(visit, _, fields) {
        const typed = fields.one('contact').trim()
        const errors = codeAskErrors(visit.say, fields)
        if (errors.length > 0) return { errors }
        const next = ownPath(fields.one('next'))
        await sendCode(visit, { purpose: ask.purpose, typed, route: routeOf(fields), next })
        return { to: ask.to }
      },
    })

  const waitPage = (visit: Visit, again: Again | undefined, on: { purpose: EntryStep['purpose']; path: string }) => {
    const sent = step.read(visit.request)
    if (sent?.purpose !== on.purpose) return undefined
    const contact = readContact(sent.typed)
    if (contact === undefined) return undefined
    return {
      ...visit,
      again,
      sent: { ...sent, contact, shown: maskedContact(contact) },
      ...on,
      hasInbox: hasInbox(parts),
    }
  }

  formRoute(app, parts, {
    path: '/masuk/kode/isi',
    enter: anyone,
    async show(visit, _, again) {
      const wait = waitPage(visit, again, { purpose: 'sign_in', path: '/masuk/kode/isi' })
      if (wait === undefined) return { to: '/masuk/kode' }
      const { say } = visit
      const body = (
        <CodeWait {...wait} backPath="/masuk/kode" submit={say('signIn.submit')}>
          <details open={wrongOf(again, 'totp').error !== undefined}>
            <summary>{say('signIn.totpMine')}</summary>
            <TextField
              name="totp"
              label={say('signIn.totp')}
              hint={say('signIn.totpHint')}
              maxLength={20}
              {...wrongOf(again, 'totp')}
            />
          </details>
        </CodeWait>
      )
      return { title: say('codes.title'), body }
    },
    async act(visit, _, fields) {
      const sent = step.read(visit.request)
      if (sent?.purpose !== 'sign_in') return { to: '/masuk/kode' }
      if (fields.one('act') === 'resend') {
        await sendCode(visit, { ...sent, route: routeOf(fields) })
        return { to: '/masuk/kode/isi' }
      }
      const totp = fields.one('totp').trim()
      const device = deviceLabel(visit.request.headers['user-agent'])
      const given = { ...codeGiven(sent, fields.one('code')), device, ...(totp === '' ? {} : { totp }) }
      const signedIn = await signInByCode(people, given)
      // The code was right and is spent; only together do the two open.
      if (!signedIn.ok && (signedIn.refusal.code === 'totp_needed' || signedIn.refusal.code === 'authenticator_wrong'))
        return { errors: [{ field: 'totp', says: visit.say('signIn.totpTogether') }] }
      admit(visit, unwrap(signedIn).signedIn)
      step.clear(visit.reply)
      return { to: ownPath(sent.next) }
    },
  })

  formRoute(app, parts, {
    path: '/lupa/sandi/isi',
    enter: anyone,
    async show(visit, _, again) {
      const wait = waitPage(visit, again, { purpose: 'password_reset', path: '/lupa/sandi/isi' })
      if (wait === undefined) return { to: '/lupa/sandi' }
      const { say } = visit
      const body = (
        <CodeWait {...wait} backPath="/lupa/sandi" submit={say('forgot.submit')}>
          <TextField
            name="newPassword"
            type="password"
            label={say('own.newPassword')}
            hint={say('own.passwordRule')}
            autocomplete="new-password"
            {...wrongOf(again, 'newPassword')}
          />
          <p class="soft">{say('forgot.after')}</p>
        </CodeWait>
      )
      return { title: say('forgot.password'), body }
    },
    async act(visit, _, fields) {
      const sent = step.read(visit.request)
      if (sent?.purpose !== 'password_reset') return { to: '/lupa/sandi' }
      if (fields.one('act') === 'resend') {
        await sendCode(visit, { ...sent, route: routeOf(fields) })
        return { to: '/lupa/sandi/isi' }
      }
      const password = fields.one('newPassword')
      unwrap(await resetPassword(people, { ...codeGiven(sent, fields.one('code')), password }))
      step.clear(visit.reply)
      return { to: `${signInPath}?kabar=sandi` }
    },
  })

  formRoute(app, parts, {
    path: '/lupa',
    enter: anyone,
    async show({ context, say }) {
      const body = (
        <div class="narrow">
          <h1>{say('forgot.title')}</h1>
          <h2>{say('forgot.password')}</h2>
          <p>{say('forgot.passwordLead')}</p>
          <LinkButton href={linkTo(context, '/lupa/sandi')}>{say('forgot.passwordGo')}</LinkButton>
          <h2>{say('forgot.phone')}</h2>
          <p>{say('forgot.phoneLead')}</p>
          <LinkButton look="quiet" href={`${signInPath}?next=/akun/kontak`}>
            {say('forgot.phoneGo')}
          </LinkButton>
          <h2>{say('forgot.pin')}</h2>
          <p>{say('forgot.pinLead')}</p>
          <LinkButton look="quiet" href={`${signInPath}?next=/akun/pin/lupa`}>
            {say('forgot.pinGo')}
          </LinkButton>
          <h2>{say('forgot.all')}</h2>
          <p>{say('forgot.allLead')}</p>
        </div>
      )
      return { title: say('forgot.title'), body }
    },
    act: () => Promise.resolve({ to: '/lupa' }),
  })

  formRoute(app, parts, {
    path: '/keluar',
    enter: personIn,
    async show({ context, say }) {
      const body = (
        <div class="narrow">
          <h1>{say('own.signOutTitle')}</h1>
          <p>{say('own.signOutLead')}</p>
          <form method="post" action={linkTo(context, '/keluar')} data-leave>
            <FormGuard context={context} />
            <Button>{say('own.signOutHere')}</Button>
          </form>
          <p>
            <a href={linkTo(context, '/akun/perangkat')}>{say('own.devicesOther')}</a>
          </p>
        </div>
      )
      // what pages keep on this device goes with the person
      return { title: say('own.signOutTitle'), body, scripts: await scriptsOf('leave.js') }
    },
    async act({ request, reply }, session) {
      await signOut(people, session)
      sessionDoorOf(request)?.dismiss(reply)
      return { to: '/' }
    },
    repeated: '/',
  })
}

function codeGiven({ typed, codeId }: EntryStep, code: string) {
  const uuid = parsePublicId('code', codeId)
  if (uuid === undefined) throw new RefusedError({ code: 'code_expired' })
  return { contact: contactGiven(typed), codeId: uuid, code: code.replaceAll(/\s/g, '') }
}
