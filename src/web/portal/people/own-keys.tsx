import type { FastifyInstance } from 'fastify'
import { findKeys } from '../../../identity/account-keys.ts'
import { actorOf } from '../../../identity/api-keys.ts'
import { confirmByPin } from '../../../identity/confirmations.ts'
import { changeKeyFor, makeKeyFor, revokeKeyFor } from '../../../identity/key-acts.ts'
import { permissions } from '../../../identity/roles.ts'
import { keyBody } from '../../api/key-schemas.ts'
import { found, unwrap, uuidOf } from '../../api/people-parts.ts'
import { Notice, Reference } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { RadioCards } from '../components/choices.tsx'
import { CodeField, TextField } from '../components/field.tsx'
import { formRoute, FormGuard, wrongOf, type FormError } from '../forms.tsx'
import { linkTo, type Say } from '../page-context.ts'
import { endOfDay, KeyCard, KeyLimitFields, keyLimitsOf, optional } from './key-card.tsx'
import { OwnFrame, ownerIn, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { openOnce } from './shown-once.ts'

const path = '/akun/kunci'

/** An account's API keys: making one, which is shown once, its limits, and revoking. */
export function keyPages(app: FastifyInstance, parts: PeoplePageParts): void {
  const { database, confirming, liveKeys } = parts
  const once = openOnce(parts, 'meterai_kunci')

  formRoute(app, parts, {
    path,
    enter: ownerIn,
    async show(visit, { accountId }, again) {
      const { context, say, request, reply } = visit
      const made = once.read(request)
      if (made !== undefined) once.clear(reply)
      const keys = await findKeys(database.sql, { accountId })
      const making = again?.fields.one('change') === '' ? again : undefined
      const kinds = ['test', ...(liveKeys && confirming !== undefined ? (['live'] as const) : [])] as const
      const body = (
        <OwnFrame {...visit} title={say('own.page.kunci')} again={again}>
          <p>{say('own.keysLead')}</p>
          {made?.owner !== accountId ? null : (
            <div role="status">
              <Notice tone="good">
                <p>{say('own.keyMade')}</p>
                <Reference value={made.texts.join()} groups={made.texts} copy={say('own.copy')} />
              </Notice>
            </div>
          )}
          {keys.map((key) => (
            <KeyCard key={key.id} {...visit} path={path} stored={key} again={again} />
          ))}
          <h2>{say('own.keyNew')}</h2>
          <form method="post" action={linkTo(context, path)}>
            <FormGuard context={context} />
            <TextField
              name="name"
              label={say('own.keyName')}
              hint={say('own.keyNameHint')}
              value={making?.fields.one('name') ?? ''}
              maxLength={100}
              required
              {...wrongOf(making, 'name')}
            />
            <RadioCards
              name="kind"
              legend={say('own.keyKindLegend')}
              value={making?.fields.one('kind') || 'test'}
              options={kinds.map((kind) => ({
                value: kind,
                label: say(`own.keyKind.${kind}`),
                says: say(`own.keyKindSays.${kind}`),
              }))}
            />
            <fieldset class="field">
              <legend>{say('own.keyScopes')}</legend>
              <div class="cards">
                {permissions.map((permission) => (
                  <label key={permission} class="choice">
                    <input
                      type="checkbox"
                      name="scopes"
                      value={permission}
                      checked={making?.fields.all('scopes').includes(permission) ?? permission !== 'manage'}
                    />
                    <span>{say(`own.scope.${permission}`)}</span>
                  </label>
                ))}
              </div>
            </fieldset>
            <KeyLimitFields say={say} again={making} />
            <TextField
              name="until"
              type="date"
              label={optional(say, 'own.until')}
              hint={say('own.keyUntilHint')}
              value={making?.fields.one('until') ?? ''}
              {...wrongOf(making, 'until')}
            />
            {kinds.length === 1 ? null : <KeyPin say={say} {...wrongOf(making, 'pin')} />}
            <Button>{say('own.keyMake')}</Button>
          </form>
        </OwnFrame>
      )
      return { title: say('own.page.kunci'), body }
    },
    async act({ say, reply }, caller, fields) {
      const revoked = fields.one('revoke')
      if (revoked !== '') {
        found((await revokeKeyFor(parts, caller, uuidOf('key', revoked))) || undefined, revoked)
        return { to: telling(path, 'keyRevoked') }
      }
      const changed = fields.one('change')
      if (changed !== '') {
        const read = keyLimitsOf(say, fields, changed)
        if ('errors' in read) return read
        const change = { id: uuidOf('key', changed), ...read.limits }
        found(await changeKeyFor(parts, caller, change), changed)
        return { to: telling(path, 'keyChanged') }
      }
      const name = keyBody.shape.name.safeParse(fields.one('name').trim())
      const kind = fields.one('kind') === 'live' ? 'live' : 'test'
      const scopes = permissions.filter((one) => fields.all('scopes').includes(one))
      const pin = fields.one('pin')
      const read = keyLimitsOf(say, fields)
      const expiresAt = endOfDay(fields.one('until'))
      const isOver = expiresAt !== undefined && !(expiresAt > (await database.now()))
      const errors: FormError[] = [
        ...(name.success ? [] : [{ field: 'name', says: say('own.keyNameMissing') }]),
        ...(scopes.length > 0 ? [] : [{ field: 'scopes', says: say('own.keyScopesMissing') }]),
        ...('errors' in read ? read.errors : []),
        ...(isOver ? [{ field: 'until', says: say('own.keyUntilWrong') }] : []),
        ...(kind === 'test' || /^\d{6}$/.test(pin) ? [] : [{ field: 'pin', says: say('own.pinDigits') }]),
      ]
      if (!name.success || 'errors' in read || errors.length > 0) return { errors }
      const { accountId } = caller
      let authorization: string | undefined
      if (kind === 'live' && confirming !== undefined) {
        const who = { accountId, personId: caller.person.personId, actor: actorOf(caller) }
        const what = { purpose: 'key', sourceSha256s: [], count: 1 } as const
        const confirmed = await confirmByPin({ ...confirming, database }, { who, what, pin })
        authorization = unwrap<{ ok: true; authorization: string }>(confirmed).authorization
      }
      const { dailyLimit, openLimit } = read.limits
      const limits = {
        ...(dailyLimit === null ? {} : { dailyLimit }),
        ...(openLimit === null ? {} : { openLimit }),
      }
      const wanted = { name: name.data, kind, scopes, expiresAt, limits, authorization } as const
      const { key } = unwrap<{ ok: true; key: string }>(await makeKeyFor(parts, caller, wanted))
      once.write(reply, { owner: accountId, texts: [key] })
      return { to: path }
    },
  })
}

function KeyPin({ say, error }: { say: Say; error?: string }) {
  const wrong = error === undefined ? {} : { error }
  return (
    <CodeField name="pin" label={say('own.keyPin')} hint={say('own.keyPinHint')} purpose="pin" optional {...wrong} />
  )
}
