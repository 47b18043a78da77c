import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { Refusal } from '../errors.ts'
import { askForProof, checkPasskey, type PasskeySite } from './passkeys.ts'
import { readPerson } from './people.ts'
import { signIn, type PeopleParts, type SignInOutcome } from './sign-in.ts'

// A passkey is held and unlocked by its owner, so it is as good as password and authenticator together: it asks for neither.

/** The question that any passkey may answer at the door; it lists none, so it tells nobody who has one. */
export function askAtDoor(parts: PeopleParts, site: PasskeySite): ReturnType<typeof askForProof> {
  return askForProof({ database: parts.database, site }, {})
}

/** Signs in whoever's passkey answered. */
export async function signInByPasskey(
  parts: PeopleParts & { site: PasskeySite },
  given: { challengeId: string; response: AuthenticationResponseJSON; device: string },
): Promise<SignInOutcome<'passkey_refused'>> {
  const { database, sealing, site } = parts
  const refused: { ok: false; refusal: Refusal<'passkey_refused'> } = {
    ok: false,
    refusal: { code: 'passkey_refused' },
  }
  const proven = await checkPasskey({ database, site }, given)
  if (!proven.ok) return proven
  return database.transaction(async (tx): Promise<SignInOutcome<'passkey_refused'>> => {
    const at = await database.now(tx)
    const person = await readPerson(tx, sealing, proven.personId)
    // the account was closed and the passkey left over
    if (person === undefined) return refused
    return { ok: true, signedIn: await signIn(tx, sealing, { person, device: given.device, at }) }
  })
}
