import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import type { Sealing } from '../base/sealing.ts'
import { actorOf, type Caller, type SignedIn } from './api-keys.ts'
import { tellEverywhere } from './notices.ts'
import { removePasskey } from './passkeys.ts'
import { readPerson } from './people.ts'
import { proveOwnPassword } from './person-changes.ts'
import type { PeopleParts } from './sign-in.ts'
import { beginTotp, checkTotp, confirmTotp, makeRecoveryCodes, removeTotp, type TotpSetup } from './totp.ts'

// What people do about their better ways to prove who they are: each act with its record and a notice to every contact, in one commit.

/** What can happen to them: the record's `action`, and `authenticatorActs.` in the notice. */
export type AuthenticatorAct =
  | 'totp_added'
  | 'totp_removed'
  | 'recovery_codes_made'
  | 'passkey_added'
  | 'passkey_removed'

/** Whoever signed in and does it. */
export type Signed = Caller & { person: SignedIn }

type Refused = { ok: false; refusal: Refusal }

/** Writes down who changed what, and tells every contact of the person; in the act's transaction. */
export async function recordAuthenticatorAct(
  tx: Tx,
  sealing: Sealing,
  done: { by: Signed; act: AuthenticatorAct; objectId: string; at: Date },
): Promise<void> {
  const { by, act, objectId, at } = done
  const { accountId } = by
  await recordAudit(tx, [{ accountId, id: newUuid(at), actor: actorOf(by), action: `person.${act}`, objectId }], at)
  const person = await readPerson(tx, sealing, by.person.personId)
  if (person !== undefined)
    await tellEverywhere(tx, sealing, { person, accountId, template: 'authenticator_changed', values: { act }, at })
}

const objectIdOf = (by: Signed) => publicId('person', by.person.personId)

/** A secret for an authenticator app, for who knows their password. `label` stands in the app. */
export async function setTotpUp(
  parts: PeopleParts,
  by: Signed,
  given: { password: string; label: string },
): Promise<{ ok: true; setup: TotpSetup } | Refused> {
  const { database, sealing } = parts
  const { personId } = by.person
  const proven = await proveOwnPassword(parts, { personId, password: given.password })
  if (!proven.ok) return proven
  const setup = await database.transaction(async (tx) =>
    beginTotp(tx, sealing, { personId, label: given.label, at: await database.now(tx) }),
  )
  return setup === undefined ? { ok: false, refusal: { code: 'totp_already_on' } } : { ok: true, setup }
}

/** The app's first code makes it count; answers the recovery codes, shown here and never again. */
export function confirmTotpOf(
  { database, sealing }: PeopleParts,
  by: Signed,
  code: string,
): Promise<{ ok: true; recoveryCodes: string[] } | Refused> {
  const onConfirmed = (tx: Tx, at: Date) =>
    recordAuthenticatorAct(tx, sealing, { by, act: 'totp_added', objectId: objectIdOf(by), at })
  return confirmTotp({ database, sealing }, { personId: by.person.personId, code, onConfirmed })
}

/** Proves the app, then acts: a stolen session alone must not take the person's second proof away. */
async function withTotp<T>(
  { database, sealing }: PeopleParts,
  given: { by: Signed; code: string },
  act: (tx: Tx, at: Date) => Promise<T>,
): Promise<{ ok: true; value: T } | Refused> {
  const { by, code } = given
  const proven = await checkTotp({ database, sealing }, { personId: by.person.personId, code })
  if (!proven.ok) return proven
  return { ok: true, value: await database.transaction(async (tx) => act(tx, await database.now(tx))) }
}

/** Takes the app and its recovery codes away; needs a code of either. */
export function removeTotpOf(parts: PeopleParts, by: Signed, code: string): Promise<{ ok: true } | Refused> {
  return withTotp(parts, { by, code }, async (tx, at) => {
    if (await removeTotp(tx, by.person.personId))
      await recordAuthenticatorAct(tx, parts.sealing, { by, act: 'totp_removed', objectId: objectIdOf(by), at })
  })
}

/** New recovery codes in place of the old ones; needs a code of the app or one of those. */
export function remakeRecoveryCodes(
  parts: PeopleParts,
  by: Signed,
  code: string,
): Promise<{ ok: true; value: string[] } | Refused> {
  const { sealing } = parts
  return withTotp(parts, { by, code }, async (tx, at) => {
    await recordAuthenticatorAct(tx, sealing, { by, act: 'recovery_codes_made', objectId: objectIdOf(by), at })
    return makeRecoveryCodes(tx, sealing, { personId: by.person.personId, at })
  })
}

/** Removes a passkey: it proves nothing from then on. False where the person has none of this id. */
export function removePasskeyOf({ database, sealing }: PeopleParts, by: Signed, id: string): Promise<boolean> {
  return database.transaction(async (tx) => {
    if (!(await removePasskey(tx, { personId: by.person.personId, id }))) return false
    const act = { by, act: 'passkey_removed', objectId: publicId('passkey', id), at: await database.now(tx) } as const
    await recordAuthenticatorAct(tx, sealing, act)
    return true
  })
}
