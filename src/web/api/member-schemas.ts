import { z } from 'zod'
import { roles } from '../../identity/roles.ts'
import { authorizationField } from './pin-schemas.ts'
import { codeRoute, typedContact } from './registration-schemas.ts'

const limits = {
  stampsPerMonth: z.number().int().min(0).max(1_000_000_000).nullable().optional().describe('null: no limit'),
  orderLimitRupiah: z
    .string()
    .regex(/^\d{1,15}$/)
    .nullable()
    .optional()
    .describe('Whole rupiah in one order, digits; null: no limit'),
}

export const inviteBody = z
  .object({
    contact: typedContact.describe('E-mail or phone'),
    route: codeRoute,
    role: z.enum(roles),
    ...limits,
    authorization: authorizationField.describe('For all but a reader: of POST /v1/pin-confirmations, purpose members'),
  })
  .strict()

export const memberBody = z
  .object({
    role: z.enum(roles).optional(),
    ...limits,
    authorization: authorizationField.describe(
      'For a higher role, a wider limit, or an owner fewer: of POST /v1/pin-confirmations, purpose members',
    ),
  })
  .strict()

export const removeHeaders = z.object({
  'x-pin-authorization': authorizationField.describe('For an owner: of POST /v1/pin-confirmations, purpose members'),
})

const shownLimits = {
  role: z.enum(roles),
  stampsPerMonth: z.number().int().nullable(),
  orderLimitRupiah: z.string().nullable(),
}

export const memberSchema = z.object({
  id: z.string().describe('per_...'),
  name: z.string(),
  ...shownLimits,
  since: z.iso.datetime(),
  self: z.boolean(),
})

export const invitationSchema = z.object({
  id: z.string().describe('inv_...'),
  account: z.string().describe('acc_...'),
  contact: z.string().describe('As it was invited; masked for whoever is invited'),
  ...shownLimits,
  expiresAt: z.iso.datetime(),
})

export const memberList = z.object({ items: z.array(memberSchema), invitations: z.array(invitationSchema) })
export const invitationList = z.object({ items: z.array(invitationSchema) })
