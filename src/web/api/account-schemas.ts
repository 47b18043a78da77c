import { z } from 'zod'
import { languages } from '../../base/text.ts'
import { accountKinds, proofingStates } from '../../identity/account-identity.ts'
import { organisationPapers } from '../../identity/papers/paper-kinds.ts'
import { roles } from '../../identity/roles.ts'
import { listItemsMax } from '../../limits/traffic.ts'
import { identityBody, identitySchema, personName, typedPassword } from './registration-schemas.ts'
import { noticeSettings } from './session-schemas.ts'

export const accountSchema = z.object({
  id: z.string(),
  testAccount: z.string().describe('acc_...: its test twin, which test keys spend from'),
  kind: z.enum(accountKinds),
  proofing: z.enum(proofingStates).describe('Whether it is proven who holds it; until then few stamps may be used'),
  createdAt: z.iso.datetime(),
  role: z.enum(roles).optional().describe('Of the person who asks'),
  person: z
    .object({
      id: z.string(),
      name: z.string(),
      email: z.string().optional(),
      phone: z.string().optional(),
      language: z.enum(languages),
    })
    .optional(),
  identity: identitySchema.optional().describe('Shown to owners who signed in'),
  hasPhoto: z.boolean().optional(),
  papers: z.array(z.enum(organisationPapers)).optional().describe('Papers of the organisation that lie here'),
})

export const accountBody = z
  .object({
    name: personName.optional().describe('Your own name'),
    language: z.enum(languages).optional(),
    identity: identityBody.optional().describe('Of the account; while it is neither proven nor waiting'),
  })
  .strict()

export const closeBody = z
  .object({
    password: typedPassword,
    loseQuota: z.boolean().default(false).describe('Closes it although stamps are left, which are lost'),
  })
  .strict()

export const exportAnswer = z.object({
  exportedAt: z.iso.datetime(),
  account: z.object({
    id: z.string(),
    testAccount: z.string(),
    kind: z.enum(accountKinds),
    proofing: z.enum(proofingStates),
    createdAt: z.iso.datetime(),
  }),
  identity: identitySchema.optional(),
  photo: z.object({ type: z.string(), base64: z.string() }).optional(),
  papers: z.array(z.object({ paper: z.enum(organisationPapers), type: z.string(), base64: z.string() })),
  person: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().optional(),
    phone: z.string().optional(),
    language: z.enum(languages),
    createdAt: z.iso.datetime(),
  }),
  notices: noticeSettings,
  accounts: z.array(z.object({ id: z.string(), role: z.string() })),
  sessions: z.array(
    z.object({ id: z.string(), device: z.string(), startedAt: z.iso.datetime(), seenOn: z.iso.date() }),
  ),
  consents: z.array(z.object({ document: z.string(), version: z.string(), agreedAt: z.iso.datetime() })),
  reads: z.array(z.object({ actor: z.string(), at: z.iso.datetime() })),
})

export const accessLogAnswer = z.object({
  items: z.array(z.object({ actor: z.string().describe('Who looked, by id'), at: z.iso.datetime() })).max(listItemsMax),
})
