import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { z } from 'zod'
import { typedPassword } from './registration-schemas.ts'

/** Base64url of at most so many bytes' worth: answers of real devices are below 2 KB. */
const base64url = z
  .string()
  .max(8_192)
  .regex(/^[A-Za-z0-9_-]*$/)

const extensions = z.record(z.string(), z.unknown())

/** What `navigator.credentials.create` gives, as its `toJSON` writes it. */
export const registrationResponse = z
  .object({
    id: base64url,
    rawId: base64url,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z.array(z.string().max(30)).max(10).optional(),
    }),
    clientExtensionResults: extensions.optional(),
  })
  .describe('PublicKeyCredential.toJSON() of navigator.credentials.create')

/** What `navigator.credentials.get` gives, likewise. */
export const proofResponse = z
  .object({
    id: base64url,
    rawId: base64url,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.nullish(),
    }),
    clientExtensionResults: extensions.optional(),
  })
  .describe('PublicKeyCredential.toJSON() of navigator.credentials.get')

/** A parsed registration as the library takes it: extensions are nothing to us. */
export function registrationOf(parsed: z.output<typeof registrationResponse>): RegistrationResponseJSON {
  const { clientDataJSON, attestationObject, transports } = parsed.response
  return {
    id: parsed.id,
    rawId: parsed.rawId,
    type: parsed.type,
    response: { clientDataJSON, attestationObject, ...(transports === undefined ? {} : { transports }) },
    clientExtensionResults: {},
  }
}

/** A parsed proof as the library takes it. */
export function proofOf(parsed: z.output<typeof proofResponse>): AuthenticationResponseJSON {
  const { clientDataJSON, authenticatorData, signature } = parsed.response
  return {
    id: parsed.id,
    rawId: parsed.rawId,
    type: parsed.type,
    response: { clientDataJSON, authenticatorData, signature },
    clientExtensionResults: {},
  }
}

export const authenticatorList = z.object({
  totp: z.object({ since: z.iso.datetime(), recoveryCodesLeft: z.number().int() }).optional(),
  passkeys: z.array(z.object({ id: z.string(), createdAt: z.iso.datetime(), usedAt: z.iso.datetime().optional() })),
})

/** Adding a way in needs the password once more: a session may be somebody else's by now. */
export const ownPasswordBody = z.object({ password: typedPassword }).strict()

export const totpSetup = z.object({
  secret: z.string().describe('Base 32, for typing into the app'),
  uri: z.string().describe('otpauth://..., for a QR code'),
})

export const totpCodeBody = z
  .object({ code: z.string().max(20).describe('Six digits of the app; for removing also a recovery code') })
  .strict()

export const recoveryCodeList = z.object({
  recoveryCodes: z.array(z.string()).describe('Shown here and never again; each is good once'),
})

export const passkeyQuestion = z.object({
  challengeId: z.string().describe('chl_..., good once and for five minutes'),
  options: z
    .record(z.string(), z.unknown())
    .describe('PublicKeyCredentialCreationOptionsJSON, or ...RequestOptionsJSON where one is asked to prove'),
})

export const passkeyBody = z.object({ challengeId: z.string().max(100), response: registrationResponse }).strict()

export const passkeyAdded = z.object({ id: z.string().describe('psk_...') })
