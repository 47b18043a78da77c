import { parsePublicId, publicId, type IdKind } from '../../base/ids.ts'
import { RefusedError, type Refusal } from '../../errors.ts'
import type { Callers } from '../../identity/callers.ts'
import type { CodeRequested } from '../../identity/codes.ts'
import { readContact, readContactOf, type Contact, type ContactKind } from '../../identity/contacts.ts'
import type { PasskeySite } from '../../identity/passkeys.ts'
import type { PhotoStripper } from '../../identity/photos/photo-stripper.ts'
import type { ProofingParts } from '../../identity/proofing.ts'
import type { PeopleParts } from '../../identity/sign-in.ts'
import type { SessionDoor } from '../session-door.ts'

/** What the routes of people stand on. */
export type PeopleApiParts = {
  people: PeopleParts
  proofing: ProofingParts
  photos: PhotoStripper
  callers: Callers
  door: SessionDoor
  /** What passkeys are bound to. */
  site: PasskeySite
}

/** The outcome, or its refusal thrown. */
export function unwrap<T extends { ok: true }>(outcome: T | { ok: false; refusal: Refusal }): T {
  if (!outcome.ok) throw new RefusedError(outcome.refusal)
  return outcome
}

/** The UUID behind an id in a path or a body; what is none names nothing: `not_found`. */
export function uuidOf(kind: IdKind, id: string): string {
  const uuid = parsePublicId(kind, id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return uuid
}

/** What is there, or `not_found`. */
export function found<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new RefusedError({ code: 'not_found', values: { id: id.slice(0, 200) } })
  return value
}

/** What was typed as a contact, of this kind where one is named. The refusal never repeats it. */
export function contactGiven(typed: string, kind?: ContactKind): Contact {
  const contact = kind === undefined ? readContact(typed) : readContactOf(kind, typed)
  if (contact !== undefined) return contact
  const isEmail = kind === 'email' || (kind === undefined && typed.includes('@'))
  const problem = isEmail ? 'email_malformed' : 'phone_malformed'
  throw new RefusedError({ code: 'receiver_malformed', values: { problem } })
}

/** A code on its way, as every route tells it. */
export function codeJson({ codeId, expiresAt, resendAt, otherRoutes }: Extract<CodeRequested, { ok: true }>) {
  return {
    codeId: publicId('code', codeId),
    expiresAt: expiresAt.toISOString(),
    resendAt: resendAt.toISOString(),
    otherRoutes,
  }
}

/** The UUID of a code in a body; one that was never made has the answer of one whose time is over. */
export function codeIdOf(id: string): string {
  const uuid = parsePublicId('code', id)
  if (uuid === undefined) throw new RefusedError({ code: 'code_expired' })
  return uuid
}
