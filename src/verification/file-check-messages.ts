import type { Refusal } from '../errors.ts'
import type { FileChecked } from '../stamp/check/check-bytes.ts'
import type { Trust } from '../stamp/check/report.ts'
import type { Suggestions } from '../client/suggestions.ts'
import type { DocumentFacts } from '../stamp/pdf/document-facts.ts'

/** To the process that reads files: first whom to trust, then one path after the other, to be checked or looked at. */
export type ToFileCheck = { kind: 'trust'; trust: Trust } | { kind: 'check' | 'look'; path: string }

/** What stamping needs to know about a file, and what it suggests; `refused` says why it cannot be stamped. */
export type FileLookedAt =
  | { kind: 'looked'; document: DocumentFacts; suggested: Suggestions }
  | { kind: 'refused'; refusal: Refusal }

/** From it: `ready` once, then an answer for each path. */
export type FromFileCheck = { kind: 'ready' } | FileChecked | FileLookedAt
