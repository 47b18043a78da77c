import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fingerprintOf } from '../../../affixing/fingerprint.ts'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { RefusedError } from '../../../errors.ts'
import { roleAllows } from '../../../identity/roles.ts'
import { ordersOnPage, stampPriceRupiah } from '../../../limits/purchases.ts'
import { askRefund, cancelRefund, readRefundable, setDestination } from '../../../purchases/refunds/ask-refund.ts'
import {
  destinationOf,
  findRefund,
  listRefunds,
  maskedNumber,
  type RefundCase,
  type RefundState,
} from '../../../purchases/refunds/refund.ts'
import { Notice, Pagination, StateWord, SummaryList, Table, type Tone } from '../components/blocks.tsx'
import { ActPin, actConfirmed } from '../act-pin.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Stepper } from '../components/choices.tsx'
import type { IconName } from '../components/icon.tsx'
import { Moment } from '../components/moment.tsx'
import { formRoute, FormGuard, scriptsOf, Wrongs, wrongOf } from '../forms.tsx'
import { contextOf, linkTo, queryOf, sayIn, linkWith } from '../page-context.ts'
import { sendPage } from '../send-page.ts'
import type { SignedInCaller } from '../signed-in.ts'
import { digitsTyped } from '../typed-number.ts'
import { buyPath, enterWith, ordersPath, paramOf, refundsPath, rupiahText, type BuyPageParts } from './buy-parts.ts'
import { destinationTyped, DestinationFields } from './destination-fields.tsx'
import { promisedText, refundState, refundText } from './refund-words.ts'

const looks: Record<RefundState, { tone: Tone; icon: IconName }> = {
  due: { tone: 'warn', icon: 'wait' },
  approved: { tone: 'plain', icon: 'wait' },
  paid: { tone: 'good', icon: 'tick' },
  cancelled: { tone: 'plain', icon: 'cross' },
}

/** Money that goes back: the list, asking for it, and one case with its day. */
export function refundRoutes(app: FastifyInstance, parts: BuyPageParts): void {
  listRoute(app, parts)
  askRoute(app, parts)
  caseRoute(app, parts)
}

function listRoute(app: FastifyInstance, parts: BuyPageParts): void {
  const enter = enterWith('read')
  app.get(refundsPath, { schema: { hide: true } }, async (request, reply) => {
    const who = await enter(request, reply)
    if (who === undefined) return reply
    const context = await contextOf(request, parts)
    const say = sayIn(context.language)
    const cursor = queryOf(request, 'sesudah')
    const before = cursor === undefined ? undefined : parsePublicId('refund', cursor)
    const { accountId } = who
    const found = await listRefunds(parts.database.sql, { accountId, limit: ordersOnPage + 1, before })
    const refunds = found.slice(0, ordersOnPage)
    const last = found.length > ordersOnPage ? refunds.at(-1) : undefined
    const body = (
      <>
        <h1>{say('refunds.title')}</h1>
        <p>{say('refunds.lead')}</p>
        {refunds.length === 0 ? (
          <p>{say('refunds.none')}</p>
        ) : (
          <Table
            caption={say('refunds.caption')}
            heads={[say('refunds.amount'), say('orders.stateHead'), say('refunds.why'), say('refunds.promised')]}
            rows={refunds.map((refund) => [
              <a href={linkTo(context, `${refundsPath}/${publicId('refund', refund.id)}`)}>
                {refundText(refund, context.language)}
              </a>,
              <StateWord {...looks[refund.state]}>{say(refundState(refund))}</StateWord>,
              say(`refunds.short.${refund.reason}`),
              promisedText(refund.promisedOn, context.language),
            ])}
          />
        )}
        {last === undefined ? null : (
          <Pagination
            says={say('refunds.title')}
            older={{
              href: linkWith(context, refundsPath, { sesudah: publicId('refund', last.id) }),
              label: say('orders.older'),
            }}
          />
        )}
        {roleAllows(who.person.role, 'manage') ? (
          <LinkButton look="quiet" href={linkTo(context, `${refundsPath}/minta`)}>
            {say('refunds.ask')}
          </LinkButton>
        ) : null}
        <p>
          <a href={linkTo(context, ordersPath)}>{say('orders.title')}</a>
        </p>
      </>
    )
    return sendPage(reply, context, { title: say('refunds.title'), body, scripts: await scriptsOf(), isPrivate: true })
  })
}

