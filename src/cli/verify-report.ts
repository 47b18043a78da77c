import { appendFileSync, closeSync, openSync } from 'node:fs'
import { readFile, truncate } from 'node:fs/promises'
import { csvRecord, readCsv } from '../base/csv.ts'
import { errorList, type ErrorCode } from '../errors.ts'
import { integrities } from '../stamp/check/report.ts'
import { severity, standings, type VerdictName } from '../stamp/check/verdict.ts'
import { documentTypes } from '../stamp/document-types.ts'
import { exitCodeOf, type BatchRow, type BatchStamp } from '../verification/batch.ts'
import { localExits, Stopped } from './outcome.ts'
import { systemCode, writeWhole } from './pdf-file.ts'

/** A row with what tells whether its file is still the same: bytes, and when it was last modified (ISO 8601). */
export type ReportRow = BatchRow & { bytes: number; modified: string }

const columns = [
  'file',
  'verdict',
  'exit',
  'integrity',
  'standing',
  'serial',
  'document_type',
  'stamped_at',
  'same_as',
  'reasons',
  'stamps',
  'bytes',
  'modified',
] as const

/** Spreadsheets take a text for UTF-8 when it begins with this. */
const byteOrderMark = '\u{feff}'
const heading = byteOrderMark + csvRecord(columns)

/**
 * The table of a check: rows are appended as they are found, so whoever is interrupted loses none that was written, and put
 * in the list's order at the end.
 */
export type VerifyReport = {
  /** Rows of an earlier run, by file. */
  earlier: ReadonlyMap<string, ReportRow>
  append(rows: readonly ReportRow[]): void
  /** Replaces the table by these rows, whole or not at all. */
  finish(rows: readonly ReportRow[]): Promise<void>
}

/** Opens a report or begins one. Throws Stopped for a file that is none, or that cannot be written. */
export async function openReport(path: string): Promise<VerifyReport> {
  const found = await readReport(path)
  let file: number | undefined
  try {
    // what was cut short by a crash goes; the file it was about is checked again
    if (found !== undefined) await truncate(path, found.bytes)
    file = openSync(path, 'a')
    if (found === undefined) appendFileSync(file, heading)
  } catch (error) {
    throw unwritable(path, error)
  }
  const open = file
  return {
    earlier: new Map(found?.rows.map((row) => [row.file, row])),
    append(rows) {
      try {
        appendFileSync(open, rows.map(recordOf).join(''))
      } catch (error) {
        throw unwritable(path, error)
      }
    },
    async finish(rows) {
      closeSync(open)
      await writeWhole(path, [Buffer.from(heading), ...pieces(rows)], true)
    },
  }
}

function unwritable(path: string, error: unknown): Stopped {
  return new Stopped('cli.verify.unwritable', { path, reason: systemCode(error) }, localExits.outputFailed)
}

/** Thousands of rows a piece: a text has an end. */
function pieces(rows: readonly ReportRow[]): Uint8Array[] {
  const size = 10_000
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, at) =>
    Buffer.from(
      rows
        .slice(at * size, (at + 1) * size)
        .map(recordOf)
        .join(''),
    ),
  )
}

async function readReport(path: string): Promise<{ rows: ReportRow[]; bytes: number } | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return ''
    throw unwritable(path, error)
  })
  if (text === '') return undefined
  const { records, length } = readCsv(text.replace(byteOrderMark, ''))
  const [names, ...rest] = records
  if (names?.join() !== columns.join()) throw new Stopped('cli.verify.notReport', { path }, localExits.dataWrong)
  const mark = text.startsWith(byteOrderMark) ? byteOrderMark : ''
  const bytes = Buffer.byteLength(mark + text.slice(mark.length, mark.length + length))
  return { rows: rest.flatMap((record) => rowOfRecord(record) ?? []), bytes }
}

/** The record of a row. */
export function recordOf(row: ReportRow): string {
  const [first] = row.stamps
  return csvRecord([
    row.file,
    row.verdict,
    String(exitCodeOf(row)),
    row.integrity ?? '',
    row.standing ?? '',
    row.serial ?? '',
    first?.documentType ?? '',
    first?.stampedAt ?? '',
    row.sameAs ?? '',
    row.reasons.join(' '),
    row.stamps.map(stampText).join(' '),
    String(row.bytes),
    row.modified,
  ])
}

const stampText = ({ serial, digest, integrity, documentType, stampedAt }: BatchStamp) =>
  [serial, digest, integrity, documentType ?? '', stampedAt ?? ''].join('/')

/** Undefined for a record that somebody changed into something else: its file is checked again. */
function rowOfRecord(record: readonly string[]): ReportRow | undefined {
  const [
    file,
    named,
    ,
    whole = '',
    stood = '',
    serial = '',
    ,
    ,
    sameAs = '',
    reasons = '',
    stamps = '',
    size,
    modified,
  ] = record
  const verdict = verdictNamed(named)
  if (file === undefined || verdict === undefined || modified === undefined) return undefined
  const integrity = integrities.find((each) => each === whole)
  const standing = standings.find((each) => each === stood)
  return {
    file,
    verdict,
    ...(integrity === undefined ? {} : { integrity }),
    ...(standing === undefined ? {} : { standing }),
    ...(serial === '' ? {} : { serial }),
    ...(sameAs === '' ? {} : { sameAs }),
    reasons: words(reasons),
    stamps: words(stamps).flatMap((text) => stampOf(text) ?? []),
    bytes: Number(size),
    modified,
  }
}

const words = (text: string) => text.split(' ').filter((word) => word !== '')

function verdictNamed(text: string | undefined): VerdictName | ErrorCode | undefined {
  return severity.find((name) => name === text) ?? errorCodes.find((code) => code === text)
}
const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorList, text)
const errorCodes = Object.keys(errorList).filter(isErrorCode)

function stampOf(text: string): BatchStamp | undefined {
  const [serial = '', digest = '', whole, type, stampedAt = ''] = text.split('/')
  const integrity = integrities.find((each) => each === whole)
  const documentType = documentTypes.find(({ slug }) => slug === type)?.slug
  if (integrity === undefined) return undefined
  return {
    serial,
    digest,
    integrity,
    ...(documentType === undefined ? {} : { documentType }),
    ...(stampedAt === '' ? {} : { stampedAt }),
  }
}
