import type { Affixing } from '../../../affixing/affixing.ts'
import { findCostCentres } from '../../../affixing/cost-centres.ts'
import { allHistory, type HistoryWish } from '../../../affixing/history.ts'
import { semicolonRecord } from '../../../base/csv.ts'
import { publicId } from '../../../base/ids.ts'
import { jakartaTime } from '../../../base/jakarta.ts'
import type { Sql } from '../../../database/database.ts'
import { historyTableMax } from '../../../limits/stamping.ts'
import { documentTypeName, dutyRupiah } from '../../../stamp/document-types.ts'
import type { Say } from '../page-context.ts'

const columns = ['when', 'state', 'serial', 'type', 'number', 'date', 'file', 'cost', 'reason', 'id', 'tag'] as const

/** The affixings that fit as a table that Excel opens with Indonesian settings: UTF-8 with its mark, semicolons, no cell a formula. */
export async function* historyTable(
  sql: Sql,
  wish: Omit<HistoryWish, 'limit' | 'before'>,
  say: Say,
): AsyncGenerator<string> {
  yield `\u{feff}${semicolonRecord(columns.map((column) => say(`history.column.${column}`)))}`
  let count = 0
  for await (const rows of allHistory(sql, wish, historyTableMax)) {
    count += rows.length
    if (rows.length === 0) continue
    const costCentreOf = await findCostCentres(sql, rows)
    yield rows.map((affixing) => recordOf(say, affixing, costCentreOf(affixing))).join('')
  }
  // what is left out is said where it is missed
  if (count >= historyTableMax) yield semicolonRecord([say('history.tableCut', { count: historyTableMax })])
}

const stateWords = {
  reserved: 'history.reservedWord',
  affixed: 'history.affixed',
  released: 'history.releasedWord',
} as const

function recordOf(say: Say, affixing: Affixing, costCentre = ''): string {
  const { facts, state, serial, releaseReason } = affixing
  return semicolonRecord([
    jakartaTime(affixing.affixedAt ?? affixing.releasedAt ?? affixing.createdAt),
    say(stateWords[state]),
    serial,
    documentTypeName(facts.documentType) ?? facts.documentType,
    facts.number === '0' ? '' : facts.number,
    facts.date ?? '',
    facts.fileName ?? '',
    state === 'affixed' ? String(dutyRupiah) : '0',
    releaseReason === undefined ? '' : say(`releaseReasons.${releaseReason}`),
    publicId('affixing', affixing.id),
    costCentre,
  ])
}
