import { requestCode, checkCode } from './codes.ts'
import { readIdentities } from './account-identity.ts'
import { contactOf, receiverOf, type Contact } from './contacts.ts'
import { listAccountsOf } from './memberships.ts'
import { tellPerson } from './notices.ts'
import { proveOwnPassword } from './person-changes.ts'
import { readPerson } from './people.ts'
import type { PersonProofs } from './person-proofs.ts'
import type { PeopleParts } from './sign-in.ts'

/** How registered people prove who they are besides their PIN: by their password, and by codes to contacts they have proven. */
export function openPersonProofs(parts: PeopleParts): PersonProofs {
  const { database, sealing, codeLimits: limits } = parts
  const codes = { database, sealing, ...(limits === undefined ? {} : { limits }) }
  return {
    async verifyPassword(personId, password) {
      return (await proveOwnPassword(parts, { personId, password })).ok
    },
    async requestCode({ personId, purpose, route, language }) {
      const person = await readPerson(database.sql, sealing, personId)
      const kind = route === 'email' ? 'email' : 'phone'
      const address = person?.[kind]
      if (address === undefined)
        return { ok: false, refusal: { code: 'receiver_malformed', values: { problem: `${kind}_malformed` } } }
      const contact: Contact = { kind, address }
      return requestCode(codes, { purpose, subject: personId, receiver: receiverOf(contact, route), language })
    },
    async checkCode({ personId, purpose, codeId, code }) {
      const checked = await checkCode(codes, { codeId, subject: personId, purpose, code })
      if (!checked.ok) return checked
      // It may have gone to a contact that is not the person's any more.
      const { kind, address } = contactOf(checked.receiver)
      const person = await readPerson(database.sql, sealing, personId)
      return person?.[kind] === address ? { ok: true } : { ok: false, refusal: { code: 'code_expired' } }
    },
    async birthDateOf(personId) {
      const owned = (await listAccountsOf(database.sql, personId)).filter(({ role }) => role === 'owner')
      const ids = owned.map(({ accountId }) => accountId)
      const identities = await readIdentities(database.sql, sealing, ids)
      return [...identities.values()].find(({ birthDate }) => birthDate !== undefined)?.birthDate
    },
    async notify(tx, { personId, accountId, template, values, at }) {
      const person = await readPerson(tx, sealing, personId)
      if (person !== undefined) await tellPerson(tx, sealing, { person, accountId, template, values, at })
    },
  }
}
