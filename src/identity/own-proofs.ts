import { readIdentities } from './account-identity.ts'
import { checkCode, requestCode } from './codes.ts'
import { contactOf, receiverOf, type Contact } from './contacts.ts'
import { listAccountsOf } from './memberships.ts'
import { tellEverywhere } from './notices.ts'
import { askForProof, checkPasskey, type PasskeySite } from './passkeys.ts'
import { proveOwnPassword } from './person-changes.ts'
import { readPerson } from './people.ts'
import type { PersonProofs } from './person-proofs.ts'
import type { PeopleParts } from './sign-in.ts'

/**
 * How registered people prove who they are besides their PIN: by their password, by codes to contacts they have proven, and by
 * passkeys of this site.
 */
export function openPersonProofs(parts: PeopleParts & { site: PasskeySite }): PersonProofs {
  const { database, sealing, site, codeLimits: limits } = parts
  const codes = { database, sealing, ...(limits === undefined ? {} : { limits }) }
  return {
    async provePassword(personId, password) {
      const proven = await proveOwnPassword(parts, { personId, password })
      // signed in they are: another code than that of the door, whose answer makes programs sign in again
      if (!proven.ok && proven.refusal.code === 'sign_in_failed')
        return { ok: false, refusal: { code: 'confirmation_wrong' } }
      return proven
    },
    async requestCode({ personId, accountId, purpose, route, language }) {
      const person = await readPerson(database.sql, sealing, personId)
      const kind = route === 'email' ? 'email' : 'phone'
      const address = person?.[kind]
      if (address === undefined) return { ok: false, refusal: { code: 'not_found', values: { id: route } } }
      const contact: Contact = { kind, address }
      const receiver = receiverOf(contact, route)
      return requestCode(codes, { purpose, subject: personId, receiver, language, accountId })
    },
    async checkCode({ personId, purpose, codeId, code }) {
      const checked = await checkCode(codes, { codeId, subject: personId, purpose, code })
      if (!checked.ok) return checked
      // It may have gone to a contact that is not the person's any more.
      const { kind, address } = contactOf(checked.receiver)
      const person = await readPerson(database.sql, sealing, personId)
      return person?.[kind] === address ? { ok: true } : { ok: false, refusal: { code: 'code_expired' } }
    },
    askForPasskey: (personId) => askForProof({ database, site }, { personId }),
    async checkPasskey(personId, proof) {
      const checked = await checkPasskey({ database, site }, proof)
      if (!checked.ok) return checked
      // a question asked at the door is for whoever answers: here it must be this person
      return checked.personId === personId ? { ok: true } : { ok: false, refusal: { code: 'passkey_refused' } }
    },
    async birthDateOf(personId) {
      const owned = (await listAccountsOf(database.sql, personId)).filter(({ role }) => role === 'owner')
      const ids = owned.map(({ accountId }) => accountId)
      const identities = await readIdentities(database.sql, sealing, ids)
      return [...identities.values()].find(({ birthDate }) => birthDate !== undefined)?.birthDate
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
