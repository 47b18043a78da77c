import { z } from 'zod'
import { registryStandings } from '../../stamp/check/verdict.ts'
import { affixingStates, releaseReasons } from '../../affixing/affixing.ts'
import { costCentreForm } from '../../base/cost-centre.ts'
import type { ErrorCode } from '../../errors.ts'
import { listItemsMax } from '../../limits/traffic.ts'
import { checkItemsMax, costCentreLengthMax, pagesMax, pdfBytesMax, textLengthMax } from '../../limits/stamping.ts'
import { documentTypeSlugs } from '../../stamp/document-types.ts'

/** Makes a failed rule answer with its own code instead of `request_malformed`. */
export function refusedAs(code: ErrorCode): { params: { refusal: ErrorCode } } {
  return { params: { refusal: code } }
}

/** Text of so many characters at most that PostgreSQL, PDF and JSON can all hold: no NUL, no half of a surrogate pair. */
export const textOf = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), refusedAs('text_unusable'))

const text = textOf(textLengthMax)

/** A digest as it stands everywhere in the API. */
export const digest = z
  .string()
  .refine((value) => /^[0-9a-f]{64}$/.test(value), refusedAs('digest_malformed'))
  .meta({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 in 64 lower-case hex characters' })

const day = z.iso.date().describe('Date on the document, YYYY-MM-DD')

/** A cost centre of the account's, as orders, batches and affixings carry it. */
export const costCentre = z
  .string()
  .regex(costCentreForm)
  .max(costCentreLengthMax)
  .optional()
  .describe('A cost centre of yours')

export const factsSchema = z
  .object({
    documentType: z.enum(documentTypeSlugs).describe('Slug of GET /v1/document-types'),
    number: text.default('0').describe('Number of the document, "0" where it has none'),
    date: day.optional(),
    fileName: text.optional(),
    valueRupiah: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional()
      .describe('Whole rupiah, digits'),
    identityType: z.enum(['KTP', 'NPWP', 'PASSPORT']).optional(),
    identityNumber: text.optional().describe('KTP 16 digits, NPWP 15 or 16, PASSPORT up to 20 letters and digits'),
    payerName: text.optional(),
    location: text.optional().describe('City shown in the signature'),
    tag: costCentre,
  })
  .strict()
  .superRefine((facts, context) => {
    const pattern = { KTP: /^\d{16}$/, NPWP: /^\d{15,16}$/, PASSPORT: /^[0-9A-Z]{1,20}$/ }
    if ((facts.identityType === undefined) !== (facts.identityNumber === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['identityNumber'],
        message: 'identityType and identityNumber go together',
      })
    } else if (facts.identityType !== undefined && !pattern[facts.identityType].test(facts.identityNumber ?? '')) {
      context.addIssue({
        code: 'custom',
        path: ['identityNumber'],
        message: `not the form of a ${facts.identityType} number`,
      })
    }
  })

const length = z.number().finite().describe('In the unit of the placement')
const pageNumber = z.number().int().min(1).max(pagesMax)

export const placementSchema = z
  .object({ page: pageNumber, left: length, bottom: length, width: length, height: length, unit: z.enum(['pt', 'mm']) })
  .strict()
  .describe('On the page as seen (after CropBox, Rotate, UserUnit); origin bottom-left of the visible page')

const authorization = z
  .string()
  .max(100)
  .optional()
  .describe('Where a session calls: of POST /v1/pin-confirmations, for one new reservation')

/** Names the paid order whose intent this affixing is. */
const intent = z
  .string()
  .max(100)
  .optional()
  .describe('ord_...: the paid order that is for just this; instead of an authorization')

/** One affixing, as a reservation and an order's intent name it. */
const affixingWish = {
  facts: factsSchema,
  placement: placementSchema,
  sourceSha256: digest,
  sourceLength: z
    .number()
    .int()
    .refine((bytes) => bytes > 0, refusedAs('file_empty'))
    .refine((bytes) => bytes <= pdfBytesMax, refusedAs('file_too_large')),
  pageCount: pageNumber,
  additional: z.boolean().default(false).describe('Another stamp on a document that has one already'),
}

/** What an order is for. */
export const intentBody = z.object({ ...affixingWish, authorization }).strict()
/** The same as it is shown, and as it is kept. */
export const intentContent = z.object(affixingWish)

export const reserveBody = z
  .object({
    ...affixingWish,
    authorization,
    intent,
    batchItem: z.string().max(100).optional().describe('bit_...: the document of an open batch that this is for'),
  })
  .strict()

/** The `facts` part of POST /v1/stampings and the `facts` parameter of PUT. */
export const stampingFacts = z
  .object({
    facts: factsSchema,
    placement: placementSchema.extend({ page: z.union([pageNumber, z.literal('last')]) }),
    additional: z.boolean().default(false),
    authorization,
    intent,
  })
  .strict()
export type StampingFacts = z.output<typeof stampingFacts>

export const signatureBody = z.object({ digest }).strict()

const base64 = z.string().describe('base64 of DER')

const validationSchema = z.object({ certs: z.array(base64), ocsps: z.array(base64), crls: z.array(base64) })

const recipeSchema = z.object({
  format: z.literal(1),
  pictureVersion: z.literal(1),
  artworkSha256: z.string().nullable(),
  sourceSha256: z.string(),
  sourceLength: z.number().int(),
  placement: placementSchema,
  documentType: z.string(),
  reason: z.string(),
  location: z.string(),
  serial: z.string(),
  checkUrl: z.string(),
  specimen: z.boolean(),
  signedAt: z.string(),
  seed: z.string(),
  signerKeyId: z.string(),
  contentsBytes: z.number().int(),
  profile: z.literal('B-LT'),
})

const affixingFields = {
  id: z.string().describe('afx_ and 32 hex characters'),
  state: z.enum(affixingStates),
  serial: z.string().describe('22 of [0-9A-Z]'),
}

export const affixingSchema = z.object({
  ...affixingFields,
  recipe: recipeSchema,
  facts: factsSchema,
  pageCount: z.number().int(),
  additional: z.boolean(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  affixedAt: z.iso.datetime().optional(),
  releasedAt: z.iso.datetime().optional(),
  releaseReason: z.enum(releaseReasons).optional(),
  digest: z.string().optional(),
  signature: base64.optional(),
  validation: validationSchema.optional(),
})

export const signatureAnswer = z.object({
  ...affixingFields,
  digest: z.string(),
  signature: base64,
  validation: validationSchema,
})

export const waitingAnswer = z.object({ ...affixingFields, expiresAt: z.iso.datetime() })

export const affixingList = z.object({ items: z.array(affixingSchema), nextCursor: z.string().nullable() })

export const listQuery = z
  .object({
    cursor: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(listItemsMax).default(50),
    sourceSha256: digest.optional(),
    state: z.enum(affixingStates).optional(),
  })
  .strict()

export const quotaAnswer = z.object({
  available: z.number().int(),
  reserved: z.number().int(),
  spent: z.number().int(),
  ledger: z.enum(['stamps', 'specimens']),
  specimen: z.boolean().describe('Stamps made with this key are specimens'),
})

export const documentTypesAnswer = z.object({
  items: z.array(z.object({ slug: z.string(), code: z.string(), name: z.string() })),
})

export const checksBody = z
  .object({
    items: z
      .array(z.object({ serial: z.string().regex(/^[0-9A-Z]{22}$/), digest }).strict())
      .min(1)
      .max(checkItemsMax),
  })
  .strict()

export const checksAnswer = z.object({
  items: z.array(
    z.object({
      serial: z.string(),
      digest: z.string(),
      standing: z.enum(registryStandings),
      pictureSha256: z.string().optional().describe('SHA-256 of the picture this serial number must show'),
      sourceLength: z.number().int().optional().describe('With other_document: bytes of the document that was stamped'),
      contentsBytes: z
        .number()
        .int()
        .optional()
        .describe('With other_document: room for the CMS in the stamped document'),
    }),
  ),
})

export const trustBundleAnswer = z.object({
  format: z.literal(1),
  service: z.string().describe('Public address of the service'),
  issuedAt: z.iso.datetime(),
  validUntil: z.iso.datetime().describe('Fetch a newer one before'),
  roots: z.array(z.object({ certificate: base64, standing: z.enum(['stamp', 'specimen']) })),
  crls: z.array(base64).describe('Revocation lists of the authorities below the roots'),
  signature: base64.describe('Detached CMS over the JSON text of all other fields, in this order and without spaces'),
})

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
  })
  .catchall(z.union([z.string(), z.number()]))
  .describe('RFC 9457 problem; code is one of docs/errors.md')
