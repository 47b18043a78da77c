import { errorList, type ErrorCode } from '../errors.ts'
import type { Integrity } from '../stamp/check/report.ts'
import {
  severity,
  verdictExits,
  verdictName,
  type Standing,
  type Verdict,
  type VerdictName,
} from '../stamp/check/verdict.ts'
import { documentTypes, type DocumentType } from '../stamp/document-types.ts'

/** A stamp of a file, as far as it counts for the files beside it. */
export type BatchStamp = {
  serial: string
  /** SHA-256 over what the signature covers, 64 lower-case hex. */
  digest: string
  integrity: Integrity
  /** Undefined: the stamp names no type of the list. */
  documentType?: DocumentType
  /** ISO 8601 UTC; undefined without a timestamp that can be relied on. */
  stampedAt?: string
}

/** What was found of one file. `verdict` is the name of an error where the file could not be checked. */
export type BatchRow = {
  file: string
  verdict: VerdictName | ErrorCode
  integrity?: Integrity
  standing?: Standing
  serial?: string
  reasons: readonly string[]
  stamps: readonly BatchStamp[]
  /** The first other file with a stamp of the same number. */
  sameAs?: string
}

/** What every stamp is expected to be; days are of Jakarta, `YYYY-MM-DD`, both included. */
export type Expectation = { documentType?: DocumentType; between?: { first: string; last: string } }

/** The row of a file by itself. */
export function rowOf(file: string, verdict: Verdict): BatchRow {
  const { integrity, standing, serial, reasons } = verdict
  return {
    file,
    verdict: verdictName(verdict),
    ...(integrity === undefined ? {} : { integrity }),
    standing,
    ...(serial === undefined ? {} : { serial }),
    reasons,
    stamps: verdict.stamps.map((stamp) => {
      const type = documentTypes.find(({ name }) => name === stamp.documentType)?.slug
      return {
        serial: stamp.serial,
        digest: stamp.digest,
        integrity: stamp.integrity,
        ...(type === undefined ? {} : { documentType: type }),
        ...(stamp.stampedAt === undefined ? {} : { stampedAt: stamp.stampedAt }),
      }
    }),
  }
}

/** The row of a file that could not be checked. */
export function refusedRow(file: string, code: ErrorCode): BatchRow {
  return { file, verdict: code, reasons: [], stamps: [] }
}

/**
 * What the files of a list are beside each other, in its order: one number on two documents makes all of them
 * `duplicate_serial` but the one the registry knows; the same stamped document a second time is `duplicate_document`; then
 * comes what was expected. A file keeps what is worse about it. Rows that were judged together before may be given again.
 */
export function judgeTogether(rows: readonly BatchRow[], expectation: Expectation): BatchRow[] {
  // what was changed or forged since is no second use of the number: its own verdict says so
  const digests = new Map<string, Map<string, number>>()
  const files = new Map<string, string[]>()
  rows.forEach(({ file, stamps }, at) => {
    for (const { serial, digest, integrity } of stamps) {
      const known = files.get(serial)
      if (known === undefined) files.set(serial, [file])
      else if (known.length === 1 && known[0] !== file) known.push(file)
      if (integrity !== 'intact') continue
      const same = digests.get(serial) ?? new Map<string, number>()
      digests.set(serial, same)
      if (!same.has(digest)) same.set(digest, at)
    }
  })
  return rows.map((row, at) => {
    const own = ownVerdict(row)
    if (!isVerdict(own)) return row
    const found: VerdictName[] = [own, ...unexpected(row, expectation)]
    const isRegistered = row.standing === 'stamp' || row.standing === 'specimen' || row.standing === 'suspect'
    for (const { serial, digest, integrity } of row.stamps) {
      if (integrity !== 'intact') continue
      const same = digests.get(serial)
      if ((same?.size ?? 0) > 1 && !isRegistered) found.push('duplicate_serial')
      if (same?.get(digest) !== at) found.push('duplicate_document')
    }
    const sameAs = row.stamps.flatMap(({ serial }) => files.get(serial) ?? []).find((file) => file !== row.file)
    const { sameAs: _, ...rest } = row
    return { ...rest, verdict: worst(found), ...(sameAs === undefined ? {} : { sameAs }) }
  })
}

/** What the file is by itself, whatever the others of an earlier list made of it. */
export function ownVerdict({ verdict, integrity, standing }: BatchRow): VerdictName | ErrorCode {
  if (standing === undefined) return verdict
  return verdictName({ standing, ...(integrity === undefined ? {} : { integrity }) })
}

function isVerdict(name: VerdictName | ErrorCode): name is VerdictName {
  return Object.hasOwn(verdictExits, name)
}

const worst = (names: readonly VerdictName[]): VerdictName =>
  names.toSorted((a, b) => severity.indexOf(a) - severity.indexOf(b))[0] ?? 'intact'

function unexpected({ stamps }: BatchRow, { documentType, between }: Expectation): VerdictName[] {
  const found: VerdictName[] = []
  for (const stamp of stamps) {
    if (documentType !== undefined && stamp.documentType !== documentType) found.push('type_differs')
    const day = stamp.stampedAt === undefined ? undefined : dayInJakarta(new Date(stamp.stampedAt))
    const isInside = between === undefined || (day !== undefined && between.first <= day && day <= between.last)
    if (!isInside) found.push('day_differs')
  }
  return found
}

/** `YYYY-MM-DD` in Jakarta (WIB), which has been seven hours ahead of UTC all year since 1964. */
function dayInJakarta(at: Date): string {
  return new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 10)
}

/** How a command ends on this row. */
export function exitCodeOf({ verdict }: Pick<BatchRow, 'verdict'>): number {
  return isVerdict(verdict) ? verdictExits[verdict] : errorList[verdict].exit
}

/** How a command ends on all of them: on the worst; what could not be checked comes after what is wrong in itself. */
export function worstExitCode(rows: readonly BatchRow[]): number {
  const unchecked = severity.indexOf('duplicate_serial') - 0.5
  let found = { rank: severity.length, exitCode: 0 }
  for (const row of rows) {
    const rank = isVerdict(row.verdict) ? severity.indexOf(row.verdict) : unchecked
    if (rank < found.rank) found = { rank, exitCode: exitCodeOf(row) }
  }
  return found.exitCode
}
