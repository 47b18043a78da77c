import { semicolonRecord } from '../../base/csv.ts'
import type { Refusal } from '../../errors.ts'
import type { RowResult } from './bulk-row.ts'

const columns = ['row', 'file', 'state', 'serial', 'affixing_id', 'output', 'code', 'reason'] as const

/** How every report begins. Spreadsheets take a text for UTF-8 when it begins with its mark. */
export const reportHeading = `\u{feff}${semicolonRecord(columns)}`

/** All that is wrong with a row. */
export function refusalsOf({ refusal, others = [] }: RowResult): Refusal[] {
  return [...(refusal === undefined ? [] : [refusal]), ...others]
}

/** The table of all rows, the same from every way in. `say`: a refusal of a row in words. */
export function reportText(results: readonly RowResult[], say: (refusal: Refusal, of: RowResult) => string): string {
  const records = results.map((result) =>
    semicolonRecord([
      String(result.row),
      result.file,
      result.state,
      result.serial ?? '',
      result.affixingId ?? '',
      result.output ?? '',
      result.refusal?.code ?? '',
      refusalsOf(result)
        .map((refusal) => say(refusal, result))
        .join(' '),
    ]),
  )
  return reportHeading + records.join('')
}
