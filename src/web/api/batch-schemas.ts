import { z } from 'zod'
import { batchStates } from '../../affixing/batches/batch.ts'
import { listItemsMax } from '../../limits/traffic.ts'
import { batchItemsAtOnceMax, batchNameLengthMax, textLengthMax } from '../../limits/stamping.ts'
import { authorizationField } from './pin-schemas.ts'
import { costCentre, refusedAs, reserveBody } from './schemas.ts'

/** One line of text, as people name things. */
const line = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), refusedAs('text_unusable'))

export const batchItemBody = reserveBody
  .omit({ additional: true, batchItem: true })
  .extend({ clientReference: line(textLengthMax).describe('Names the document in the batch, once; no personal data') })
  .strict()

/** Opening and letting pass have no body. */
export const confirmedHeaders = z.object({
  'x-pin-authorization': authorizationField.describe(
    'Where a session calls: of POST /v1/pin-confirmations, purpose batch, for the digests of all its documents',
  ),
})

export const batchItemsBody = z.object({ items: z.array(batchItemBody).min(1).max(batchItemsAtOnceMax) }).strict()

export const batchBody = z
  .object({
    name: line(batchNameLengthMax),
    tag: costCentre.describe('The cost centre of documents whose facts name none'),
    items: z.array(batchItemBody).max(batchItemsAtOnceMax).default([]),
  })
  .strict()

export const batchSchema = z.object({
  id: z.string().describe('bat_ and 32 hex characters'),
  name: z.string(),
  tag: z.string().optional(),
  state: z.enum(batchStates),
  items: z.number().int(),
  counts: z
    .object({ waiting: z.number().int(), reserved: z.number().int(), affixed: z.number().int() })
    .describe('Documents without a reservation, with one, and with a stamp'),
  sumRupiah: z.string().describe('Of all its stamps, digits'),
  quota: z
    .object({ needed: z.number().int(), available: z.number().int(), missing: z.number().int() })
    .describe('What the documents that wait still take'),
  makers: z.array(z.string()).describe('key:key_... or person:per_...: none of them can approve it'),
  approvedBy: z.string().optional(),
  createdAt: z.iso.datetime(),
  openedAt: z.iso.datetime().optional(),
  confirmedAt: z.iso
    .datetime()
    .optional()
    .describe('A person confirmed its documents: a session reserves them without an authorization of their own'),
  endedAt: z.iso.datetime().optional(),
})

export const batchSummary = batchSchema.omit({ counts: true, quota: true })

export const batchList = z.object({ items: z.array(batchSummary), nextCursor: z.string().nullable() })

const addedSchema = z.object({
  clientReference: z.string(),
  itemId: z.string().optional().describe('bit_...: for batchItem of POST /v1/affixings'),
  problem: z
    .object({ code: z.string(), detail: z.string() })
    .catchall(z.union([z.string(), z.number()]))
    .optional()
    .describe('Why the document is not part of the batch'),
})

export const itemsAdded = z.object({ items: z.array(addedSchema) })

export const batchMade = batchSchema.extend({ added: z.array(addedSchema) })

export const batchItemSchema = z.object({
  id: z.string(),
  clientReference: z.string(),
  documentType: z.string(),
  sourceSha256: z.string(),
  state: z.enum(['waiting', 'reserved', 'affixed']),
  affixingId: z.string().optional(),
  serial: z.string().optional(),
})

export const batchItemList = z.object({ items: z.array(batchItemSchema), nextCursor: z.string().nullable() })

export const pageQuery = z
  .object({
    cursor: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(listItemsMax).default(50),
  })
  .strict()