function askRoute(app: FastifyInstance, parts: BuyPageParts): void {
  const { purchases } = parts
  const path = `${refundsPath}/minta`
  formRoute(app, parts, {
    path,
    enter: enterWith('manage'),
    repeated: refundsPath,
    async show({ context, say }, who, again) {
      const most = await readRefundable(parts.database.sql, who.accountId)
      const price = rupiahText(stampPriceRupiah, context.language)
      const title = say('refunds.ask')
      if (most === 0)
        return {
          title,
          body: (
            <div class="narrow">
              <h1>{title}</h1>
              <Notice tone="plain">
                <p>{say('refunds.nothing')}</p>
              </Notice>
              <LinkButton href={linkTo(context, refundsPath)}>{say('refunds.title')}</LinkButton>
            </div>
          ),
        }
      const body = (
        <div class="narrow">
          <h1>{title}</h1>
          <Wrongs say={say} again={again} />
          <p>{say('refunds.askLead', { most, price })}</p>
          <form method="post" action={linkTo(context, path)}>
            <FormGuard context={context} />
            <Stepper
              name="quantity"
              label={say('refunds.quantity')}
              value={Number(again?.fields.one('quantity')) || most}
              least={1}
              most={most}
              less={say('buy.less')}
              more={say('buy.more')}
              {...wrongOf(again, 'quantity')}
            />
            <DestinationFields say={say} again={again} />
            <ActPin say={say} again={again} />
            <Button>{say('refunds.send')}</Button>
          </form>
        </div>
      )
      return { title, body }
    },
    async act({ context, say }, caller, fields) {
      const destination = destinationTyped(say, fields)
      const quantity = Number(digitsTyped(fields.one('quantity')))
      const isWhole = Number.isInteger(quantity) && quantity >= 1
      const wrong = isWhole ? [] : [{ field: 'quantity', says: say('refunds.quantityWrong') }]
      if (!destination.ok || !isWhole) return { errors: [...wrong, ...(destination.ok ? [] : destination.errors)] }
      const wish = { quantity, destination: destination.value }
      const authorization = await actConfirmed(parts, caller, { fields, purpose: 'money' })
      if (authorization === undefined) return { errors: [{ field: 'pin', says: say('own.actPinNeeded') }] }
      const key = `form-${fields.one('formKey')}`
      const asked = await askRefund(purchases, {
        caller,
        key,
        fingerprint: fingerprintOf(wish),
        authorization,
        ...wish,
      })
      if (!asked.ok) throw new RefusedError(asked.refusal)
      return { to: linkTo(context, `${refundsPath}/${publicId('refund', asked.refund.id)}`) }
    },
  })
}

