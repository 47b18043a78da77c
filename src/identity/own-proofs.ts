import type { Route } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Database } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { readIdentities } from './account-identity.ts'
import { checkCode, requestCode, type CodeParts } from './codes.ts'
import { receiverOf, type Contact } from './contacts.ts'
import { tellEverywhere } from './notices.ts'
import { askForProof, checkPasskey, type PasskeySite } from './passkeys.ts'
import { readPerson, type Person } from './people.ts'
import type { PersonProofs } from './person-proofs.ts'

/** What the proofs of registered people stand on. */
export type OwnProofParts = CodeParts & {
  database: Database
  sealing: Sealing
  site: PasskeySite
  /** Counts a try of a signed-in person's own password before it compares. */
  provePassword: PersonProofs['provePassword']
}

/** The proven contact that a code by this route goes to; undefined where the person has none. */
function contactFor({ email, phone }: Person, route: Route): Contact | undefined {
  if (route === 'email') return email === undefined ? undefined : { kind: 'email', address: email }
  return phone === undefined ? undefined : { kind: 'phone', address: phone }
}

const notFound = (id: string): { ok: false; refusal: Refusal<'not_found'> } => ({
  ok: false,
  refusal: { code: 'not_found', values: { id } },
})

/** How registered people prove who they are besides the PIN: by what they registered with. */
export function openOwnProofs(parts: OwnProofParts): PersonProofs {
  const { database, sealing, site } = parts
  return {
    provePassword: parts.provePassword,
    async requestCode({ personId, accountId, purpose, route, language }) {
      const person = await readPerson(database.sql, sealing, personId)
      const contact = person && contactFor(person, route)
      if (contact === undefined) return notFound(route)
      const receiver = receiverOf(contact, route)
      return requestCode(parts, { purpose, subject: personId, receiver, language, accountId })
    },
    async checkCode({ personId, purpose, codeId, code }) {
      const checked = await checkCode(parts, { subject: personId, purpose, codeId, code })
      return checked.ok ? { ok: true } : checked
    },
    askForPasskey: (personId) => askForProof({ database, site }, { personId }),
    async checkPasskey(personId, proof) {
      const checked = await checkPasskey({ database, site }, proof)
      if (!checked.ok) return checked
      // a question asked at the door is for whoever answers: here it must be this person
      return checked.personId === personId ? { ok: true } : { ok: false, refusal: { code: 'passkey_refused' } }
    },
    async birthDateOf({ accountId }) {
      return (await readIdentities(database.sql, sealing, [accountId])).get(accountId)?.birthDate
    },
    async coolingUntil(personId) {
      return (await readPerson(database.sql, sealing, personId))?.coolingUntil
    },
    async notify(tx, { personId, accountId, template, values, at }) {
      const person = await readPerson(tx, sealing, personId)
      if (person !== undefined) await tellEverywhere(tx, sealing, { person, accountId, template, values, at })
    },
  }
}
