import type { FastifyInstance } from 'fastify'
import { publicId } from '../../../base/ids.ts'
import { actorOf } from '../../../identity/api-keys.ts'
import { signOut, signOutElsewhere } from '../../../identity/own-sessions.ts'
import { changePassword } from '../../../identity/person-changes.ts'
import { changePin, setFirstPin } from '../../../identity/pin-changes.ts'
import { readPinState } from '../../../identity/pins.ts'
import { listSessions } from '../../../identity/sessions.ts'
import { found, unwrap, uuidOf } from '../../api/people-parts.ts'
import { sessionDoorOf } from '../../session-door.ts'
import { Notice, StateWord } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { CodeField, TextField } from '../components/field.tsx'
import { dayText, Moment, WithMoment } from '../components/moment.tsx'
import { formRoute, FormGuard, wrongOf } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import { personIn, signedInOf } from '../signed-in.ts'
import { OwnFrame, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { NewPinFields, newPinErrors } from './registration-finish.tsx'

/** A person's devices, password and PIN. */
export function accessRoutes(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people, database, confirming } = parts

  formRoute(app, parts, {
    path: '/akun/perangkat',
    enter: personIn,
    async show(visit, { personId, sessionId: own }) {
      const { context, say } = visit
      const { language } = context
      const sessions = await listSessions(database.sql, personId)
      const body = (
        <OwnFrame {...visit} title={say('own.page.perangkat')}>
          <p>{say('own.devicesLead')}</p>
          {sessions.map(({ sessionId, device, startedAt, seenOn }) => (
            <section key={sessionId} class="card">
              <h2>{device === '?' ? say('own.deviceUnknown') : device}</h2>
              {sessionId === own ? <StateWord tone="good">{say('own.deviceThis')}</StateWord> : null}
              <p class="soft">
                {say('own.deviceSince')} <Moment at={startedAt} language={language} /> ·{' '}
                {say('own.deviceSeen', { day: dayText(new Date(`${seenOn}T05:00:00Z`), language) })}
              </p>
              {sessionId === own ? null : (
                <form method="post" action={linkTo(context, '/akun/perangkat')}>
                  <FormGuard context={context} />
                  <Button look="quiet" name="session" value={publicId('session', sessionId)}>
                    {say('own.deviceOut')}
                    <span class="unseen"> {device}</span>
                  </Button>
                </form>
              )}
            </section>
          ))}
          {sessions.length < 2 ? null : (
            <form method="post" action={linkTo(context, '/akun/perangkat')}>
              <FormGuard context={context} />
              <Button look="bad" name="session" value="others">
                {say('own.devicesOut')}
              </Button>
            </form>
          )}
        </OwnFrame>
      )
      return { title: say('own.page.perangkat'), body }
    },
    async act(_, session, fields) {
      const named = fields.one('session')
      if (named === 'others') await signOutElsewhere(people, session)
      else found((await signOut(people, session, uuidOf('session', named))) || undefined, named)
      return { to: telling('/akun/perangkat', 'signedOut') }
    },
  })

  formRoute(app, parts, {
    path: '/akun/sandi',
    enter: personIn,
    async show(visit, _, again) {
      const { context, say } = visit
      const body = (
        <OwnFrame {...visit} title={say('own.page.sandi')} again={again}>
          <p>{say('own.passwordLead')}</p>
          <form method="post" action={linkTo(context, '/akun/sandi')}>
            <FormGuard context={context} />
            <TextField
              name="password"
              type="password"
              label={say('own.passwordOld')}
              autocomplete="current-password"
              required
              {...wrongOf(again, 'password')}
            />
            <TextField
              name="newPassword"
              type="password"
              label={say('own.newPassword')}
              hint={say('own.passwordRule')}
              autocomplete="new-password"
              required
              {...wrongOf(again, 'newPassword')}
            />
            <Button>{say('own.passwordSave')}</Button>
          </form>
        </OwnFrame>
      )
      return { title: say('own.page.sandi'), body }
    },
    async act({ request, reply }, who, fields) {
      const change = { who, oldPassword: fields.one('password'), password: fields.one('newPassword') }
      const { token } = unwrap(await changePassword(people, change))
      sessionDoorOf(request)?.admit(reply, token.text)
      return { to: telling('/akun/sandi', 'password') }
    },
    repeated: telling('/akun/sandi', 'password'),
  })

  if (confirming === undefined) return
  formRoute(app, parts, {
    path: '/akun/pin',
    enter: signedInOf,
    async show(visit, { person }, again) {
      const { context, say } = visit
      const state = await readPinState({ ...confirming, database }, person.personId)
      const title = say(state.isSet ? 'own.page.pin' : 'own.pinFirst')
      const body = (
        <OwnFrame {...visit} title={title} again={again}>
          <p>{say('own.pinLead')}</p>
          {state.lockedUntil === undefined ? null : (
            <Notice tone="bad">
              <p>
                <WithMoment
                  at={state.lockedUntil}
                  language={context.language}
                  says={(until) => say('own.pinLocked', { until })}
                />
              </p>
            </Notice>
          )}
          {state.coolingUntil === undefined ? null : (
            <Notice tone="warn">
              <p>
                <WithMoment
                  at={state.coolingUntil}
                  language={context.language}
                  says={(until) => say('own.pinCooling', { until })}
                />
              </p>
            </Notice>
          )}
          <form method="post" action={linkTo(context, '/akun/pin')}>
            <FormGuard context={context} />
            {state.isSet ? (
              <CodeField name="pin" label={say('own.pinOld')} purpose="pin" {...wrongOf(again, 'pin')} />
            ) : (
              <TextField
                name="password"
                type="password"
                label={say('signIn.password')}
                autocomplete="current-password"
                required
                {...wrongOf(again, 'password')}
              />
            )}
            <NewPinFields say={say} again={again} />
            <Button>{say('own.pinSave')}</Button>
          </form>
          {state.isSet ? (
            <p>
              <a href={linkTo(context, '/akun/pin/lupa')}>{say('own.pinForgot')}</a>
            </p>
          ) : null}
        </OwnFrame>
      )
      return { title, body }
    },
    async act({ say }, caller, fields) {
      const pin = fields.one('newPin')
      const errors = newPinErrors(say, pin, fields.one('newPinAgain'))
      if (errors.length > 0) return { errors }
      const who = { accountId: caller.accountId, personId: caller.person.personId, actor: actorOf(caller) }
      const oldPin = fields.one('pin')
      const on = { ...confirming, database }
      const password = fields.one('password')
      unwrap(await (oldPin === '' ? setFirstPin(on, { who, pin, password }) : changePin(on, { who, pin, oldPin })))
      return { to: telling('/akun/pin', 'pin') }
    },
    repeated: telling('/akun/pin', 'pin'),
  })
}
