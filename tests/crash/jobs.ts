import { createHash, randomUUID } from 'node:crypto'
import type { Random } from '../../bench/fuzz/random.ts'
import { samplePdf } from '../support/pdf-samples.ts'
import type { CrashAccount } from './world.ts'

/**
 * What a client is about. `twice`: two callers with one key at once; `contest`: signed and cancelled at once; `leave`:
 * reserved and forgotten; `lost` and `stampLost`: a client that never comes back after its first call without an answer.
 */
export const jobKinds = [
  'affix',
  'twice',
  'cancel',
  'contest',
  'leave',
  'lost',
  'stamp',
  'stampTwice',
  'stampLost',
] as const
export type JobKind = (typeof jobKinds)[number]

/** What the service acknowledged; once said it must stand for ever. */
export type Acknowledged = {
  id?: string
  serial?: string
  /** The container, base64. */
  signature?: string
  /** Validation data as JSON. */
  validation?: string
  /** SHA-256 of the stamped file. */
  document?: string
  released?: string
  refused?: string
}

/** One affixing that a client wants, with all that was heard of it. */
export type Job = {
  kind: JobKind
  account: CrashAccount
  key: string
  /** What is signed over; for an upload the file. */
  content: Buffer
  digest: string
  sourceSha256: string
  /** When it begins after the round does, ms. */
  startsAt: number
  acknowledged: Acknowledged
  /** Every answer, for whoever looks into a failure. */
  history: string[]
  problems: string[]
}

/** How many of each kind a round has. */
const mix: Readonly<Record<JobKind, number>> = {
  affix: 10,
  twice: 2,
  cancel: 3,
  contest: 3,
  leave: 2,
  lost: 4,
  stamp: 2,
  stampTwice: 1,
  stampLost: 1,
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The jobs of a round: half of them of the hot account, beginning when the seed decides; uploads cost most and are not in every round. */
export function makeJobs(
  accounts: readonly CrashAccount[],
  random: Random,
  how: { spreadMilliseconds: number; uploads: boolean },
): Job[] {
  const [hot] = accounts
  if (hot === undefined) throw new Error('no account')
  const kinds = jobKinds.filter((kind) => how.uploads || !kind.startsWith('stamp'))
  return kinds.flatMap((kind) =>
    Array.from({ length: mix[kind] }, () => {
      const isUpload = kind.startsWith('stamp')
      const content = Buffer.from(isUpload ? samplePdf({ trailer: `/Nama (${randomUUID()})` }) : randomUUID())
      return {
        kind,
        account: random.onceIn(2) ? hot : random.pick(accounts),
        key: randomUUID(),
        content,
        digest: sha256(content),
        sourceSha256: isUpload ? sha256(content) : sha256(Buffer.from(`source of ${content.toString()}`)),
        startsAt: random.below(how.spreadMilliseconds),
        acknowledged: {},
        history: [],
        problems: [],
      }
    }),
  )
}

/** Keeps what the service said; what it said before must be the same. */
export function acknowledge(job: Job, said: Acknowledged): void {
  for (const name of ['id', 'serial', 'signature', 'validation', 'document', 'released', 'refused'] as const) {
    const value = said[name]
    if (value === undefined) continue
    const before = job.acknowledged[name]
    if (before !== undefined && before !== value)
      job.problems.push(`${name} was ${before.slice(0, 60)} and is now ${value.slice(0, 60)}`)
    job.acknowledged[name] = value
  }
}
