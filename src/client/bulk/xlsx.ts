import type { Primitives } from '../../base/primitives.ts'
import { readXml } from './xml.ts'
import { openZip, type Archive } from './zip.ts'

/** A cell of a table: text, a number, a day (YYYY-MM-DD) that the spreadsheet keeps as one; '' where it is empty. */
export type SheetCell = string | number | { day: string }

/** A row as the spreadsheet counts it, from 1. */
export type SheetRow = { line: number; cells: readonly SheetCell[] }

/** Columns taken of one row; ours are some fifteen. */
const columnsMax = 256

/**
 * The first sheet of an XLSX workbook (ECMA-376 part 1, 18.3): rows with their numbers, dates as days, formulas by the values they had when
 * it was saved. Undefined where it is no workbook. Throws RangeError where it is damaged.
 */
export function readXlsx(bytes: Uint8Array, primitives: Pick<Primitives, 'inflate'>): SheetRow[] | undefined {
  const archive = openZip(bytes, primitives)
  if (archive?.names.includes('xl/workbook.xml') !== true) return undefined
  const { sheet, isFrom1904 } = workbookOf(archive)
  const xml = textOf(archive, sheet)
  if (xml === undefined) return undefined
  return rowsOf(xml, { shared: sharedTexts(archive), isDate: dateStyles(archive), isFrom1904 })
}

function textOf(archive: Archive, name: string): string | undefined {
  const bytes = archive.read(name)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

/** Which file holds the first sheet, and whether days count from 1904 (old Macs). */
function workbookOf(archive: Archive): { sheet: string; isFrom1904: boolean } {
  let [first, isFrom1904] = ['', false]
  for (const piece of readXml(textOf(archive, 'xl/workbook.xml') ?? '')) {
    if (piece.kind !== 'open') continue
    if (piece.name === 'workbookPr') isFrom1904 = ['1', 'true'].includes(piece.attributes.get('date1904') ?? '')
    if (piece.name === 'sheet' && first === '') first = piece.attributes.get('id') ?? ''
  }
  for (const piece of readXml(textOf(archive, 'xl/_rels/workbook.xml.rels') ?? '')) {
    if (piece.kind !== 'open' || piece.attributes.get('Id') !== first) continue
    const target = piece.attributes.get('Target') ?? ''
    return { sheet: target.startsWith('/') ? target.slice(1) : `xl/${target}`, isFrom1904 }
  }
  return { sheet: 'xl/worksheets/sheet1.xml', isFrom1904 }
}

/** The texts that cells name by number; how they are read aloud (rPh) is no part of them. */
function sharedTexts(archive: Archive): string[] {
  const texts: string[] = []
  let [inText, inPhonetic] = [false, false]
  for (const piece of readXml(textOf(archive, 'xl/sharedStrings.xml') ?? '')) {
    if (piece.kind === 'text') {
      if (inText && !inPhonetic) texts[texts.length - 1] += piece.text
    } else if (piece.name === 'si' && piece.kind === 'open') texts.push('')
    else if (piece.name === 't') inText = piece.kind === 'open' && !piece.isEmpty
    else if (piece.name === 'rPh') inPhonetic = piece.kind === 'open'
  }
  return texts
}

/** Formats that every spreadsheet knows by number and that show a day (ECMA-376 part 1, 18.8.30). */
const dayFormats = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58])

/** Which cell styles show a day. */
function dateStyles(archive: Archive): boolean[] {
  const own = new Set<number>()
  const styles: boolean[] = []
  let inCells = false
  for (const piece of readXml(textOf(archive, 'xl/styles.xml') ?? '')) {
    if (piece.kind === 'close' && piece.name === 'cellXfs') inCells = false
    if (piece.kind !== 'open') continue
    const format = Number(piece.attributes.get('numFmtId'))
    if (piece.name === 'numFmt' && showsDay(piece.attributes.get('formatCode') ?? '')) own.add(format)
    if (piece.name === 'cellXfs') inCells = !piece.isEmpty
    if (piece.name === 'xf' && inCells) styles.push(dayFormats.has(format) || own.has(format))
  }
  return styles
}

/** What stands in quotes, brackets or behind a backslash is shown as it is. */
function showsDay(format: string): boolean {
  const code = format.replaceAll(/"[^"]*"|\[[^\]]*\]|\\./g, '')
  return /[dy]/i.test(code)
}

type Known = { shared: readonly string[]; isDate: readonly boolean[]; isFrom1904: boolean }

type OpenCell = { column: number; type: string; style: number; text: string }

function rowsOf(xml: string, known: Known): SheetRow[] {
  const rows: { line: number; cells: SheetCell[] }[] = []
  let cell: OpenCell | undefined
  let [inValue, inPhonetic] = [false, false]
  for (const piece of readXml(xml)) {
    const row = rows.at(-1)
    if (piece.kind === 'text') {
      if (cell !== undefined && inValue && !inPhonetic) cell.text += piece.text
    } else if (piece.name === 'row' && piece.kind === 'open') {
      rows.push({ line: Number(piece.attributes.get('r') ?? (row?.line ?? 0) + 1), cells: [] })
    } else if (piece.name === 'c' && piece.kind === 'open') {
      cell = piece.isEmpty ? undefined : openCell(piece.attributes, row?.cells.length ?? 0)
    } else if (piece.name === 'c') {
      if (row !== undefined && cell !== undefined && cell.column < columnsMax) {
        while (row.cells.length < cell.column) row.cells.push('')
        row.cells[cell.column] = valueOf(cell, known)
      }
      cell = undefined
    } else if (piece.name === 'v' || piece.name === 't') inValue = piece.kind === 'open' && !piece.isEmpty
    else if (piece.name === 'rPh') inPhonetic = piece.kind === 'open'
  }
  return rows
}

function openCell(attributes: ReadonlyMap<string, string>, next: number): OpenCell {
  const letters = /^[A-Z]{1,3}/.exec(attributes.get('r') ?? '')?.[0]
  const column =
    letters === undefined ? next : Array.from(letters).reduce((sum, each) => sum * 26 + each.charCodeAt(0) - 64, 0) - 1
  return { column, type: attributes.get('t') ?? 'n', style: Number(attributes.get('s') ?? 0), text: '' }
}

function valueOf({ type, style, text }: OpenCell, { shared, isDate, isFrom1904 }: Known): SheetCell {
  if (text === '') return ''
  switch (type) {
    case 's':
      return shared[Number(text)] ?? ''
    case 'd':
      return { day: text.slice(0, 10) }
    case 'n': {
      const number = Number(text)
      if (!Number.isFinite(number)) return text
      return isDate[style] === true ? { day: dayOfSerial(number, isFrom1904) } : number
    }
    default:
      return text
  }
}

/** Days since the end of 1899; spreadsheets believe in a 29 February 1900, so days before March 1900 are one off. */
function dayOfSerial(serial: number, isFrom1904: boolean): string {
  const days = Math.floor(serial) + (isFrom1904 ? 1462 : serial < 61 ? 1 : 0)
  const at = new Date(Date.UTC(1899, 11, 30) + days * 86_400_000)
  return Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 10)
}
