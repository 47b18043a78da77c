import type { RowResult } from '../../client/bulk/bulk-row.ts'
import type { Plan } from '../../client/bulk/plan.ts'
import type { Refusal } from '../../errors.ts'

/** Where the worker calls, and as whom. `account` parts one account's batches from another's on the same device. */
export type BulkPlace = { csrf: string | undefined; account: string; verifier: string }

/** What to stamp: the table where there is one, the documents, and the type and cost centre of those that the table gives none. */
export type BulkOrder = {
  table: File | undefined
  files: readonly File[]
  documentType: string
  tag: string | undefined
}

/** What is asked of the worker. `pin`: where the plan asks for it; used once and kept nowhere. */
export type ToBulk = { kind: 'plan'; order: BulkOrder; place: BulkPlace } | { kind: 'run'; pin: string | undefined }

/** What a batch would do. `asksPin`: some of it no person confirmed yet; `isKept`: whether this device remembers how far it is. */
export type PlanTold = {
  ready: number
  settled: RowResult[]
  quota: Plan['quota']
  ignored: string[]
  asksPin: boolean
  isResumed: boolean
  isKept: boolean
}

/** Why a table cannot be used at all; each has its sentence `massal.table.<problem>`. */
export type TableProblem = 'notTable' | 'empty' | 'no_file_column' | 'column_twice' | 'tooMany'

/** How a run ended: every row, why early where it did, and the stamped copies in archives. */
export type RunTold = { batchKey: string; results: RowResult[]; ended?: Refusal; archives: Blob[] }

/** What comes back. */
export type FromBulk =
  | { kind: 'looking'; done: number; total: number }
  | { kind: 'planned'; plan: PlanTold }
  | { kind: 'problem'; problem: TableProblem; column?: string }
  | { kind: 'progress'; done: number; total: number }
  | { kind: 'ended'; run: RunTold }
  | { kind: 'refused'; refusal: Refusal }
