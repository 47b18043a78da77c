import { z } from 'zod'
import { languages } from '../../base/text.ts'
import { routes } from '../../base/receiver.ts'
import { accountKinds, proofingStates } from '../../identity/account-identity.ts'
import { contactKinds } from '../../identity/contacts.ts'
import { nikWarnings } from '../../identity/nik.ts'
import { organisationPapers } from '../../identity/papers/paper-kinds.ts'
import { consentDocuments } from '../../identity/registered-accounts.ts'
import { registrationSteps } from '../../identity/registration-draft.ts'
import { addressLengthMax, nameLengthMax, passwordBytesMax } from '../../limits/people.ts'
import { refusedAs } from './schemas.ts'

/** Text of one line or several that people, PostgreSQL and JSON can all read. */
const personalText = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value.replaceAll('\n', ' ')), refusedAs('text_unusable'))

/** A name as it stands in receipts and messages. */
export const personName = personalText(nameLengthMax)

/** Digits, however they were grouped. */
const digits = (pattern: RegExp, what: string) =>
  z
    .string()
    .max(40)
    .transform((value) => value.replaceAll(/[\s.-]/g, ''))
    .refine((value) => pattern.test(value), what)

/** What is known of a holder; every field may be left out, and emptied by null. */
export const identityBody = z
  .object({
    name: personName.nullish(),
    nik: digits(/^\d{16}$/, 'a NIK has 16 digits').nullish(),
    npwp: digits(/^\d{15,16}$/, 'an NPWP has 15 or 16 digits').nullish(),
    nib: digits(/^\d{13}$/, 'a NIB has 13 digits').nullish(),
    address: personalText(addressLengthMax).nullish(),
    birthDate: z.iso.date().nullish(),
    personInCharge: personName.nullish(),
  })
  .strict()

export const identitySchema = z.object({
  name: z.string().optional(),
  nik: z.string().optional(),
  npwp: z.string().optional(),
  nib: z.string().optional(),
  address: z.string().optional(),
  birthDate: z.string().optional(),
  personInCharge: z.string().optional(),
})

/** As typed; what makes it weak has a refusal of its own. */
export const typedPassword = z.string().min(1).max(passwordBytesMax)
/** As typed; what is neither an e-mail nor a phone is refused by `receiver_malformed`. */
export const typedContact = z.string().min(1).max(300)
/** A way a code may come; e-mail for an e-mail, else SMS where it is left out. */
export const codeRoute = z.enum(routes).optional().describe('SMS where a phone is asked and nothing is said')

export const codeGiven = { codeId: z.string().describe('otp_...'), code: z.string().min(1).max(40) }

export const codeSentAnswer = z.object({
  codeId: z.string(),
  expiresAt: z.iso.datetime(),
  resendAt: z.iso.datetime().describe('When the next one may be asked for'),
  otherRoutes: z.boolean().describe('Codes on this route went unanswered: offer another'),
})

export const registrationBegun = z.object({
  id: z.string(),
  token: z.string().describe('rt_...: send it as Authorization: Bearer; shown here only'),
  expiresAt: z.iso.datetime(),
})

export const registrationBody = z
  .object({
    ownerType: z.enum(accountKinds).optional(),
    identity: identityBody.optional(),
    email: typedContact.optional(),
    phone: typedContact.optional(),
    password: typedPassword.optional(),
    language: z.enum(languages).optional(),
  })
  .strict()

export const registrationSchema = z.object({
  id: z.string(),
  ownerType: z.enum(accountKinds).optional(),
  identity: identitySchema,
  email: z.string().optional(),
  phone: z.string().optional(),
  emailProven: z.boolean(),
  phoneProven: z.boolean(),
  hasPassword: z.boolean(),
  hasPhoto: z.boolean(),
  papers: z.array(z.enum(organisationPapers)).describe('Papers of an organisation that lie here'),
  missing: z.array(z.enum(registrationSteps)).describe('What it cannot be completed without; contact: a proven one'),
  warnings: z.array(z.enum(nikWarnings)).describe('What does not look right about the NIK; nothing of it refuses'),
  consent: z.object({ terms: z.string(), privacy: z.string() }).describe('Versions that completing agrees to'),
  expiresAt: z.iso.datetime(),
})

export const registrationCodeBody = z.object({ kind: z.enum(contactKinds), route: codeRoute }).strict()
export const registrationProofBody = z.object(codeGiven).strict()

export const completeBody = z
  .object({
    consent: z
      .object({ terms: z.literal(consentDocuments.terms), privacy: z.literal(consentDocuments.privacy) })
      .strict()
      .describe('The versions that were shown, as the registration tells them'),
  })
  .strict()

export const anotherAccountBody = completeBody
  .extend({ ownerType: z.enum(accountKinds), identity: identityBody.extend({ name: personName }) })
  .strict()

export const registeredAnswer = z.object({
  account: z.object({ id: z.string(), proofing: z.enum(proofingStates) }),
  person: z.object({ id: z.string() }),
  session: z.object({ id: z.string() }),
  csrfToken: z.string().describe('Send it as X-CSRF-Token with every call that changes something'),
})
