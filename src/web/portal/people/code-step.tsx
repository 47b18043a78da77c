import type { ComponentChildren } from 'preact'
import { routes, type Route } from '../../../base/receiver.ts'
import { readContact, type Contact } from '../../../identity/contacts.ts'
import { Button } from '../components/button.tsx'
import { Countdown, Notice } from '../components/blocks.tsx'
import { RadioCards } from '../components/choices.tsx'
import { CodeField, TextField } from '../components/field.tsx'
import { WithMoment } from '../components/moment.tsx'
import { FormGuard, wrongOf, Wrongs, type Again, type Fields, type FormError, type Visit } from '../forms.tsx'
import { linkTo, type Say } from '../page-context.ts'

// A code has two pages: one that asks where it shall come, one that waits for it. The second works by reloading alone: when another may
// be asked for stands there as a time, and the button is there once that time has come.

/** A code on its way, as its page shows it. `shown`: the address, masked where whoever waits may be a stranger. */
export type SentCode = {
  contact: Contact
  shown: string
  route: Route
  expiresAt: Date
  resendAt: Date
  otherRoutes: boolean
}

/** The way that was chosen; SMS where none was. */
export function routeOf(fields: Fields): Route {
  return routes.find((route) => route === fields.one('route')) ?? 'sms'
}

/** What is wrong with where a code shall come. */
export function codeAskErrors(say: Say, fields: Fields): FormError[] {
  const typed = fields.one('contact').trim()
  if (readContact(typed) !== undefined) return []
  return [{ field: 'contact', says: say(typed === '' ? 'signIn.contactMissing' : 'signIn.contactWrong') }]
}

/** Asks for an e-mail or a number, and for a number by which way; `way` is the question, for what is no code. */
export function CodeAsk({ say, again, way }: { say: Say; again: Again | undefined; way?: string }) {
  return (
    <>
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
      <RouteChoice
        say={say}
        value={again === undefined ? 'sms' : routeOf(again.fields)}
        legend={way ?? say('codes.way')}
      />
    </>
  )
}

/** SMS or WhatsApp, for a number. */
function RouteChoice({ say, value, legend }: { say: Say; value: Route; legend: string }) {
  return (
    <RadioCards
      name="route"
      legend={legend}
      hint={say('codes.wayHint')}
      value={value === 'email' ? 'sms' : value}
      options={(['sms', 'whatsapp'] as const).map((route) => ({ value: route, label: say(`routes.${route}`) }))}
    />
  )
}

/** The page that waits for a code, with room for more fields below it, and ways on when none comes. */
export function CodeWait(
  given: Visit & {
    again: Again | undefined
    sent: SentCode
    path: string
    backPath: string
    submit: string
    hasInbox: boolean
    children?: ComponentChildren
  },
) {
  const { context, say, again, sent, path, backPath, submit, hasInbox, children } = given
  return (
    <div class="narrow">
      <h1>{say('codes.title')}</h1>
      <p>
        <WithMoment
          at={sent.expiresAt}
          language={context.language}
          says={(until) => say('codes.sent', { route: sent.route, shown: sent.shown, until })}
        />
      </p>
      {hasInbox ? <InboxHint {...given} /> : null}
      <Wrongs say={say} again={again} />
      <form method="post" action={linkTo(context, path)}>
        <FormGuard context={context} />
        <CodeField name="code" label={say('codes.code')} purpose="code" {...wrongOf(again, 'code')} />
        {children}
        <Button>{submit}</Button>
      </form>
      <Resend {...given} />
      <p>
        <a href={linkTo(context, backPath)}>{say('codes.otherContact')}</a>
      </p>
    </div>
  )
}

function InboxHint({ context, say }: Visit) {
  return (
    <Notice tone="plain">
      <p>
        {say('codes.inbox')}{' '}
        <a href={linkTo(context, '/inbox')} target="_blank" rel="noopener">
          {say('codes.inboxLink')}
        </a>
      </p>
    </Notice>
  )
}

function Resend({ context, say, sent, path }: Visit & { sent: SentCode; path: string }) {
  const isPhone = sent.contact.kind === 'phone'
  const other: Route = sent.route === 'sms' ? 'whatsapp' : 'sms'
  return (
    <details open={sent.otherRoutes}>
      <summary>{say('codes.none')}</summary>
      <p>{say(isPhone ? 'codes.nonePhone' : 'codes.noneEmail')}</p>
      <p>
        <Countdown
          until={sent.resendAt}
          says={say('codes.resendAt', { time: secondText(sent.resendAt) })}
          left={say('codes.resendIn')}
          over={say('codes.resendNow')}
        />
      </p>
      <form method="post" action={linkTo(context, path)}>
        <FormGuard context={context} />
        <input type="hidden" name="act" value="resend" />
        <Button look="quiet" name="route" value={sent.route}>
          {say('codes.resend', { route: sent.route })}
        </Button>
        {isPhone ? (
          <Button look="quiet" name="route" value={other}>
            {say('codes.resend', { route: other })}
          </Button>
        ) : null}
      </form>
    </details>
  )
}

/** `20.14.30 WIB`: a wait of seconds is told to the second. */
function secondText(at: Date): string {
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: 'Asia/Jakarta' } as const
  return `${new Intl.DateTimeFormat('id-ID', time).format(at)} WIB`
}
