import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import { jakartaTime } from '../base/jakarta.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { checkOwnPin, type Confirming, type ConfirmParts } from './confirmations.ts'
import { pinProblem, replacePin, setPin } from './pins.ts'

/** Done, or why not. */
export type PinChange = { ok: true } | { ok: false; refusal: Refusal }

type Asked = { who: Confirming; pin: string }

/** The change with its audit entry and its notice, in one commit; a refused one leaves nothing. */
async function change(
  { database, proofs }: ConfirmParts,
  act: { who: Confirming; action: string; notice: boolean },
  write: (tx: Tx, at: Date) => Promise<PinChange>,
): Promise<PinChange> {
  const { accountId, personId, actor } = act.who
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const written = await write(tx, at)
    if (!written.ok) return written
    const objectId = publicId('person', personId)
    await recordAudit(tx, [{ accountId, id: newUuid(at), actor, action: act.action, objectId }], at)
    if (act.notice)
      await proofs.notify(tx, { personId, accountId, template: 'pin_changed', values: { time: jakartaTime(at) }, at })
    return written
  })
}

/** Sets a person's first PIN. */
export async function setFirstPin(parts: ConfirmParts, { who, pin }: Asked): Promise<PinChange> {
  const { personId } = who
  const birthDate = await parts.proofs.birthDateOf(who.personId)
  return change(parts, { who, action: 'pin.set', notice: false }, (tx, at) =>
    setPin(tx, parts.sealing, { personId, pin, birthDate, at }),
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
  return change(parts, { who, action: 'pin.changed', notice: true }, (tx, at) =>
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
  return change(parts, { who, action: 'pin.reset', notice: true }, (tx, at) =>
    replacePin(tx, parts.sealing, { personId, pin, at, byCode: true }),
  )
}

async function weakness(parts: ConfirmParts, { who, pin }: Asked): Promise<Refusal<'pin_weak'> | undefined> {
  const reason = pinProblem(pin, await parts.proofs.birthDateOf(who.personId))
  return reason === undefined ? undefined : { code: 'pin_weak', values: { reason } }
}
