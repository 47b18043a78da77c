import { z } from 'zod'
import { routes } from '../../base/receiver.ts'
import { confirmationPurposes, type ConfirmationPurpose } from '../../identity/confirmations.ts'
import { pinPattern } from '../../identity/pins.ts'
import { affixingsConfirmedMax, confirmedDocumentsMax } from '../../limits/people.ts'
import { proofResponse } from './authenticator-schemas.ts'
import { digest } from './schemas.ts'

const pin = z.string().regex(pinPattern).describe('Six digits')
const codeId = z.string().max(100).describe('Of POST /v1/pin/codes')
const code = z.string().max(20)

export const pinBody = z
  .object({
    pin,
    oldPin: pin.optional().describe('Where there is one already'),
    password: z.string().min(1).max(1_000).optional().describe('Your own, for the first PIN'),
  })
  .strict()

export const pinStateSchema = z.object({
  isSet: z.boolean(),
  lockedUntil: z.iso.datetime().optional(),
  coolingUntil: z.iso.datetime().optional().describe('After a reset by code: until then the PIN confirms nothing'),
})

export const pinCodeBody = z
  .object({
    purpose: z.enum(['pin_reset', 'affixing']).describe('affixing: for POST /v1/pin-confirmations without the PIN'),
    route: z.enum(routes),
  })
  .strict()

export const pinCodeAnswer = z.object({
  codeId: z.string(),
  expiresAt: z.iso.datetime(),
  resendAt: z.iso.datetime().describe('From then on another code may be asked for'),
  otherRoutes: z.boolean().describe('Offer another route'),
})

export const pinResetBody = z.object({ codeId, code, pin }).strict()

const confirmed = {
  purpose: z.enum(confirmationPurposes),
  sourceSha256s: z
    .array(digest)
    .max(confirmedDocumentsMax)
    .default([])
    .describe('The documents; none for key, members, money'),
  count: z
    .number()
    .int()
    .min(1)
    .max(confirmedDocumentsMax)
    .optional()
    .describe('Stamps it may spend; left out: one for each document'),
}

type Named = { purpose: ConfirmationPurpose; sourceSha256s: string[]; count?: number | undefined }

/** What no call could ever spend is a mistake of the caller's. */
function namesDocuments({ purpose, sourceSha256s, count }: Named): boolean {
  const documents = sourceSha256s.length
  if (purpose === 'key' || purpose === 'members' || purpose === 'money') return documents === 0 && (count ?? 1) === 1
  if (purpose === 'batch') return documents > 0
  const allOnce = new Set(sourceSha256s).size === documents && (count ?? documents) === documents
  return documents > 0 && documents <= affixingsConfirmedMax && allOnce
}
const asNamed = {
  path: ['sourceSha256s'],
  message: `affixing: 1 to ${affixingsConfirmedMax} different documents and as many stamps; batch: at least one; key, members, money: none`,
}

/** By PIN; or, for one affixing, by password and one-time code, or by passkey. */
export const confirmationBody = z.union([
  z
    .object({ pin, ...confirmed })
    .strict()
    .refine(namesDocuments, asNamed),
  z
    .object({ password: z.string().min(1).max(1_000), codeId, code, ...confirmed })
    .strict()
    .refine(namesDocuments, asNamed),
  z
    .object({ passkey: z.object({ challengeId: z.string().max(100), response: proofResponse }).strict(), ...confirmed })
    .strict()
    .refine(namesDocuments, asNamed),
])

export const passkeyProofQuestion = z.object({
  challengeId: z.string().describe('chl_..., good once and for five minutes'),
  options: z.record(z.string(), z.unknown()).describe('PublicKeyCredentialRequestOptionsJSON'),
})

/** Where a session calls what takes a PIN; a key needs none. */
export const authorizationField = z
  .string()
  .max(100)
  .optional()
  .describe('Where a session calls: of POST /v1/pin-confirmations')

export const confirmationAnswer = z.object({
  authorization: z.string().describe('Good for one use'),
  expiresAt: z.iso.datetime(),
})
