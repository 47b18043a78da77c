import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, normalize, relative, resolve } from 'node:path'
import type { TextKey, TextValues } from '../base/text.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import type { BulkCommon, BulkRow, WrongCell } from '../client/bulk/bulk-row.ts'
import { readRows } from '../client/bulk/read-rows.ts'
import { readSheet } from '../client/bulk/read-sheet.ts'
import { shownCell } from '../client/bulk/sheet-values.ts'
import type { DocumentType } from '../stamp/document-types.ts'
import { bulkRowsMax, tableBytesMax } from '../limits/stamping.ts'
import { localExits, Stopped } from './outcome.ts'
import { stampedName, systemCode } from './pdf-file.ts'
import { readType, storableName } from './stamp-order.ts'
import { filesBelow } from './verify-files.ts'

/** The documents that one word means. `folder` is what their names are relative to; `wrong` are cells of rows left out of `rows`. */
export type BulkSource = { folder: string; rows: BulkRow[]; wrong: WrongCell[]; ignored: string[] }

/** All PDFs below a folder, or those a table lists, relative to the table. Throws Stopped for what cannot be read. */
export async function readSource(word: string, workingFolder: string, common: BulkCommon): Promise<BulkSource> {
  const path = resolve(workingFolder, word)
  try {
    const found = await stat(path)
    if (found.isDirectory()) return await readFolder({ path, word }, common)
    if (!found.isFile() || found.size > tableBytesMax) throw dataWrong('cli.bulk.notTable', { path: word })
    return readTableFile({ path, word }, await readFile(path), common)
  } catch (error) {
    if (error instanceof Stopped) throw error
    const reason = systemCode(error)
    const isMissing = reason === 'ENOENT' || reason === 'ENOTDIR'
    const key = isMissing ? 'cli.file.missing' : 'cli.file.unreadable'
    throw new Stopped(key, { path: word, reason }, localExits.inputMissing)
  }
}

type Named = { path: string; word: string }

const dataWrong = (key: TextKey, values: TextValues) => new Stopped(key, values, localExits.dataWrong)

async function readFolder({ path, word }: Named, common: BulkCommon): Promise<BulkSource> {
  const documentType: DocumentType = common.facts.documentType ?? readType(undefined)
  const files = (await filesBelow(path)).filter((file) => !/\.bermeterai(?:-\d+)?\.pdf$/i.test(file))
  if (files.length === 0) throw new Stopped('cli.bulk.none', { path: word }, localExits.inputMissing)
  if (files.length > bulkRowsMax) throw dataWrong('cli.bulk.tooMany', { path: word, most: bulkRowsMax })
  const rows = files.map((file, at) => ({
    row: at + 1,
    file: relative(path, file),
    facts: { ...common.facts, documentType, fileName: storableName(file) },
    place: common.place,
  }))
  return { folder: path, rows, wrong: [], ignored: [] }
}

function readTableFile({ path, word }: Named, bytes: Uint8Array, common: BulkCommon): BulkSource {
  const sheet = readSheet(bytes, nodePrimitives)
  if (sheet === undefined) throw dataWrong('cli.bulk.notTable', { path: word })
  const used = sheet.filter(({ cells }) => cells.some((cell) => shownCell(cell) !== ''))
  if (used.length > bulkRowsMax + 1) throw dataWrong('cli.bulk.tooMany', { path: word, most: bulkRowsMax })
  const read = readRows(used, common)
  if (!read.ok) {
    switch (read.problem) {
      case 'empty':
        throw dataWrong('cli.bulk.empty', { path: word })
      case 'no_file_column':
        throw dataWrong('cli.bulk.noFileColumn', { path: word })
      case 'column_twice':
        throw dataWrong('cli.bulk.columnTwice', { path: word, column: read.column ?? '' })
    }
  }
  if (used.length === 1) throw dataWrong('cli.bulk.empty', { path: word })
  return { folder: dirname(path), rows: read.rows, wrong: read.wrong, ignored: read.ignored }
}

/**
 * Where each row's copy goes: beside its original, or below `out` by the same name. Of two that would meet there the later gets a number.
 * By row.
 */
export function outputsOf(source: BulkSource, out: string | undefined): Map<number, string> {
  const taken = new Set<string>()
  const outputs = new Map<number, string>()
  for (const { row, file } of source.rows) {
    const inside = normalize(file)
    const isBelow = !isAbsolute(inside) && !inside.startsWith('..')
    const target = out === undefined ? resolve(source.folder, file) : join(out, isBelow ? inside : basename(inside))
    let [copy, name] = [1, stampedName(target)]
    while (taken.has(name)) name = stampedName(target, ++copy)
    taken.add(name)
    outputs.set(row, name)
  }
  return outputs
}
