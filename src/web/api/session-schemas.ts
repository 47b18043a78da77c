import { z } from 'zod'
import { languages } from '../../base/text.ts'
import { noticeRoutes } from '../../identity/notice-choices.ts'
import { roles } from '../../identity/roles.ts'
import { proofResponse } from './authenticator-schemas.ts'
import { codeGiven, codeRoute, typedContact, typedPassword } from './registration-schemas.ts'

const identifier = typedContact.describe('E-mail or phone')

const totp = z
  .string()
  .max(20)
  .optional()
  .describe('A code of the authenticator app, or a recovery code, where one is set up')

export const signInBody = z.union([
  z.object({ identifier, password: typedPassword, totp }).strict(),
  z.object({ identifier, ...codeGiven, totp }).strict(),
  z.object({ challengeId: z.string().max(100), response: proofResponse }).strict(),
])

export const entryCodeBody = z.object({ identifier, route: codeRoute }).strict()

export const resetBody = z.object({ identifier, ...codeGiven, password: typedPassword }).strict()

export const passwordBody = z.object({ oldPassword: typedPassword, password: typedPassword }).strict()

export const contactCodeBody = z
  .object({ contact: typedContact.describe('The new e-mail or phone'), route: codeRoute })
  .strict()

export const contactBody = z.object({ ...codeGiven, password: typedPassword }).strict()

export const contactAnswer = z.object({ email: z.string().optional(), phone: z.string().optional() })

export const currentSession = z.object({
  id: z.string(),
  person: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().optional(),
    phone: z.string().optional(),
    language: z.enum(languages),
    coolingUntil: z.iso.datetime().optional().describe('Until then nothing that moves money, keys or whole batches'),
  }),
  account: z.string().nullable().describe('acc_...: what calls act for that name no other in X-Account'),
  accounts: z.array(z.object({ id: z.string(), role: z.enum(roles) })),
  csrfToken: z.string().describe('Send it as X-CSRF-Token with every call that changes something'),
})

export const chooseAccountBody = z.object({ account: z.string().describe('acc_...') }).strict()

export const sessionList = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      device: z.string().describe('Browser and system, as far as they say'),
      startedAt: z.iso.datetime(),
      seenOn: z.iso.date().describe('The last day, of Jakarta, it was used'),
      current: z.boolean(),
    }),
  ),
})

export const sessionsEnded = z.object({ ended: z.number().int() })

const ways = z
  .array(z.enum(noticeRoutes))
  .max(noticeRoutes.length)
  .describe('Which contacts hear of it; none: it is not told. A way whose contact is gone counts as not chosen.')
/** By which contacts a person hears of each topic. */
export const noticeSettings = z.object({
  purchases: ways.describe('Orders that were paid or ran out, and money that goes back'),
  batches: ways.describe('Batches that are finished'),
  identity: ways.describe('Whether it is proven who holds the account'),
  webhooks: ways.describe('A webhook that was switched off because it took nothing'),
})
