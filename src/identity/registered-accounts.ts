import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Database, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { accountsPerPersonMax } from '../limits/people.ts'
import { openHolder } from './accounts.ts'
import { storeIdentity, type AccountKind, type Identity } from './account-identity.ts'
import { addMember } from './memberships.ts'
import { missingOfHolder } from './registration-draft.ts'

/** Texts that whoever opens an account agrees to, and the version in force. A new version is asked for at the next registration. */
export const consentDocuments = { terms: '2026-11', privacy: '2026-11' } as const

/**
 * An account for who has said who they are: with its test twin, its identity sealed, its owner, and what the owner agreed to, all in the
 * caller's transaction. Its holder is not proven yet.
 */
export async function openRegisteredAccount(
  tx: Tx,
  sealing: Sealing,
  opened: { personId: string; kind: AccountKind; identity: Identity; at: Date },
): Promise<string> {
  const { personId, kind, identity, at } = opened
  const { accountId } = await openHolder(tx, { kind, proofing: 'unproven', at })
  await storeIdentity(tx, sealing, { accountId, identity, at })
  await addMember(tx, { accountId, personId, role: 'owner', stampsPerMonth: null, orderLimitRupiah: null, at })
  for (const [document, version] of Object.entries(consentDocuments))
    await tx`
      insert into consents (person_id, consent_id, account_id, document, version, agreed_at)
      values (${personId}, ${newUuid(at)}, ${accountId}, ${document}, ${version}, ${at})`
  const objectId = publicId('account', accountId)
  const actor = `person:${publicId('person', personId)}`
  await recordAudit(
    tx,
    [{ accountId, id: newUuid(at), actor, action: 'account.opened', objectId, detail: { kind } }],
    at,
  )
  return accountId
}

/** Another account for somebody who is signed in, such as their company's. Refused while something is missing, and beyond so many. */
export async function openAnotherAccount(
  parts: { database: Database; sealing: Sealing },
  opened: { personId: string; kind: AccountKind; identity: Identity },
): Promise<
  { ok: true; accountId: string } | { ok: false; refusal: Refusal<'registration_incomplete' | 'too_many_accounts'> }
> {
  const { database, sealing } = parts
  const { personId, kind, identity } = opened
  const missing = missingOfHolder({ ownerType: kind, identity }).join(', ')
  if (missing !== '') return { ok: false, refusal: { code: 'registration_incomplete', values: { missing } } }
  return database.transaction(async (tx) => {
    // One after the other, so that the count is right.
    await tx`select pg_advisory_xact_lock(hashtextextended(${`accounts of ${personId}`}, 0))`
    // those they opened, closed or not, and those they own: an account that is closed makes no room
    const [count] = await tx<{ accounts: number }[]>`
      select count(*)::int as accounts from (
        select account_id from consents where person_id = ${personId} and document = 'terms'
        union select account_id from memberships where person_id = ${personId} and role = 'owner' and removed_at is null) owned`
    if ((count?.accounts ?? 0) >= accountsPerPersonMax)
      return { ok: false, refusal: { code: 'too_many_accounts', values: { limit: accountsPerPersonMax } } }
    return { ok: true, accountId: await openRegisteredAccount(tx, sealing, { ...opened, at: await database.now(tx) }) }
  })
}
