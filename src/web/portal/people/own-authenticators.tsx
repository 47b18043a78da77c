import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { publicId } from '../../../base/ids.ts'
import {
  confirmTotpOf,
  remakeRecoveryCodes,
  removePasskeyOf,
  removeTotpOf,
  setTotpUp,
} from '../../../identity/authenticator-acts.ts'
import { readPasskeys } from '../../../identity/passkeys.ts'
import { readTotp } from '../../../identity/totp.ts'
import { codeStepSeconds } from '../../../limits/people.ts'
import { qrSvg } from '../../../purchases/qr-drawing.ts'
import { unwrap, uuidOf } from '../../api/people-parts.ts'
import { Notice, StateWord } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { CodeField, TextField } from '../components/field.tsx'
import { Moment } from '../components/moment.tsx'
import { formRoute, FormGuard, scriptsOf, wrongOf, type Again, type Visit } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import { signedInOf } from '../signed-in.ts'
import { OwnFrame, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { openOnce } from './shown-once.ts'
import { openStepCookie } from './step-cookie.ts'

const path = '/akun/autentikator'

/** An app's secret while its owner sets it up; it counts for nothing before the app showed a code of it. */
const setupSchema = z.object({ personId: z.string(), secret: z.string(), uri: z.string() })

/** An authenticator app, its recovery codes, and passkeys. */
export function authenticatorPages(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people, database, publicUrl } = parts
  const once = openOnce(parts, 'meterai_pemulihan')
  const setup = openStepCookie(people.sealing, {
    name: 'meterai_autentikator',
    schema: setupSchema,
    seconds: codeStepSeconds,
    publicUrl,
  })

  formRoute(app, parts, {
    path,
    enter: signedInOf,
    async show(visit, { person: { personId } }, again) {
      const { context, say, request, reply } = visit
      const [totp, passkeys] = await Promise.all([
        readTotp(database.sql, personId),
        readPasskeys(database.sql, personId),
      ])
      const made = once.read(request)
      if (made !== undefined) once.clear(reply)
      const begun = setup.read(request)
      const on = { ...visit, again }
      const body = (
        <OwnFrame {...visit} title={say('own.page.autentikator')} again={again}>
          {made?.owner !== personId ? null : (
            <Notice tone="good">
              <p>{say('own.recoveryMade')}</p>
              <pre>{made.texts.join('\n')}</pre>
            </Notice>
          )}
          <h2>{say('own.totp')}</h2>
          {totp === undefined ? (
            <>
              <p>{say('own.totpLead')}</p>
              {begun?.personId === personId ? (
                <TotpConfirm {...on} secret={begun.secret} uri={begun.uri} />
              ) : (
                <TotpBegin {...on} />
              )}
            </>
          ) : (
            <>
              <p>
                <StateWord tone="good">{say('own.totpOn')}</StateWord>{' '}
                <Moment at={totp.since} language={context.language} />
              </p>
              <p>{say('own.recoveryLeft', { left: totp.recoveryCodesLeft })}</p>
              <form method="post" action={linkTo(context, path)}>
                <FormGuard context={context} />
                <TextField
                  name="totp"
                  label={say('signIn.totp')}
                  hint={say('signIn.totpHint')}
                  autocomplete="one-time-code"
                  maxLength={20}
                  {...wrongOf(again, 'totp')}
                />
                <div class="acts">
                  <Button look="quiet" name="act" value="recovery">
                    {say('own.recoveryNew')}
                  </Button>
                  <Button look="bad" name="act" value="remove">
                    {say('own.totpRemove')}
                  </Button>
                </div>
              </form>
            </>
          )}
          <h2>{say('own.passkeys')}</h2>
          <p>{say('own.passkeysLead')}</p>
          {passkeys.map(({ id, createdAt, usedAt }, at) => (
            <form key={id} class="card" method="post" action={linkTo(context, path)}>
              <FormGuard context={context} />
              <p>
                {say('own.passkey', { number: at + 1 })} · <Moment at={createdAt} language={context.language} />
                {usedAt === undefined ? null : (
                  <span class="hint">
                    {say('own.passkeyUsed')} <Moment at={usedAt} language={context.language} />
                  </span>
                )}
              </p>
              <TextField
                name={`password-${publicId('passkey', id)}`}
                type="password"
                label={say('signIn.password')}
                autocomplete="current-password"
                required
              />
              <Button look="quiet" name="passkey" value={publicId('passkey', id)}>
                {say('own.passkeyRemove')}
                <span class="unseen"> {at + 1}</span>
              </Button>
            </form>
          ))}
          <form data-passkey="add" data-failed={say('own.passkeyFailed')} data-csrf={context.visitor?.csrfToken} hidden>
            <TextField
              name="passkeyPassword"
              type="password"
              label={say('signIn.password')}
              autocomplete="current-password"
              required
            />
            <p class="wrong" data-wrong role="alert" />
            <Button look="quiet">{say('own.passkeyAdd')}</Button>
          </form>
          <p data-without-script>{say('own.passkeyNeedsScript')}</p>
        </OwnFrame>
      )
      return { title: say('own.page.autentikator'), body, scripts: await scriptsOf('passkey.js') }
    },
    async act({ reply }, caller, fields) {
      const { personId } = caller.person
      const removed = fields.one('passkey')
      if (removed !== '') {
        const wanted = { id: uuidOf('passkey', removed), password: fields.one(`password-${removed}`) }
        unwrap(await removePasskeyOf(people, caller, wanted))
        return { to: telling(path, 'authenticator') }
      }
      const code = fields.one('totp').trim()
      switch (fields.one('act')) {
        case 'begin': {
          const label = new URL(publicUrl).hostname
          const given = { password: fields.one('password'), label }
          setup.write(reply, { personId, ...unwrap<Begun>(await setTotpUp(people, caller, given)).setup })
          return { to: path }
        }
        case 'confirm': {
          const confirmed = unwrap<Recovery>(await confirmTotpOf(people, caller, code))
          setup.clear(reply)
          once.write(reply, { owner: personId, texts: confirmed.recoveryCodes })
          return { to: telling(path, 'authenticator') }
        }
        case 'recovery': {
          const remade = unwrap<{ ok: true; value: string[] }>(await remakeRecoveryCodes(people, caller, code))
          once.write(reply, { owner: personId, texts: remade.value })
          return { to: path }
        }
        default:
          unwrap(await removeTotpOf(people, caller, code))
          return { to: telling(path, 'authenticator') }
      }
    },
  })
}

