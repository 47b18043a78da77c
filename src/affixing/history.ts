import type { Sql } from '../database/database.ts'
import { historyLookedMax } from '../limits/stamping.ts'
import { serialKind } from '../stamp/serial.ts'
import { affixingColumns, affixingFromRow, type Affixing, type AffixingRow, type AffixingState } from './affixing.ts'

/** What somebody looks for among an account's affixings. `words`: part of a serial number, a file's name or a document's number. */
export type HistoryWish = {
  accountId: string
  words?: string | undefined
  state?: AffixingState | undefined
  /** The id that the last page ended with. */
  before?: string | undefined
  limit: number
  /** How many of the newest below `before` are looked at for what fits; `historyLookedMax` by default. */
  lookedMax?: number
}

/** A page of them, newest first. `next`: where the next page begins, which may turn out empty; undefined at the end. */
export type HistoryPage = { items: Affixing[]; next: string | undefined }

/**
 * A page of an account's affixings. However many there are, one call looks at so many of the newest below `before` and no more:
 * `next` leads on from there, also where nothing was found yet. A whole serial number is found at once, however old.
 */
export async function findHistory(sql: Sql, wish: HistoryWish): Promise<HistoryPage> {
  const { accountId, limit } = wish
  const words = (wish.words ?? '').trim()
  const serial = words.toUpperCase().replaceAll(/[\s-]/g, '')
  if (serialKind(serial) !== undefined) return { items: await findBySerial(sql, wish, serial), next: undefined }
  const { ids, lookedTo } = await lookBack(sql, wish, words)
  const page = ids.slice(0, limit)
  const rows = await sql<AffixingRow[]>`
    select ${affixingColumns(sql)} from affixings
    where account_id = ${accountId} and affixing_id = any(${page}::uuid[]) order by affixing_id desc`
  return { items: rows.map(affixingFromRow), next: ids.length > limit ? page.at(-1) : lookedTo }
}

/** Ids that fit, one more than a page; `lookedTo`: the last that was looked at, where there may be more below it. */
async function lookBack(sql: Sql, wish: HistoryWish, words: string): Promise<{ ids: string[]; lookedTo?: string }> {
  const { accountId, before, state, limit } = wish
  const isPlain = words === '' && state === undefined
  const lookedMax = isPlain ? limit + 1 : (wish.lookedMax ?? historyLookedMax)
  const pattern = `%${words.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  const rows = await sql<{ id: string; nr: number; fits: boolean }[]>`
    with looked as materialized (
      select affixing_id, state, serial, facts, row_number() over (order by affixing_id desc)::int as nr from affixings
      where account_id = ${accountId} ${before === undefined ? sql`` : sql`and affixing_id < ${before}`}
      order by affixing_id desc limit ${lookedMax}
    ), fitting as (
      select affixing_id, nr, true as fits from looked
      where ${state === undefined ? sql`true` : sql`state = ${state}`}
        -- facts lie in the order of stored-facts.ts, those of earlier versions by name
        ${words === '' ? sql`` : sql`and (serial ilike ${pattern} or coalesce(facts ->> 0, facts ->> 'number') ilike ${pattern} or coalesce(facts ->> 2, facts ->> 'fileName') ilike ${pattern})`}
      order by affixing_id desc limit ${limit + 1}
    )
    select affixing_id as id, nr, fits from fitting
    union all select affixing_id, nr, false from looked where nr = ${lookedMax}
    order by fits desc, nr`
  const end = rows.find(({ fits }) => !fits)
  return {
    ids: rows.filter(({ fits }) => fits).map(({ id }) => id),
    ...(end === undefined ? {} : { lookedTo: end.id }),
  }
}

async function findBySerial(sql: Sql, { accountId, state }: HistoryWish, serial: string): Promise<Affixing[]> {
  const rows = await sql<AffixingRow[]>`
    select ${affixingColumns(sql)} from affixings
    where account_id = ${accountId} and affixing_id = (
      select affixing_id from serials where serial = ${serial} and account_id = ${accountId})
      ${state === undefined ? sql`` : sql`and state = ${state}`}`
  return rows.map(affixingFromRow)
}

/** All that fit, newest first, page by page as they are read; at most `most`. */
export async function* allHistory(
  sql: Sql,
  wish: Omit<HistoryWish, 'limit' | 'before'>,
  most: number,
): AsyncGenerator<Affixing[]> {
  let before: string | undefined
  for (let given = 0; given < most;) {
    const limit = Math.min(historyPageRead, most - given)
    const page: HistoryPage = await findHistory(sql, { ...wish, limit, before })
    given += page.items.length
    yield page.items
    if (page.next === undefined) return
    before = page.next
  }
}

/** Rows read at once for a table: some megabytes. */
const historyPageRead = 1_000
