import { z } from 'zod'

/** What a hunting process is told: which files are its own, and where it writes the number of the one it is at. */
export const hunt = z.object({
  seed: z.number(),
  first: z.number(),
  step: z.number(),
  end: z.number(),
  corpus: z.string().optional(),
  /** Path of a file of four bytes: the number, -1 between two files. Read by the parent when no more is heard. */
  at: z.string(),
})
export type Hunt = z.infer<typeof hunt>

/** What it tells: a failure at once, tallies now and then, and that it is through. */
export const tidings = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('failed'), number: z.number(), problem: z.string() }),
  z.object({ kind: z.literal('slow'), number: z.number(), milliseconds: z.number() }),
  z.object({ kind: z.literal('ran'), files: z.number(), outcomes: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal('done') }),
])
export type Tidings = z.infer<typeof tidings>