type Begun = { ok: true; setup: { secret: string; uri: string } }
type Recovery = { ok: true; recoveryCodes: string[] }

function TotpBegin({ context, say, again }: Visit & { again: Again | undefined }) {
  return (
    <form method="post" action={linkTo(context, path)}>
      <FormGuard context={context} />
      <TextField
        name="password"
        type="password"
        label={say('signIn.password')}
        autocomplete="current-password"
        required
        {...wrongOf(again, 'password')}
      />
      <Button name="act" value="begin">
        {say('own.totpBegin')}
      </Button>
    </form>
  )
}

function TotpConfirm({
  context,
  say,
  again,
  secret,
  uri,
}: Visit & { again: Again | undefined; secret: string; uri: string }) {
  const picture = `data:image/svg+xml;base64,${Buffer.from(qrSvg(uri)).toString('base64')}`
  return (
    <form method="post" action={linkTo(context, path)}>
      <FormGuard context={context} />
      <p>{say('own.totpScan')}</p>
      <img class="photo" src={picture} alt={say('own.totpQr')} width="200" height="200" />
      <p>
        {say('own.totpSecret')} <code class="long">{secret.match(/.{1,4}/g)?.join(' ')}</code>
      </p>
      <CodeField name="totp" label={say('own.totpCode')} purpose="code" {...wrongOf(again, 'totp')} />
      <Button name="act" value="confirm">
        {say('own.totpConfirm')}
      </Button>
    </form>
  )
}
