import type { FastifyInstance } from 'fastify'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { webhookBody } from '../../api/webhook-schemas.ts'
import { found, uuidOf } from '../../api/people-parts.ts'
import { listItemsMax } from '../../../limits/traffic.ts'
import { listDeliveries, type WebhookDelivery } from '../../../notices/webhooks/deliveries.ts'
import { findEndpoint, findEndpoints, type WebhookEndpoint } from '../../../notices/webhooks/endpoints.ts'
import { endpointSecret, secretText } from '../../../notices/webhooks/signature.ts'
import { eventNames } from '../../../notices/outbox.ts'
import {
  addEndpointFor,
  changeEndpointFor,
  removeEndpointFor,
  rotateSecretFor,
  sendAgainFor,
} from '../../webhook-acts.ts'
import { Notice, Pagination, Reference, StateWord, type Tone } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { TextField } from '../components/field.tsx'
import { Moment } from '../components/moment.tsx'
import { formRoute, FormGuard, wrongOf, type Again } from '../forms.tsx'
import { linkTo, queryOf, type Say } from '../page-context.ts'
import { OwnFrame, ownerIn, paramOf, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { openOnce } from './shown-once.ts'

const path = '/akun/webhook'
/** Deliveries on one page. */
const pageItems = Math.min(20, listItemsMax)

const toneOf: Record<WebhookDelivery['state'], Tone> = { due: 'warn', delivered: 'good', given_up: 'bad' }

/** Where an account's events go, what became of each, and sending one again. */
export function webhookPages(app: FastifyInstance, parts: PeoplePageParts): void {
  const { database } = parts
  const once = openOnce(parts, 'meterai_webhook')
  const secretOf = ({ id, secretVersion }: WebhookEndpoint) =>
    secretText(endpointSecret(parts.webhooks.serviceKey, id, secretVersion))
  const acts = { database, targets: parts.webhooks.targets }

  formRoute(app, parts, {
    path,
    enter: ownerIn,
    async show(visit, { accountId }, again) {
      const { context, say } = visit
      const endpoints = await findEndpoints(database.sql, { accountId })
      const body = (
        <OwnFrame {...visit} title={say('own.page.webhook')} again={again}>
          <p>{say('own.webhooksLead')}</p>
          <ul class="links">
            {endpoints.map(({ id, url, disabled }) => (
              <li key={id}>
                <a href={linkTo(context, `${path}/${publicId('webhook', id)}`)}>
                  <strong class="long">{url}</strong>
                  <StateWord tone={disabled === undefined ? 'good' : 'bad'}>
                    {say(disabled === undefined ? 'own.webhookOn' : 'own.webhookOff')}
                  </StateWord>
                </a>
              </li>
            ))}
          </ul>
          <h2>{say('own.webhookNew')}</h2>
          <form method="post" action={linkTo(context, path)}>
            <FormGuard context={context} />
            <TextField
              name="url"
              label={say('own.webhookUrl')}
              hint={say('own.webhookUrlHint')}
              value={again?.fields.one('url') ?? ''}
              maxLength={2000}
              required
              {...wrongOf(again, 'url')}
            />
            <EventChoice say={say} again={again} chosen={eventNames} />
            <Button>{say('own.webhookAdd')}</Button>
          </form>
        </OwnFrame>
      )
      return { title: say('own.page.webhook'), body }
    },
    async act({ say, reply }, caller, fields) {
      const url = webhookBody.shape.url.safeParse(fields.one('url').trim())
      const events = eventNames.filter((name) => fields.all('events').includes(name))
      if (!url.success) return { errors: [{ field: 'url', says: say('own.webhookUrlMissing') }] }
      if (events.length === 0) return { errors: [{ field: 'events', says: say('own.webhookEventsMissing') }] }
      const endpoint = await addEndpointFor(acts, caller, { url: url.data, events })
      const { id } = endpoint
      once.write(reply, { owner: id, texts: [secretOf(endpoint)] })
      return { to: telling(`${path}/${publicId('webhook', id)}`, 'webhook') }
    },
    repeated: path,
  })

  formRoute(app, parts, {
    path: `${path}/:id`,
    enter: ownerIn,
    async show(visit, { accountId }, again) {
      const { context, say, request, reply } = visit
      const { language } = context
      const id = paramOf(request, 'id')
      const endpointId = uuidOf('webhook', id)
      const endpoint = found(await findEndpoint(database.sql, { accountId, id: endpointId }), id)
      const cursor = queryOf(request, 'sebelum')
      const before = cursor === undefined ? undefined : parsePublicId('delivery', cursor)
      const listed = await listDeliveries(database.sql, { accountId, endpointId, limit: pageItems + 1, before })
      const shown = listed.slice(0, pageItems)
      const last = shown.at(-1)
      const made = once.read(request)
      if (made !== undefined) once.clear(reply)
      const action = linkTo(context, `${path}/${id}`)
      const { disabled, formerUntil } = endpoint
      const body = (
        <OwnFrame {...visit} title={say('own.webhookTitle')} again={again}>
          <p class="long">{endpoint.url}</p>
          {disabled === undefined ? (
            <StateWord tone="good">{say('own.webhookOn')}</StateWord>
          ) : (
            <Notice tone="bad">
              <p>{say(`own.webhookOffBy.${disabled}`)}</p>
            </Notice>
          )}
          {made?.owner !== endpointId ? null : (
            <Notice tone="good">
              <p>{say('own.webhookSecretMade')}</p>
              <Reference value={made.texts.join()} groups={made.texts} copy={say('own.copy')} />
            </Notice>
          )}
          <details>
            <summary>{say('own.webhookSecret')}</summary>
            {formerUntil === undefined ? null : (
              <p class="soft">
                {say('own.webhookFormer')} <Moment at={formerUntil} language={language} />
              </p>
            )}
            <form method="post" action={action}>
              <FormGuard context={context} />
              <p>{say('own.webhookRotateLead')}</p>
              <Button look="quiet" name="act" value="rotate">
                {say('own.webhookRotate')}
              </Button>
            </form>
          </details>
          <details open={again !== undefined}>
            <summary>{say('own.webhookChange')}</summary>
            <form method="post" action={action}>
              <FormGuard context={context} />
              <TextField
                name="url"
                label={say('own.webhookUrl')}
                value={again?.fields.one('url') ?? endpoint.url}
                maxLength={2000}
                required
                {...wrongOf(again, 'url')}
              />
              <EventChoice say={say} again={again} chosen={endpoint.events} />
              <Button look="quiet" name="act" value="change">
                {say('own.save')}
              </Button>
            </form>
            <form method="post" action={action}>
              <FormGuard context={context} />
              <div class="acts">
                <Button look="quiet" name="act" value={disabled === undefined ? 'off' : 'on'}>
                  {say(disabled === undefined ? 'own.webhookTurnOff' : 'own.webhookTurnOn')}
                </Button>
                <Button look="bad" name="act" value="remove">
                  {say('own.webhookRemove')}
                </Button>
              </div>
            </form>
          </details>
          <h2>{say('own.deliveries')}</h2>
          {shown.length === 0 ? <p>{say('own.deliveriesNone')}</p> : null}
          {shown.map((delivery) => (
            <section key={delivery.id} class="card">
              <p>
                <strong>{delivery.event}</strong>{' '}
                <StateWord tone={toneOf[delivery.state]}>{say(`own.delivery.${delivery.state}`)}</StateWord>
              </p>
              <p class="soft">
                <Moment at={delivery.createdAt} language={language} /> ·{' '}
                {say('own.deliveryTries', { tries: delivery.tries })}
                {delivery.status === undefined ? null : ` · HTTP ${delivery.status}`}
                {delivery.problem === undefined ? null : ` · ${delivery.problem}`}
              </p>
              <form method="post" action={action}>
                <FormGuard context={context} />
                <Button look="quiet" name="resend" value={publicId('delivery', delivery.id)}>
                  {say('own.deliveryResend')}
                  <span class="unseen"> {delivery.event}</span>
                </Button>
              </form>
            </section>
          ))}
          {listed.length <= pageItems || last === undefined ? null : (
            <Pagination
              says={say('own.deliveries')}
              older={{ href: `${path}/${id}?sebelum=${publicId('delivery', last.id)}`, label: say('own.older') }}
            />
          )}
        </OwnFrame>
      )
      return { title: say('own.webhookTitle'), body }
    },
    async act({ say, request, reply }, caller, fields) {
      const id = paramOf(request, 'id')
      const endpointId = uuidOf('webhook', id)
      const here = `${path}/${id}`
      const resent = fields.one('resend')
      if (resent !== '') {
        const again = await sendAgainFor(acts, caller, { endpointId, id: uuidOf('delivery', resent) })
        found(again || undefined, resent)
        return { to: telling(here, 'resent') }
      }
      switch (fields.one('act')) {
        case 'rotate':
          once.write(reply, {
            owner: endpointId,
            texts: [secretOf(found(await rotateSecretFor(acts, caller, endpointId), id))],
          })
          break
        case 'on':
        case 'off':
          found(await changeEndpointFor(acts, caller, { id: endpointId, enabled: fields.one('act') === 'on' }), id)
          break
        case 'remove':
          found((await removeEndpointFor(acts, caller, endpointId)) || undefined, id)
          return { to: telling(path, 'webhookRemoved') }
        default: {
          const url = webhookBody.shape.url.safeParse(fields.one('url').trim())
          const events = eventNames.filter((name) => fields.all('events').includes(name))
          if (!url.success) return { errors: [{ field: 'url', says: say('own.webhookUrlMissing') }] }
          if (events.length === 0) return { errors: [{ field: 'events', says: say('own.webhookEventsMissing') }] }
          found(await changeEndpointFor(acts, caller, { id: endpointId, url: url.data, events }), id)
        }
      }
      return { to: telling(here, 'webhook') }
    },
  })
}

function EventChoice(given: { say: Say; again: Again | undefined; chosen: readonly string[] }) {
  const { say, again, chosen } = given
  const { error } = wrongOf(again, 'events')
  return (
    <fieldset class={error === undefined ? 'field' : 'field field-wrong'} id="events">
      <legend>{say('own.webhookEvents')}</legend>
      {error === undefined ? null : <p class="wrong">{error}</p>}
      <div class="cards">
        {eventNames.map((name) => (
          <label key={name} class="choice">
            <input
              type="checkbox"
              name="events"
              value={name}
              checked={(again?.fields.all('events') ?? chosen).includes(name)}
            />
            <span>
              <code>{name}</code>
              <span class="hint">{say(`webhookEvents.${name}`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
