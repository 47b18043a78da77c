import type { Affixing } from '../../../affixing/affixing.ts'
import { publicId } from '../../../base/ids.ts'
import { historyLookedMax } from '../../../limits/stamping.ts'
import { documentTypeName } from '../../../stamp/document-types.ts'
import { ordersPath, refundsPath } from '../buy/buy-parts.ts'
import { Notice, Pagination } from '../components/blocks.tsx'
import { SelectField, TextField } from '../components/field.tsx'
import { Moment } from '../components/moment.tsx'
import { sayIn, type PageContext, linkWith } from '../page-context.ts'
import { AffixingState, documentName } from './state-line.tsx'
import type { HistoryAsked } from './history-wish.ts'

export const historyPath = '/riwayat'

/** What the page shows. `kept`: until when stamped files are kept, by id; `next`: where the next page begins. */
export type HistoryShown = {
  asked: HistoryAsked
  items: readonly Affixing[]
  kept: ReadonlyMap<string, Date>
  next: string | undefined
  /** Where the monthly statements lie, and with them what was bought; undefined where nothing is sold. */
  statements: string | undefined
}

/** An account's affixings, newest first, each with where it stands and a way on. */
export function HistoryPage({ context, shown }: { context: PageContext; shown: HistoryShown }) {
  const say = sayIn(context.language)
  const { asked, items, kept, next, statements } = shown
  const filter = { cari: asked.words || undefined, keadaan: asked.state }
  return (
    <>
      <h1>{say('history.title')}</h1>
      <HistoryFilter context={context} asked={asked} />
      {asked.meantReleased ? (
        <Notice tone="plain">
          <p>{say('history.meantReleased')}</p>
          <p>
            {say('history.refundIsMoney')}{' '}
            {statements === undefined ? null : <a href={linkWith(context, refundsPath, {})}>{say('refunds.title')}</a>}
          </p>
        </Notice>
      ) : null}
      {items.length === 0 ? <NothingFound context={context} asked={asked} mayBeOlder={next !== undefined} /> : null}
      {items.length === 0 ? null : <AffixingTable context={context} items={items} kept={kept} />}
      <Pagination
        says={say('parts.pages')}
        {...(asked.before === undefined
          ? {}
          : { newer: { href: linkWith(context, historyPath, filter), label: say('history.newest') } })}
        {...(next === undefined
          ? {}
          : {
              older: {
                href: linkWith(context, historyPath, { ...filter, sebelum: publicId('affixing', next) }),
                label: say('parts.older'),
              },
            })}
      />
      {items.length === 0 ? null : (
        <p>
          <a href={linkWith(context, `${historyPath}.csv`, filter)} download="">
            {say('history.table')}
          </a>{' '}
          <span class="soft">{say('history.tableHint')}</span>
        </p>
      )}
      {statements === undefined ? null : (
        <p>
          <a class="tall" href={linkWith(context, ordersPath, {})}>
            {say('orders.title')}
          </a>{' '}
          <a class="tall" href={linkWith(context, statements, {})}>
            {say('statement.link')}
          </a>
        </p>
      )}
    </>
  )
}

function HistoryFilter({ context, asked }: { context: PageContext; asked: HistoryAsked }) {
  const say = sayIn(context.language)
  return (
    <form class="filter" action={historyPath} method="get" role="search">
      {context.languageInAddress ? <input type="hidden" name="bahasa" value={context.language} /> : null}
      <TextField
        name="cari"
        type="search"
        label={say('history.search')}
        hint={say('history.searchHint')}
        value={asked.words}
        autocomplete="off"
      />
      <SelectField
        name="keadaan"
        label={say('cek.state')}
        value={asked.state ?? ''}
        options={[
          ['', say('history.every')],
          ['diproses', say('history.reservedWord')],
          ['berhasil', say('history.affixed')],
          ['dikembalikan', say('history.releasedWord')],
        ]}
      />
      <button type="submit" class="button button-quiet">
        {say('history.show')}
      </button>
    </form>
  )
}

function NothingFound(given: { context: PageContext; asked: HistoryAsked; mayBeOlder: boolean }) {
  const { context, asked, mayBeOlder } = given
  const isFiltered = asked.words !== '' || asked.state !== undefined
  const found = asked.meantReleased ? 'history.noneReleased' : isFiltered ? 'history.noneFound' : 'history.none'
  const say = sayIn(context.language)
  if (mayBeOlder) return <p>{say('history.notAmongNewest', { count: historyLookedMax })}</p>
  return (
    <>
      <p>{say(found)}</p>
      {isFiltered ? (
        <p>
          <a href={linkWith(context, historyPath, {})}>{say('history.showAll')}</a>
        </p>
      ) : (
        <p>
          <a class="button" href={linkWith(context, '/bubuhkan', {})}>
            {say('home.stampHeading')}
          </a>
        </p>
      )}
    </>
  )
}

/** A list on a phone, a table where there is room. */
export function AffixingTable(given: {
  context: PageContext
  items: readonly Affixing[]
  kept: ReadonlyMap<string, Date>
}) {
  const { context, items, kept } = given
  const say = sayIn(context.language)
  const heads = ['affix.document', 'cek.state', 'history.when', 'affix.serial', 'history.cost', 'history.copy'] as const
  return (
    <table class="table history">
      <caption class="unseen">{say('history.title')}</caption>
      <thead>
        <tr>
          {heads.map((key) => (
            <th key={key} scope="col">
              {say(key)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((affixing) => (
          <AffixingRow key={affixing.id} context={context} affixing={affixing} isKept={kept.has(affixing.id)} />
        ))}
      </tbody>
    </table>
  )
}

function AffixingRow({ context, affixing, isKept }: { context: PageContext; affixing: Affixing; isKept: boolean }) {
  const say = sayIn(context.language)
  const { state, facts, serial, releaseReason } = affixing
  const path = `${historyPath}/${publicId('affixing', affixing.id)}`
  const typeName = documentTypeName(facts.documentType) ?? facts.documentType
  const at = affixing.affixedAt ?? affixing.releasedAt ?? affixing.createdAt
  return (
    <tr>
      <td class="history-name">
        <a href={linkWith(context, path, {})}>{documentName(affixing, typeName)}</a>
      </td>
      <td class="history-state">
        <AffixingState context={context} affixing={affixing} />
        {releaseReason === undefined ? null : (
          <span class="hint">{say('history.because', { reason: releaseReason })}</span>
        )}
      </td>
      <td>
        <Moment at={at} language={context.language} />
      </td>
      <td class="serial">
        <span>{serial.slice(0, 11)}</span>
        <span>{serial.slice(11)}</span>
      </td>
      <td>{say(`history.cost.${state}`)}</td>
      <td>
        {state !== 'affixed' ? null : isKept ? (
          <a href={`${path}/berkas`} download="">
            {say('history.download')}
            <span class="unseen"> {serial}</span>
          </a>
        ) : (
          <a href={`${linkWith(context, path, {})}#salinan`}>
            {say('history.rebuild')}
            <span class="unseen"> {serial}</span>
          </a>
        )}
      </td>
    </tr>
  )
}
