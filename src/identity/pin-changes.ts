import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import { jakartaTime } from '../base/jakarta.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { checkOwnPin, type Confirming, type ConfirmParts } from './confirmations.ts'
import type { PinNotice } from './person-proofs.ts'
import { pinProblem, readPinState, replacePin, setPin, untilValues } from './pins.ts'

/** Done, or why not. */
export type PinChange = { ok: true } | { ok: false; refusal: Refusal }

type Asked = { who: Confirming; pin: string }
type Notice = Extract<PinNotice, 'pin_set' | 'pin_changed'>

/** The change with its audit entry and its notice, in one commit; a refused one leaves nothing. */
async function change(
  { database, proofs }: ConfirmParts,
  act: { who: Confirming; action: string; notice: Notice },
  write: (tx: Tx, at: Date) => Promise<PinChange>,
): Promise<PinChange> {
  const { accountId, personId, actor } = act.who
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const written = await write(tx, at)
    if (!written.ok) return written
    const objectId = publicId('person', personId)
    await recordAudit(tx, [{ accountId, id: newUuid(at), actor, action: act.action, objectId }], at)
    await proofs.notify(tx, { personId, accountId, template: act.notice, values: { time: jakartaTime(at) }, at })
    return written
  })
}

/**
 * Sets a person's first PIN, which their password proves: a session alone must not give itself the second proof. Refused while whoever
 * signs in may be somebody else. Every contact is told.
 */
export async function setFirstPin(parts: ConfirmParts, asked: Asked & { password: string }): Promise<PinChange> {
  const { who, pin, password } = asked
  const { personId } = who
  const { database, proofs } = parts
  const weak = await weakness(parts, asked)
  if (weak !== undefined) return { ok: false, refusal: weak }
  if ((await readPinState(parts, personId)).isSet) return { ok: false, refusal: { code: 'pin_already_set' } }
  const proven = await proofs.provePassword(personId, password)
  if (!proven.ok) return proven
  // after the password: a reset that came in between has begun to cool by now
  const [until, now] = [await proofs.coolingUntil(personId), await database.now()]
  if (until !== undefined && until > now)
    return { ok: false, refusal: { code: 'pin_cooling', values: untilValues(until, now) } }
  return change(parts, { who, action: 'pin.set', notice: 'pin_set' }, (tx, at) =>
    setPin(tx, parts.sealing, { personId, pin, at }),
  )
}

/** Puts another PIN in the place of the old one, which is tried and counted like any other. */
export async function changePin(parts: ConfirmParts, asked: Asked & { oldPin: string }): Promise<PinChange> {
  const { who, pin } = asked
  const { personId } = who
  const weak = await weakness(parts, asked)
  if (weak !== undefined) return { ok: false, refusal: weak }
  const checked = await checkOwnPin(parts, { who, pin: asked.oldPin })
  if (!checked.ok) return checked
  return change(parts, { who, action: 'pin.changed', notice: 'pin_changed' }, (tx, at) =>
    replacePin(tx, parts.sealing, { personId, pin, at, byCode: false }),
  )
}

/** Another PIN for whom the old one is locked or forgotten, by one-time code; it begins to confirm a day later. */
export async function resetPin(
  parts: ConfirmParts,
  asked: Asked & { codeId: string; code: string },
): Promise<PinChange> {
  const { who, pin, codeId, code } = asked
  const { personId } = who
  // before the code is used up
  const weak = await weakness(parts, asked)
  if (weak !== undefined) return { ok: false, refusal: weak }
  const proven = await parts.proofs.checkCode({ personId, purpose: 'pin_reset', codeId, code })
  if (!proven.ok) return proven
  return change(parts, { who, action: 'pin.reset', notice: 'pin_changed' }, (tx, at) =>
    replacePin(tx, parts.sealing, { personId, pin, at, byCode: true }),
  )
}

async function weakness(parts: ConfirmParts, { who, pin }: Asked): Promise<Refusal<'pin_weak'> | undefined> {
  const reason = pinProblem(pin, await parts.proofs.birthDateOf(who.personId))
  return reason === undefined ? undefined : { code: 'pin_weak', values: { reason } }
}
