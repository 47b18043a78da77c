import { z } from 'zod'

/** What the bench asks of the load generator. */
export type LoadOrder =
  | {
      kind: 'load'
      /** Services; the clients are spread over them evenly. */
      urls: readonly string[]
      /** API keys: every affixing draws one. */
      keys: readonly string[]
      clients: number
      warmSeconds: number
      seconds: number
      /** Remember every acknowledged signature, for `fetch`. */
      keep: boolean
    }
  | { kind: 'fetch'; urls: readonly string[] }

/** Whole affixings that ended in the measured time; latencies in milliseconds. */
export const loadResult = z.object({
  kind: z.literal('measured'),
  affixings: z.number(),
  seconds: z.number(),
  p50: z.number(),
  p99: z.number(),
  failures: z.number(),
  firstFailure: z.string().optional(),
})
export type LoadResult = z.infer<typeof loadResult>

/** Acknowledged signatures asked for again: how many, and how many were not there as acknowledged. */
export const fetchResult = z.object({ kind: z.literal('fetched'), asked: z.number(), missing: z.number() })
export type FetchResult = z.infer<typeof fetchResult>

/** What the generator tells: `measuring` when the clocks are to be read, then its result. */
export const loadNews = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('measuring') }),
  z.object({ kind: z.literal('ended') }),
  loadResult,
  fetchResult,
])

/** One ceiling: so many callers doing the work of one affixing each, again and again. */
export type CeilingOrder = { seconds: number; callers: number; databaseUrl: string } & (
  | { kind: 'signatures' | 'containers'; keyAlgorithm: 'ec-p256' | 'rsa-2048' }
  | { kind: 'statements'; keys: readonly string[] }
)
/** How many a second, and the processor time of one, without the database's. */
export const ceilingResult = z.object({ perSecond: z.number(), processorMicroseconds: z.number() })
export type CeilingResult = z.infer<typeof ceilingResult>
