import { pagesMax, textLengthMax } from '../../limits/stamping.ts'
import { documentTypes, type DocumentType } from '../../stamp/document-types.ts'
import type { DocumentDetails } from '../affixing-answer.ts'
import type { BulkCommon, BulkPlace, BulkRow, WrongCell } from './bulk-row.ts'
import { columnOf, type Column } from './sheet-columns.ts'
import {
  amountOf,
  costCentreOf,
  dayOf,
  identityNumberOf,
  lengthOf,
  shownCell,
  type CellProblem,
  type Taken,
} from './sheet-values.ts'
import type { SheetCell, SheetRow } from './xlsx.ts'

/** What a table holds. Rows with a wrong cell stand in `wrong`, not in `rows`; `ignored` are headings that mean nothing to us. */
export type ReadRows =
  | { ok: true; rows: BulkRow[]; wrong: WrongCell[]; ignored: string[] }
  | { ok: false; problem: 'empty' | 'no_file_column' | 'column_twice'; column?: string }

const identityTypes = ['KTP', 'NPWP', 'PASSPORT'] as const
const identityForms = { KTP: /^\d{16}$/, NPWP: /^\d{15,16}$/, PASSPORT: /^[0-9A-Z]{1,20}$/ } as const
const lastWords = ['last', 'terakhir', 'akhir']

/** Reads a table whose first row names its columns. All wrong cells are told at once; empty rows are passed over. */
export function readRows(sheet: readonly SheetRow[], common: BulkCommon): ReadRows {
  const [heading, ...rest] = sheet.filter(({ cells }) => cells.some((cell) => shownCell(cell) !== ''))
  if (heading === undefined) return { ok: false, problem: 'empty' }
  const names = heading.cells.map((cell) => shownCell(cell))
  const columns = new Map<Column, { at: number; name: string }>()
  const ignored: string[] = []
  for (const [at, name] of names.entries()) {
    const column = columnOf(name)
    if (column === undefined) {
      if (name !== '') ignored.push(name)
      continue
    }
    if (columns.has(column)) return { ok: false, problem: 'column_twice', column: name }
    columns.set(column, { at, name })
  }
  if (!columns.has('file')) return { ok: false, problem: 'no_file_column' }
  const read = rest.map((row) => readRow(new RowCells(row, columns), common))
  return {
    ok: true,
    rows: read.flatMap(({ row, wrong }) => (wrong.length === 0 ? [row] : [])),
    wrong: read.flatMap(({ wrong }) => wrong),
    ignored,
  }
}

/** The cells of one row by column, and what is wrong with them. */
class RowCells {
  readonly line: number
  readonly wrong: WrongCell[] = []
  readonly #cells: readonly SheetCell[]
  readonly #columns: ReadonlyMap<Column, { at: number; name: string }>

  constructor(row: SheetRow, columns: ReadonlyMap<Column, { at: number; name: string }>) {
    this.line = row.line
    this.#cells = row.cells
    this.#columns = columns
  }

