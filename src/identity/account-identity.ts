import type { Sealing } from '../base/sealing.ts'
import type { Queryable, Tx } from '../database/database.ts'

/** What an account is opened for. collector: pays later, by monthly statement. distributor: sells stamps. */
export const accountKinds = ['personal', 'company', 'government', 'collector', 'distributor'] as const
export type AccountKind = (typeof accountKinds)[number]

/** Whether it is known who holds an account. Until it is proven, few stamps may be bought and affixed. */
export const proofingStates = ['unproven', 'waiting', 'proven', 'refused'] as const
export type ProofingState = (typeof proofingStates)[number]

/**
 * Who holds an account: a person, or an organisation and the person in charge of it, whose NIK it is. `name`: of the person or the
 * organisation. Numbers are digits alone: NIK 16, NPWP 15 or 16, NIB 13; `birthDate` is YYYY-MM-DD.
 */
export type Identity = {
  name: string
  nik?: string | undefined
  npwp?: string | undefined
  nib?: string | undefined
  address?: string | undefined
  birthDate?: string | undefined
  personInCharge?: string | undefined
}

/** Fields of an identity, as they are asked for. */
export const identityFields = ['name', 'nik', 'npwp', 'nib', 'address', 'birthDate', 'personInCharge'] as const

const place = (accountId: string) => ({ purpose: 'account.identity', owner: accountId })

/** Keeps who holds the account, sealed; what was known before is gone. */
export async function storeIdentity(
  tx: Tx,
  sealing: Sealing,
  stored: { accountId: string; identity: Identity; at: Date },
): Promise<void> {
  const { accountId, identity, at } = stored
  const sealed = sealing.seal(place(accountId), JSON.stringify(identity))
  const nikIndex = identity.nik === undefined ? null : sealing.blindIndex('identity.nik', identity.nik)
  await tx`
    insert into account_identities (account_id, sealed, nik_index, changed_at)
    values (${accountId}, ${sealed}, ${nikIndex}, ${at})
    on conflict (account_id) do update
    set sealed = excluded.sealed, nik_index = excluded.nik_index, changed_at = excluded.changed_at, erased_at = null`
}

/** Who holds these accounts, by account id; absent where it was never asked, or erased. */
export async function readIdentities(
  sql: Queryable,
  sealing: Sealing,
  accountIds: readonly string[],
): Promise<Map<string, Identity>> {
  const rows = await sql<{ account_id: string; sealed: Buffer }[]>`
    select account_id, sealed from account_identities
    where account_id = any(${[...accountIds]}::uuid[]) and sealed is not null`
  return new Map(
    rows.map((row) => [row.account_id, readFields(sealing.open(place(row.account_id), row.sealed).toString())]),
  )
}

/** The fields of the stored text; the names are ours, so what is not there was not given. */
function readFields(json: string): Identity {
  const value: unknown = JSON.parse(json)
  const given = new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  const identity: Identity = { name: String(given.get('name') ?? '') }
  for (const field of identityFields) {
    const text: unknown = given.get(field)
    if (typeof text === 'string') identity[field] = text
  }
  return identity
}

/** Accounts whose holder, or whose person in charge, has this NIK (16 digits), the oldest first. */
export async function findAccountsByNik(sql: Queryable, sealing: Sealing, nik: string): Promise<string[]> {
  const rows = await sql<{ account_id: string }[]>`
    select account_id from account_identities where nik_index = ${sealing.blindIndex('identity.nik', nik)} order by account_id`
  return rows.map((row) => row.account_id)
}

/** Drops for good what is known of an account's holder; its transfers and stamps stay, as the tax law wants. */
export async function eraseIdentity(tx: Tx, erased: { accountId: string; at: Date }): Promise<void> {
  await tx`
    update account_identities set sealed = null, nik_index = null, erased_at = ${erased.at}, changed_at = ${erased.at}
    where account_id = ${erased.accountId} and sealed is not null`
}
