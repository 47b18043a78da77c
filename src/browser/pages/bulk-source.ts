import { readRows } from '../../client/bulk/read-rows.ts'
import { readSheet } from '../../client/bulk/read-sheet.ts'
import { shownCell } from '../../client/bulk/sheet-values.ts'
import type { BulkCommon, BulkRow, WrongCell } from '../../client/bulk/bulk-row.ts'
import { bulkRowsMax, tableBytesMax, textLengthMax } from '../../limits/stamping.ts'
import { documentTypeSlugs } from '../../stamp/document-types.ts'
import { browserPrimitives } from '../primitives.ts'
import type { BulkOrder, TableProblem } from './bulk-messages.ts'

/** The rows of a batch with their files, and the cells that keep others out. `marks`: what tells this batch from another. */
export type PageSource = { rows: BulkRow[]; wrong: WrongCell[]; ignored: string[]; marks: string; name: string }

/** Reads the table, or makes a row of every document where there is none. */
export async function readSource(
  order: BulkOrder,
): Promise<{ ok: true; source: PageSource } | { ok: false; problem: TableProblem; column?: string }> {
  const documentType = documentTypeSlugs.find((slug) => slug === order.documentType)
  const common: BulkCommon = {
    facts: documentType === undefined ? {} : { documentType },
    place: { page: 'last', at: undefined, size: undefined, unit: 'pt' },
  }
  const { table } = order
  if (table === undefined) return withoutTable(order.files, common)
  if (table.size > tableBytesMax) return { ok: false, problem: 'notTable' }
  const bytes = new Uint8Array(await table.arrayBuffer())
  const sheet = readSheet(bytes, browserPrimitives)
  if (sheet === undefined) return { ok: false, problem: 'notTable' }
  const used = sheet.filter(({ cells }) => cells.some((cell) => shownCell(cell) !== ''))
  if (used.length > bulkRowsMax + 1) return { ok: false, problem: 'tooMany' }
  const read = readRows(used, common)
  if (!read.ok) return read
  const { rows, wrong, ignored } = read
  if (rows.length + wrong.length === 0) return { ok: false, problem: 'empty' }
  const digest = browserPrimitives.hash('sha256').update(bytes).digest()
  return {
    ok: true,
    source: { rows, wrong, ignored, marks: `${String(digest)} ${documentType ?? ''}`, name: table.name },
  }
}

function withoutTable(files: readonly File[], common: BulkCommon): Awaited<ReturnType<typeof readSource>> {
  const { documentType } = common.facts
  if (documentType === undefined || files.length === 0) return { ok: false, problem: 'empty' }
  if (files.length > bulkRowsMax) return { ok: false, problem: 'tooMany' }
  const named = files.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))
  const rows = named.map((file, at) => ({
    row: at + 1,
    file: pathOf(file),
    facts: { ...common.facts, documentType, fileName: storableName(file.name) },
    place: common.place,
  }))
  const marks = [documentType, ...named.map((file) => `${pathOf(file)} ${file.size}`)].join('\n')
  const [first] = named
  return { ok: true, source: { rows, wrong: [], ignored: [], marks, name: first?.name ?? '' } }
}

const pathOf = (file: File) => (file.webkitRelativePath === '' ? file.name : file.webkitRelativePath)

/** A name as the service stores it. */
function storableName(name: string): string {
  return name
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, textLengthMax)
    .toWellFormed()
}

/**
 * Finds the file that a row names: by its whole path below what was chosen, or by its last part where only one file has that. Two
 * files of one name are no answer: the wrong one would be stamped.
 */
export function openFiles(files: readonly File[]): (named: string) => File | undefined {
  const found = new Map<string, File | undefined>()
  for (const file of files) {
    const path = pathOf(file)
    found.set(path, file)
    if (path !== file.name) found.set(file.name, found.has(file.name) ? undefined : file)
  }
  return (named) => {
    const path = named.replaceAll('\\', '/')
    return found.get(path) ?? found.get(path.split('/').at(-1) ?? path)
  }
}

/** Where a row's copy lies in its archive: its own path, which leads nowhere above it. */
export function outputOf(file: string): string {
  const parts = file.split(/[\\/]/).filter((part) => !['', '.', '..'].includes(part))
  return parts.join('/').replace(/(?:\.pdf)?$/i, '.bermeterai.pdf')
}
