import type { Affixing } from '../../../affixing/affixing.ts'
import { publicId } from '../../../base/ids.ts'
import type { Order } from '../../../purchases/order.ts'
import { documentTypeName } from '../../../stamp/document-types.ts'
import { AffixingTable, historyPath } from '../history/history-page.tsx'
import { documentName } from '../history/state-line.tsx'
import { WithMoment } from '../components/moment.tsx'
import { Icon } from '../components/icon.tsx'
import { sayIn, type PageContext, linkWith } from '../page-context.ts'

/** What the first page of a signed-in person shows. `mayAffix`, `mayBuy`: whether their role lets them; quota in stamps. */
export type HomeShown = {
  /** By what a device knows whose work it keeps. */
  owner: string
  quota: { available: number; reserved: number }
  open: readonly Affixing[]
  /** Orders that wait for their money. */
  waiting: readonly Order[]
  /** Orders that wait for a second member: this one, or (`isForOther`) another. */
  held: readonly { order: Order; isForOther: boolean }[]
  /** Documents that are paid for and wait to be stamped, by the public id of their order. */
  paid: readonly { id: string; name: string }[]
  recent: readonly Affixing[]
  kept: ReadonlyMap<string, Date>
  mayAffix: boolean
  buyPath: string | undefined
}

/** The quota, what is not finished, the doors, and what was done last. */
export function HomePage({ context, shown }: { context: PageContext; shown: HomeShown }) {
  const say = sayIn(context.language)
  const { quota, recent, kept, mayAffix, buyPath } = shown
  const mustBuy = quota.available <= 0 && buyPath !== undefined
  const buyDoor =
    buyPath === undefined ? null : (
      <a class={mustBuy ? 'door door-first' : 'door'} href={linkWith(context, buyPath, {})}>
        <strong>{say('home.buyHeading')}</strong>
        {say('home.buyDoor')}
      </a>
    )
  return (
    <>
      <h1 class="unseen">{say('beranda.title')}</h1>
      <section class="card quota" data-quota>
        <h2>{say('affix.quota')}</h2>
        <p class="quota-number">
          <strong data-available aria-live="polite">
            {new Intl.NumberFormat(context.language).format(quota.available)}
          </strong>{' '}
          {say('beranda.stamps')}
        </p>
        {quota.reserved === 0 ? null : <p class="soft">{say('beranda.reserved', { count: quota.reserved })}</p>}
        {mustBuy ? <p>{say('beranda.empty')}</p> : null}
      </section>
      <Unfinished context={context} shown={shown} />
      <nav class="doors" aria-label={say('home.doors')}>
        {mustBuy ? buyDoor : null}
        {mayAffix ? (
          <a class={mustBuy ? 'door' : 'door door-first'} href={linkWith(context, '/bubuhkan', {})}>
            <strong>{say('home.stampHeading')}</strong>
            {say('home.stampDoor')}
          </a>
        ) : null}
        {mustBuy ? null : buyDoor}
        {mayAffix ? (
          <a class="door" href={linkWith(context, '/massal', {})}>
            <strong>{say('massal.title')}</strong>
            {say('beranda.bulkDoor')}
          </a>
        ) : null}
      </nav>
      <h2>{say('beranda.recent')}</h2>
      {recent.length === 0 ? (
        <p>{say('history.none')}</p>
      ) : (
        <>
          <AffixingTable context={context} items={recent} kept={kept} />
          <p>
            <a class="tall" href={linkWith(context, historyPath, {})}>
              {say('beranda.all')}
            </a>
          </p>
        </>
      )}
    </>
  )
}

/** First what waits for the person; nothing where nothing does. A script adds what only this device knows of. */
function Unfinished({ context, shown }: { context: PageContext; shown: HomeShown }) {
  const say = sayIn(context.language)
  const { open, waiting, held, paid, buyPath } = shown
  const isEmpty = [open, waiting, held, paid].every(({ length }) => length === 0)
  const priceOf = (order: Order) => ({
    count: order.quantity,
    rupiah: new Intl.NumberFormat(context.language).format(order.totalRupiah),
  })
  return (
    <section class="unfinished" data-unfinished data-owner={shown.owner} hidden={isEmpty}>
      <h2>{say('beranda.unfinished')}</h2>
      <ul class="todo">
        <li data-kept-work hidden>
          <a href={linkWith(context, '/bubuhkan', {})}>
            <Icon name="file" /> <span data-kept-name={say('beranda.keptHere')} />
          </a>
        </li>
        {paid.map(({ id, name }) => (
          <li key={id}>
            <a href={linkWith(context, '/bubuhkan', { pesanan: id })}>
              <Icon name="tick" /> <span>{say('beranda.paidDocument', { name })}</span>
            </a>
          </li>
        ))}
        {buyPath === undefined
          ? null
          : held.map(({ order, isForOther }) => (
              <li key={order.id}>
                <a href={linkWith(context, `${buyPath}/${publicId('order', order.id)}`, {})}>
                  <Icon name="wait" />
                  <span>
                    <WithMoment
                      at={order.expiresAt}
                      language={context.language}
                      says={(until) =>
                        say(isForOther ? 'beranda.held' : 'beranda.approveThis', { ...priceOf(order), until })
                      }
                    />
                  </span>
                </a>
              </li>
            ))}
        {waiting.map((order) => {
          const id = publicId('order', order.id)
          const to =
            buyPath === undefined
              ? linkWith(context, '/bantuan', { tentang: id })
              : linkWith(context, `${buyPath}/${id}`, {})
          return (
            <li key={id}>
              <a href={to}>
                <Icon name="wait" />
                <span>
                  <WithMoment
                    at={order.expiresAt}
                    language={context.language}
                    says={(until) => say('beranda.order', { ...priceOf(order), until })}
                  />
                </span>
              </a>
            </li>
          )
        })}
        {open.map((affixing) => {
          const id = publicId('affixing', affixing.id)
          const typeName = documentTypeName(affixing.facts.documentType) ?? affixing.facts.documentType
          return (
            <li key={id}>
              <a href={linkWith(context, `${historyPath}/${id}`, {})}>
                <Icon name="wait" />
                <span>
                  <WithMoment
                    at={affixing.expiresAt}
                    language={context.language}
                    hour
                    says={(until) => say('beranda.open', { name: documentName(affixing, typeName), until })}
                  />
                </span>
              </a>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
