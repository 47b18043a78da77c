import type { Refusal } from '../errors.ts'
import type { CheckReport, Trust } from '../stamp/check/report.ts'

/** To the process that reads files: first whom to trust, then one path after the other. */
export type ToVerifyProcess = { kind: 'trust'; trust: Trust } | { kind: 'check'; path: string }

/** What became of one file; `refused` says why it could not be checked. */
export type FileChecked = { kind: 'checked'; report: CheckReport } | { kind: 'refused'; refusal: Refusal }

/** From it: `ready` once, then an answer for each path. */
export type FromVerifyProcess = { kind: 'ready' } | FileChecked