  /** The value of a cell; undefined where it is empty or wrong. */
  take<Value>(column: Column, read: (cell: SheetCell) => Taken<Value>): Value | undefined {
    const place = this.#columns.get(column)
    const cell = place === undefined ? '' : (this.#cells[place.at] ?? '')
    if (shownCell(cell) === '') return undefined
    const taken = read(cell)
    if (taken.ok) return taken.value
    this.refuse(column, taken.problem)
    return undefined
  }

  text(column: Column): string | undefined {
    return this.take(column, textOf)
  }

  refuse(column: Column, problem: CellProblem): void {
    const place = this.#columns.get(column)
    // numbers of people are not repeated: the cell is named, whoever has the table sees it
    const isPersonal = column === 'identityNumber' || column === 'payerName'
    const value = place === undefined || isPersonal ? '' : shownCell(this.#cells[place.at])
    const file = shownCell(this.#cells[this.#columns.get('file')?.at ?? -1])
    this.wrong.push({ row: this.line, file, column: place?.name ?? column, problem, value: value.slice(0, 60) })
  }
}

function textOf(cell: SheetCell): Taken<string> {
  const text = shownCell(cell)
  if (text.length > textLengthMax) return { ok: false, problem: 'tooLong' }
  return text.isWellFormed() && !/\p{Cc}/u.test(text) ? { ok: true, value: text } : { ok: false, problem: 'text' }
}

function readRow(cells: RowCells, common: BulkCommon): { row: BulkRow; wrong: WrongCell[] } {
  const file = cells.text('file')
  if (file === undefined && cells.wrong.length === 0) cells.refuse('file', 'missing')
  const facts = readFacts(cells, common, file ?? '')
  const place = readPlace(cells, common.place)
  return { row: { row: cells.line, file: file ?? '', facts, place }, wrong: cells.wrong }
}

function readFacts(cells: RowCells, common: BulkCommon, file: string): DocumentDetails {
  const before = cells.wrong.length
  const documentType = cells.take('documentType', documentTypeOf) ?? common.facts.documentType
  if (documentType === undefined && cells.wrong.length === before) cells.refuse('documentType', 'missing')
  const defined = {
    number: cells.text('number') ?? common.facts.number,
    date: cells.take('date', dayOf) ?? common.facts.date,
    valueRupiah: cells.take('value', amountOf),
    ...readIdentity(cells),
    payerName: cells.text('payerName'),
    tag: cells.take('tag', costCentreOf),
    location: cells.text('location') ?? common.facts.location,
  }
  const given = Object.fromEntries(Object.entries(defined).filter(([, value]) => value !== undefined))
  // a name of a missing type is never sent: the row is refused
  return { documentType: documentType ?? 'dokumen-lain', fileName: nameOf(file), ...given }
}

function readIdentity(cells: RowCells): Pick<DocumentDetails, 'identityType' | 'identityNumber'> {
  const before = cells.wrong.length
  const identityType = cells.take('identityType', (cell) => {
    const name = shownCell(cell).toUpperCase()
    const found = identityTypes.find((type) => type === (name === 'PASPOR' ? 'PASSPORT' : name))
    return found === undefined ? { ok: false, problem: 'identityType' } : { ok: true, value: found }
  })
  const identityNumber = cells.take('identityNumber', identityNumberOf)
  if (cells.wrong.length > before) return {}
  if (identityType === undefined && identityNumber === undefined) return {}
  if (identityType === undefined) cells.refuse('identityType', 'identityPair')
  else if (identityNumber === undefined) cells.refuse('identityNumber', 'identityPair')
  else if (!identityForms[identityType].test(identityNumber)) cells.refuse('identityNumber', 'identityNumber')
  return { identityType, identityNumber }
}

/** The slug, or the name as the law has it. */
function documentTypeOf(cell: SheetCell): Taken<DocumentType> {
  const text = shownCell(cell).toLowerCase()
  const slug = text.replaceAll(/[\s_]+/g, '-')
  const found = documentTypes.find((type) => type.slug === slug || type.name.toLowerCase() === text)
  return found === undefined ? { ok: false, problem: 'documentType' } : { ok: true, value: found.slug }
}

function readPlace(cells: RowCells, common: BulkPlace): BulkPlace {
  const page = cells.take('page', pageOf) ?? common.page
  const [left, bottom] = [cells.take('left', lengthOf), cells.take('bottom', lengthOf)]
  if ((left === undefined) !== (bottom === undefined)) cells.refuse(left === undefined ? 'left' : 'bottom', 'place')
  const size = cells.take('size', (cell) => {
    const taken = lengthOf(cell)
    return taken.ok && taken.value <= 0 ? { ok: false, problem: 'length' } : taken
  })
  const unit = cells.take('unit', unitOf) ?? common.unit
  const anchor = cells.text('anchor')
  const at = left === undefined || bottom === undefined ? undefined : { left, bottom }
  const usesCommon = at === undefined && anchor === undefined
  return {
    page,
    at: usesCommon ? common.at : at,
    size: size ?? common.size,
    unit,
    anchor: at === undefined ? (anchor ?? (usesCommon ? common.anchor : undefined)) : undefined,
  }
}

function pageOf(cell: SheetCell): Taken<number | 'last'> {
  const text = shownCell(cell).toLowerCase()
  if (lastWords.includes(text)) return { ok: true, value: 'last' }
  const page = /^\d{1,6}$/.test(text) ? Number(text) : 0
  return page >= 1 && page <= pagesMax ? { ok: true, value: page } : { ok: false, problem: 'page' }
}

function unitOf(cell: SheetCell): Taken<'pt' | 'mm'> {
  const text = shownCell(cell).toLowerCase()
  return text === 'pt' || text === 'mm' ? { ok: true, value: text } : { ok: false, problem: 'unit' }
}

/** The last part of a path, of either kind. */
function nameOf(file: string): string {
  return file.split(/[\\/]/).at(-1) ?? file
}
