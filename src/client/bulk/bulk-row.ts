import type { ErrorCode, Refusal } from '../../errors.ts'
import type { WantedPlace } from '../choose-place.ts'
import type { DocumentDetails } from '../affixing-answer.ts'
import type { CellProblem } from './sheet-values.ts'

/** Where a stamp is wanted; beside a text of the page where one is named. */
export type BulkPlace = WantedPlace & { anchor?: string | undefined }

/** What holds for every row that does not say otherwise. */
export type BulkCommon = {
  facts: Partial<Pick<DocumentDetails, 'documentType' | 'number' | 'date' | 'location'>>
  place: BulkPlace
}

/** One document to stamp. `row` is its line in the table, or its place in the folder, from 1; `file` as it was written. */
export type BulkRow = { row: number; file: string; facts: DocumentDetails; place: BulkPlace }

/** A cell that cannot be taken. `column` is the heading as it was written. */
export type WrongCell = { row: number; file: string; column: string; problem: CellProblem; value: string }

/** What became of a row, or what would. */
export type RowState = 'ready' | 'stamped' | 'stamped_before' | 'refused' | 'left'

/**
 * One row of the report. `ready`: it can be stamped. `stamped_before`: in an earlier run of this batch. `left`: not begun, because the run
 * ended early. `refused` says why in `refusal`.
 */
export type RowResult = {
  row: number
  file: string
  state: RowState
  refusal?: Refusal
  /** What else is wrong with it. */
  others?: Refusal[]
  serial?: string
  affixingId?: string
  output?: string
}

/** The results of rows with wrong cells, one a row. */
export function wrongRows(wrong: readonly WrongCell[]): RowResult[] {
  const results = new Map<number, RowResult>()
  for (const cell of wrong) {
    const refusal: Refusal = { code: 'cell_malformed', values: cell }
    const { row, file } = cell
    const known = results.get(row)
    if (known === undefined) results.set(row, { row, file, state: 'refused', refusal })
    else results.set(row, { ...known, others: [...(known.others ?? []), refusal] })
  }
  return [...results.values()]
}

/** Refusals after which no other row would fare better: the run ends, and goes on when they are gone. */
export const endingRefusals = [
  'quota_empty',
  'too_many_open',
  'too_many_releases',
  'key_limit_reached',
  'member_limit_reached',
  'account_frozen',
  'unauthenticated',
  'issuer_not_configured',
  'batch_waiting',
  'batch_state',
  'overloaded',
  'timestamp_unavailable',
  'service_unreachable',
] as const satisfies readonly ErrorCode[]

/** Whether a run ends with it. */
export function endsRun({ code }: Refusal): boolean {
  return endingRefusals.some((each) => each === code)
}
