import type { Tx } from '../database/database.ts'
import type { ErrorCode, Refusal } from '../errors.ts'
import type { Caller } from './api-keys.ts'
import { returnAuthorizations, spendAuthorization, type ConfirmationPurpose } from './confirmations.ts'
import { coolingRefusal } from './cooling.ts'

/** Acts that are confirmed as a whole: all but `batch` name no documents. */
export type ActPurpose = Extract<ConfirmationPurpose, 'key' | 'members' | 'money' | 'batch'>

/** Who acts; `authorization`: of a PIN confirmation for this purpose and just these documents, one stamp each. */
export type ConfirmedAct = {
  caller: Caller
  purpose: ActPurpose
  /** 64 lower-case hex, in any order; none by default. */
  sourceSha256s?: readonly string[]
  authorization: string | undefined
  at: Date
}

type Refused<Code extends ErrorCode> = { ok: false; refusal: Refusal<Code> }
export type NotConfirmed = Refused<'pin_cooling' | 'authorization_missing' | 'authorization_unusable'>

/**
 * Does what a session alone is not enough for: whoever finds a phone unlocked, or made a password anew, must not carry value or rights
 * away. A key needs no confirmation: an owner made it by one. What `write` refuses spends nothing.
 */
export async function doConfirmed<Done extends { ok: true } | Refused<ErrorCode>>(
  tx: Tx,
  act: ConfirmedAct,
  write: () => Promise<Done>,
): Promise<Done | NotConfirmed> {
  const { caller, purpose, sourceSha256s = [], authorization, at } = act
  if (caller.person === undefined) return write()
  const cooling = await coolingRefusal(tx, caller)
  if (cooling !== undefined) return { ok: false, refusal: cooling }
  if (authorization === undefined) return { ok: false, refusal: { code: 'authorization_missing' } }
  const { personId } = caller.person
  const what = { purpose, sourceSha256s, count: Math.max(1, sourceSha256s.length) }
  const spending = { accountId: caller.accountId, personId, authorization, what }
  if (!(await spendAuthorization(tx, spending, at))) return { ok: false, refusal: { code: 'authorization_unusable' } }
  const done = await write()
  if (!done.ok) await returnAuthorizations(tx, [spending])
  return done
}
