import type { Language, TextValues } from '../base/text.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'

/** What a code is asked for here. */
export type ProofPurpose = 'pin_reset' | 'affixing'

/** Ways a code may come. */
export const codeRoutes = ['sms', 'whatsapp', 'email'] as const
export type CodeRoute = (typeof codeRoutes)[number]

/** Notices that tell a person what happened to their PIN; each is a `messages.<name>` of the texts. */
export type PinNotice = 'pin_changed' | 'pin_locked' | 'affixing_confirmed'

/** A code on its way: its public id, how long it is good, and when another may be asked for. */
export type AskedCode = { codeId: string; expiresAt: Date; resendAt: Date; otherRoutes: boolean }

/**
 * How a person proves who they are besides the PIN, and how they are told; joined in main.ts. Each counts its own tries before it
 * compares. `personId`: a UUID.
 */
export type PersonProofs = {
  verifyPassword(personId: string, password: string): Promise<boolean>
  requestCode(ask: {
    personId: string
    purpose: ProofPurpose
    route: CodeRoute
    language: Language
  }): Promise<({ ok: true } & AskedCode) | { ok: false; refusal: Refusal }>
  /** Uses the code up. */
  checkCode(answer: {
    personId: string
    purpose: ProofPurpose
    codeId: string
    code: string
  }): Promise<{ ok: true } | { ok: false; refusal: Refusal }>
  /** YYYY-MM-DD, where it is known: no PIN may be it. */
  birthDateOf(personId: string): Promise<string | undefined>
  /** Puts a notice on its way to the person, in this transaction. */
  notify(
    tx: Tx,
    notice: { personId: string; accountId: string; template: PinNotice; values: TextValues; at: Date },
  ): Promise<void>
}