function caseRoute(app: FastifyInstance, parts: BuyPageParts): void {
  const { purchases } = parts

  async function refundOf(request: FastifyRequest, who: SignedInCaller): Promise<RefundCase> {
    const id = paramOf(request, 'refund')
    const uuid = parsePublicId('refund', id)
    const { accountId } = who
    const refund = uuid === undefined ? undefined : await findRefund(parts.database.sql, { accountId, id: uuid })
    if (refund === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
    return refund
  }

  formRoute(app, parts, {
    path: `${refundsPath}/:refund`,
    async enter(request, reply) {
      return enterWith(request.method === 'POST' ? 'manage' : 'read')(request, reply)
    },
    async show({ context, say, request }, who, again) {
      const refund = await refundOf(request, who)
      const { language } = context
      const amount = refundText(refund, language)
      const to = destinationOf(purchases.sealing, refund)
      const mayAct = refund.state === 'due' && roleAllows(who.person.role, 'manage')
      const path = linkTo(context, `${refundsPath}/${publicId('refund', refund.id)}`)
      const order = refund.orderId === undefined ? undefined : publicId('order', refund.orderId)
      const isOpen = refund.state === 'due' || refund.state === 'approved'
      const missing = mayAct ? 'refunds.next.noDestination' : 'refunds.next.ownerSays'
      const next = isOpen && to === undefined ? missing : (`refunds.next.${refund.state}` as const)
      const rows = [
        { label: say('refunds.amount'), value: <strong>{amount}</strong> },
        { label: say('refunds.why'), value: say(`refunds.reason.${refund.reason}`, { amount }) },
        ...(refund.units === 0
          ? []
          : [{ label: say('refunds.quantity'), value: say('buy.units', { units: refund.units }) }]),
        ...(isOpen ? [{ label: say('refunds.promised'), value: promisedText(refund.promisedOn, language) }] : []),
        ...(to === undefined
          ? []
          : [
              {
                label: say('refunds.to'),
                value: `${to.bank}, ${maskedNumber(to.accountNumber).replace(/^\*+/, '...')}, ${to.accountName}`,
              },
            ]),
        { label: say('refunds.askedAt'), value: <Moment at={refund.createdAt} language={language} /> },
        ...(refund.endedAt === undefined
          ? []
          : [
              {
                label: say(`refunds.endedAt.${refund.state === 'paid' ? 'paid' : 'cancelled'}`),
                value: <Moment at={refund.endedAt} language={language} />,
              },
            ]),
      ]
      const title = say('refunds.caseTitle', { amount })
      const body = (
        <div class="narrow">
          <h1>{title}</h1>
          <Wrongs say={say} again={again} />
          <p>
            <StateWord {...looks[refund.state]}>{say(refundState(refund))}</StateWord>
          </p>
          <p>{say(next, { day: promisedText(refund.promisedOn, language) })}</p>
          <SummaryList rows={rows} />
          {mayAct ? (
            <form method="post" action={path}>
              <FormGuard context={context} />
              <h2>{say(to === undefined ? 'refunds.where' : 'refunds.whereElse')}</h2>
              <DestinationFields say={say} again={again} />
              <ActPin say={say} again={again} />
              <Button look={to === undefined ? 'primary' : 'quiet'} name="act" value="destination">
                {say('refunds.saveWhere')}
              </Button>
            </form>
          ) : null}
          {mayAct && refund.units > 0 ? (
            <form method="post" action={path}>
              <FormGuard context={context} />
              <Button look="bad" name="act" value="cancel">
                {say('refunds.cancel', { units: refund.units })}
              </Button>
            </form>
          ) : null}
          {order === undefined ? null : (
            <p>
              <a href={linkTo(context, `${buyPath}/${order}`)}>{say('orders.show')}</a>
            </p>
          )}
          <p>
            <a href={linkTo(context, refundsPath)}>{say('refunds.title')}</a>
          </p>
        </div>
      )
      return { title, body }
    },
    async act({ context, say, request }, caller, fields) {
      const { id } = await refundOf(request, caller)
      const to = linkTo(context, `${refundsPath}/${publicId('refund', id)}`)
      if (fields.one('act') === 'cancel') {
        const cancelled = await cancelRefund(purchases, { caller, id })
        if (!cancelled.ok) throw new RefusedError(cancelled.refusal)
        return { to }
      }
      const destination = destinationTyped(say, fields)
      if (!destination.ok) return destination
      const authorization = await actConfirmed(parts, caller, { fields, purpose: 'money' })
      if (authorization === undefined) return { errors: [{ field: 'pin', says: say('own.actPinNeeded') }] }
      const set = await setDestination(purchases, { caller, id, destination: destination.value, authorization })
      if (!set.ok) throw new RefusedError(set.refusal)
      return { to }
    },
  })
}
