import { jakartaDay } from '../../../base/jakarta.ts'
import type { Statement } from '../../../reports/monthly-statement.ts'
import { buyPath } from '../buy/buy-parts.ts'
import { Notice, Pagination, Table } from '../components/blocks.tsx'
import { LinkButton } from '../components/button.tsx'
import { Moment } from '../components/moment.tsx'
import { sayIn, type PageContext, type Say, linkWith } from '../page-context.ts'
import type { UserNames } from './user-names.ts'

export const statementPath = '/laporan'

/** `November 2026` of `2026-11`. */
export function monthText(month: string, language: string): string {
  const locale = language === 'en' ? 'en-GB' : 'id-ID'
  return new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-15T00:00:00Z`),
  )
}

function monthBeside(month: string, by: 1 | -1): string {
  const at = new Date(`${month}-15T00:00:00Z`)
  at.setUTCMonth(at.getUTCMonth() + by)
  return at.toISOString().slice(0, 7)
}

/** A month of quota: what there was, what moved it, what is left; by whom and for which cost centre it was used, and for which bought. */
export function StatementPage({
  context,
  statement,
  names,
  now,
}: {
  context: PageContext
  statement: Statement
  names: UserNames
  now: Date
}) {
  const say = sayIn(context.language)
  const number = new Intl.NumberFormat(context.language)
  const { month, ledger, opening, lines, closing, usedBy, usedByTag, boughtByTag, orders } = statement
  const isLast = month >= jakartaDay(now).slice(0, 7)
  const besides = (by: 1 | -1) => {
    const other = monthBeside(month, by)
    return { href: linkWith(context, `${statementPath}/${other}`, {}), label: monthText(other, context.language) }
  }
  const signed = (units: number) => (units > 0 ? `+${number.format(units)}` : number.format(units).replace('-', '−'))
  return (
    <>
      <h1>{say('statement.title', { month: monthText(month, context.language) })}</h1>
      {isLast ? <p class="soft">{say('statement.running')}</p> : null}
      <dl class="rows sums">
        {[
          [say('statement.opening'), number.format(opening)] as const,
          ...lines.map(({ kind, units }) => [say(`statement.kind.${kind}`), signed(units)] as const),
          [say('statement.closing'), number.format(closing)] as const,
        ].map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {usedBy.length === 0 ? null : (
        <Table
          caption={say('statement.usedBy')}
          heads={[say('statement.who'), say('statement.stamps')]}
          rows={usedBy.map(({ actor, units }) => [actorText(say, actor, names), number.format(units)])}
        />
      )}
      {hasTags(usedByTag) ? (
        <Table
          caption={say('statement.usedByTag')}
          heads={[say('statement.tag'), say('statement.stamps')]}
          rows={usedByTag.map(({ tag, units }) => [tagText(say, tag), number.format(units)])}
        />
      ) : null}
      {hasTags(boughtByTag) ? (
        <Table
          caption={say('statement.byTag')}
          heads={[say('statement.tag'), say('statement.stamps'), 'Rupiah']}
          rows={boughtByTag.map(({ tag, units, totalRupiah }) => [
            tagText(say, tag),
            number.format(units),
            number.format(totalRupiah),
          ])}
        />
      ) : null}
      {orders.length === 0 ? null : <PaidOrders context={context} orders={orders} />}
      <p>
        <a class="tall" href={linkWith(context, `${statementPath}/${month}.csv`, {})} download="">
          {say('history.table')}
        </a>
      </p>
      {ledger === 'stamps' ? (
        <>
          <p>{say('statement.returnHint')}</p>
          <p>
            <a class="tall" href={`${statementPath}/${month}/spt-masa.csv`} download="">
              {say('statement.return')}
            </a>{' '}
            <a class="tall" href={`${statementPath}/${month}/spt-masa-golongan.csv`} download="">
              {say('statement.returnClasses')}
            </a>
          </p>
        </>
      ) : null}
      <Pagination says={say('statement.months')} newer={isLast ? undefined : besides(1)} older={besides(-1)} />
    </>
  )
}

function PaidOrders({ context, orders }: { context: PageContext; orders: Statement['orders'] }) {
  const say = sayIn(context.language)
  const number = new Intl.NumberFormat(context.language)
  const isTagged = orders.some(({ tag }) => tag !== undefined)
  return (
    <Table
      caption={say('statement.orders')}
      heads={[
        say('statement.order'),
        say('history.when'),
        ...(isTagged ? [say('statement.tag')] : []),
        say('statement.stamps'),
        'Rupiah',
      ]}
      rows={orders.map(({ id, paidAt, tag, units, totalRupiah }) => [
        <a class="digest" href={linkWith(context, `${buyPath}/${id}`, {})}>
          {id}
        </a>,
        <Moment at={new Date(paidAt)} language={context.language} />,
        ...(isTagged ? [tagText(say, tag ?? '')] : []),
        number.format(units),
        number.format(totalRupiah),
      ])}
    />
  )
}

/** Too many statements are being made: nothing is wrong, and the same address answers in a moment. */
export function StatementBusyPage({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('statement.link')}</h1>
      <Notice tone="warn">
        <p>{say('statement.busy')}</p>
      </Notice>
      <LinkButton href={linkWith(context, context.path, {})}>{say('statement.again')}</LinkButton>
    </>
  )
}

const hasTags = (sums: readonly { tag: string }[]) => sums.some(({ tag }) => tag !== '')

const tagText = (say: Say, tag: string) => (tag === '' ? say('statement.noTag') : tag)

/** Whoever used quota: by name, and who has none any more by number, with their kind in words. */
function actorText(say: Say, actor: string, names: UserNames): string {
  const [kind = '', id = actor] = actor.split(/:(.*)/s)
  const name = names.get(actor) ?? id
  if (kind === 'person') return names.has(actor) ? name : say('statement.person', { id })
  return kind === 'key' ? say('statement.key', { name }) : actor
}
