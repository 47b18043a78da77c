import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { Route } from '../base/receiver.ts'
import type { Language, TextValues } from '../base/text.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'

/** A passkey's answer to a question of `askForPasskey`. `challengeId`: a UUID. */
export type PasskeyProof = { challengeId: string; response: AuthenticationResponseJSON }

/** What a code is asked for here. */
export type ProofPurpose = 'pin_reset' | 'affixing'

/** Notices that tell a person what happened to their PIN; each is a `messages.<name>` of the texts. */
export type PinNotice = 'pin_set' | 'pin_changed' | 'pin_locked' | 'affixing_confirmed'

/** A code on its way: its public id, how long it is good, and when another may be asked for. */
export type AskedCode = { codeId: string; expiresAt: Date; resendAt: Date; otherRoutes: boolean }

type Proven = { ok: true } | { ok: false; refusal: Refusal }

/**
 * How a person proves who they are besides the PIN, and how they are told; joined in main.ts. Each counts its own tries before it
 * compares. `personId`: a UUID.
 */
export type PersonProofs = {
  provePassword(personId: string, password: string): Promise<Proven>
  requestCode(ask: {
    personId: string
    accountId: string
    purpose: ProofPurpose
    route: Route
    language: Language
  }): Promise<({ ok: true } & AskedCode) | { ok: false; refusal: Refusal }>
  /** Uses the code up. */
  checkCode(answer: { personId: string; purpose: ProofPurpose; codeId: string; code: string }): Promise<Proven>
  /** What `navigator.credentials.get` takes. */
  askForPasskey(personId: string): Promise<{ challengeId: string; options: object }>
  /** Uses the question up. */
  checkPasskey(personId: string, proof: PasskeyProof): Promise<Proven>
  /** YYYY-MM-DD, where it is known: no PIN may be it. */
  birthDateOf(personId: string): Promise<string | undefined>
  /** Until when whoever signs in as this person may be somebody else: a password or a contact was replaced without the old one. */
  coolingUntil(personId: string): Promise<Date | undefined>
  /** Puts a notice on its way to the person, in this transaction. */
  notify(
    tx: Tx,
    notice: { personId: string; accountId: string; template: PinNotice; values: TextValues; at: Date },
  ): Promise<void>
}
