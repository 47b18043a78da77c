import { isCostCentre } from '../../base/cost-centre.ts'
import type { SheetCell } from './xlsx.ts'

/** Why a cell cannot be taken; each has its sentence `bulk.cell.<problem>`. */
export const cellProblems = [
  'missing',
  'amount',
  'amountFraction',
  'date',
  'dateYear',
  'documentType',
  'identityType',
  'identityNumber',
  'identityPair',
  'costCentre',
  'rounded',
  'page',
  'length',
  'unit',
  'place',
  'tooLong',
  'text',
] as const
export type CellProblem = (typeof cellProblems)[number]

export type Taken<Value> = { ok: true; value: Value } | { ok: false; problem: CellProblem }

const taken = <Value>(value: Value): Taken<Value> => ({ ok: true, value })
const refused = (problem: CellProblem): { ok: false; problem: CellProblem } => ({ ok: false, problem })

/** A cell as it would be shown: without the spaces around it. */
export function shownCell(cell: SheetCell | undefined): string {
  if (cell === undefined) return ''
  return typeof cell === 'object' ? cell.day : String(cell).replaceAll('\u{a0}', ' ').trim()
}

/**
 * Whole rupiah, in digits. Taken are `1234567`, `1.234.567`, `1.234.567,00`, the same the English way round, and `Rp` before it. A point
 * or comma with three digits behind it parts thousands: `1.500` is fifteen hundred.
 */
export function amountOf(cell: SheetCell): Taken<string> {
  if (typeof cell === 'number') {
    if (!Number.isSafeInteger(cell)) return refused(Number.isFinite(cell) && cell >= 0 ? 'amountFraction' : 'amount')
    return cell < 0 || cell > 999_999_999_999_999 ? refused('amount') : taken(String(cell))
  }
  const text = shownCell(cell)
    .replace(/^(?:Rp|IDR)\.?\s*/i, '')
    .replace(/,-$/, '')
  const indonesian = /^(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?$/.exec(text)
  const english = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?$/.exec(text)
  const [, whole, fraction = ''] = indonesian ?? english ?? []
  if (whole === undefined) return refused('amount')
  if (/[1-9]/.test(fraction)) return refused('amountFraction')
  const digits = whole.replaceAll(/[.,]/g, '').replace(/^0+(?=\d)/, '')
  return digits.length > 15 ? refused('amount') : taken(digits)
}

const months = [
  ['januari', 'january', 'jan'],
  ['februari', 'february', 'feb', 'peb', 'pebruari'],
  ['maret', 'march', 'mar'],
  ['april', 'apr'],
  ['mei', 'may'],
  ['juni', 'june', 'jun'],
  ['juli', 'july', 'jul'],
  ['agustus', 'august', 'agu', 'agt', 'ags', 'aug'],
  ['september', 'sept', 'sep'],
  ['oktober', 'october', 'okt', 'oct'],
  ['november', 'nopember', 'nov', 'nop'],
  ['desember', 'december', 'des', 'dec'],
] as const

/** A day as YYYY-MM-DD: real dates of a spreadsheet, `23/11/2026` (day first, always), `23 November 2026` and `2026-11-23`. */
export function dayOf(cell: SheetCell): Taken<string> {
  if (typeof cell === 'number') return refused('date')
  const text = shownCell(cell).toLowerCase()
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d\d)-(\d\d)(?:[t ].*)?$/.exec(text) ?? []
  if (isoYear !== undefined) return calendarDay(Number(isoYear), Number(isoMonth), Number(isoDay))
  const [, day, month = '', year] = /^(\d{1,2})[-/. ]+(\d{1,2}|[a-z]{3,9})[-/. ]+(\d{2}|\d{4})$/.exec(text) ?? []
  if (day === undefined || year === undefined) return refused('date')
  if (year.length === 2) return refused('dateYear')
  const number = /^\d/.test(month)
    ? Number(month)
    : months.findIndex((names) => names.some((name) => name === month)) + 1
  return calendarDay(Number(year), number, Number(day))
}

function calendarDay(year: number, month: number, day: number): Taken<string> {
  const at = new Date(Date.UTC(year, month - 1, day))
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || at.getUTCFullYear() !== year) return refused('date')
  return taken(at.toISOString().slice(0, 10))
}

/**
 * Digits of an identity number. Spreadsheets keep fifteen digits of a number and make the rest zeros: a longer one that is not text,
 * or that was written as `3,17E+15`, is lost, and nobody may guess it.
 */
export function identityNumberOf(cell: SheetCell): Taken<string> {
  if (typeof cell === 'number')
    return Number.isSafeInteger(cell) && cell >= 0 && cell < 1e15 ? taken(String(cell)) : refused('rounded')
  const text = shownCell(cell)
  if (/^\d(?:[.,]\d+)?e\+?\d+$/i.test(text)) return refused('rounded')
  return taken(text.replaceAll(/[\s.-]/g, '').toUpperCase())
}

/** A cost centre of the account's; one of digits may be a number of the spreadsheet. */
export function costCentreOf(cell: SheetCell): Taken<string> {
  const text = shownCell(cell)
  return isCostCentre(text) ? taken(text) : refused('costCentre')
}

/** A length in the unit of its row: `36`, `36,5` or `36.5`. */
export function lengthOf(cell: SheetCell): Taken<number> {
  const text = shownCell(cell).replace(',', '.')
  const value = /^-?\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  return Number.isNaN(value) ? refused('length') : taken(value)
}
