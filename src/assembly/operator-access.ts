import { parsePublicId, publicId } from '../base/ids.ts'
import type { OperatorAccess } from '../cli/command.ts'
import { readIdentityFor } from '../identity/account-life.ts'
import { findAccountsByNik } from '../identity/account-identity.ts'
import { contactsOf, maskedContact, readContact } from '../identity/contacts.ts'
import { listMembers } from '../identity/memberships.ts'
import { readPeople } from '../identity/people.ts'
import {
  approveRecovery,
  askRecovery,
  listRecoveries,
  withdrawRecovery,
  type RecoveryParts,
} from '../identity/recovery/recovery.ts'
import { readTotp } from '../identity/totp.ts'
import { listItemsMax } from '../limits/traffic.ts'

/** What an operator does for who lost every way in. `operator`: their login on this machine; a case takes two of them. */
export function operatorAccess(parts: RecoveryParts, operator: string): OperatorAccess {
  const { database, sealing } = parts

  /** An account's people, to tell them from each other; that it was read is recorded for its owners. */
  async function readAccountFor(accountId: string) {
    const identity = await readIdentityFor(parts, { accountId, actor: `operator:${operator}` })
    if (identity === undefined) return []
    const members = await listMembers(database.sql, accountId)
    const people = await readPeople(
      database.sql,
      sealing,
      members.map(({ personId }) => personId),
    )
    const shown = members.map(async ({ personId, role }) => {
      const person = people.get(personId)
      return {
        person: publicId('person', personId),
        role,
        name: person?.name ?? '?',
        contacts: person === undefined ? [] : contactsOf(person).map(maskedContact),
        hasApp: (await readTotp(database.sql, personId)) !== undefined,
      }
    })
    const kind = identity.personInCharge === undefined ? 'personal' : 'organisation'
    return [{ account: publicId('account', accountId), kind, name: identity.name, people: await Promise.all(shown) }]
  }

  return {
    async find(by) {
      const named = 'account' in by ? parsePublicId('account', by.account) : undefined
      const found =
        'nik' in by ? await findAccountsByNik(database.sql, sealing, by.nik) : named === undefined ? [] : [named]
      const items = []
      for (const accountId of found.slice(0, listItemsMax)) items.push(...(await readAccountFor(accountId)))
      return items
    },
    async askContact({ person, contact: typed }) {
      const personId = parsePublicId('person', person)
      const contact = readContact(typed)
      if (personId === undefined) return { ok: false, problem: 'person_unknown' }
      if (contact === undefined) return { ok: false, problem: 'contact_malformed' }
      const asked = await askRecovery(parts, { personId, operator, kind: 'contact', contact })
      return asked.ok ? { ok: true, id: publicId('recovery', asked.recoveryId), contact: contact.address } : asked
    },
    async askAuthenticator(person) {
      const personId = parsePublicId('person', person)
      if (personId === undefined) return { ok: false, problem: 'person_unknown' }
      const asked = await askRecovery(parts, { personId, operator, kind: 'authenticator' })
      return asked.ok ? { ok: true, id: publicId('recovery', asked.recoveryId) } : asked
    },
    async list() {
      const items = await listRecoveries(parts, listItemsMax)
      return items.map(({ recoveryId, personId, contact, readyAt, kind, state, askedBy, approvedBy }) => ({
        id: publicId('recovery', recoveryId),
        person: publicId('person', personId),
        kind,
        state,
        contact: contact?.address,
        askedBy,
        approvedBy,
        readyAt: readyAt?.toISOString(),
      }))
    },
    async approve(id) {
      const recoveryId = parsePublicId('recovery', id)
      if (recoveryId === undefined) return { ok: false, problem: 'case_unknown' }
      const approved = await approveRecovery(parts, { recoveryId, operator })
      return approved.ok ? { ok: true, readyAt: approved.readyAt.toISOString() } : approved
    },
    async cancel(id) {
      const recoveryId = parsePublicId('recovery', id)
      return recoveryId === undefined
        ? { ok: false, problem: 'case_unknown' }
        : withdrawRecovery(parts, { recoveryId, operator })
    },
  }
}
