import { z } from 'zod'

/** One file for the stamping process. The stamped file and a blank page with the same stamp are written where it says. */
export const stampingOrder = z.object({
  original: z.string(),
  stamped: z.string(),
  /** The stamp alone on a blank page of the same visible size, to compare the drawn page with. */
  blank: z.string(),
})
export type StampingOrder = z.infer<typeof stampingOrder>

/** What became of it. Sizes in points as seen, offsets in the stamped file. */
export const stampingResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({
    kind: z.literal('stamped'),
    milliseconds: z.number(),
    page: z.object({ width: z.number(), height: z.number() }),
    box: z.object({ left: z.number(), bottom: z.number(), width: z.number(), height: z.number() }),
    signatures: z.number(),
    warnings: z.array(z.string()),
    originalBytes: z.number(),
    /** End of the signed part: the first update. */
    signedEnd: z.number(),
    addedBytes: z.number(),
    toldBytes: z.number(),
    peakKilobytes: z.number(),
  }),
  z.object({
    kind: z.literal('refused'),
    milliseconds: z.number(),
    code: z.string(),
    problem: z.string(),
    peakKilobytes: z.number(),
  }),
])
export type StampingResult = z.infer<typeof stampingResult>
