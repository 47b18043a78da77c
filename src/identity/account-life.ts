import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Database, Queryable, Tx } from '../database/database.ts'
import type { ErrorCode, Refusal } from '../errors.ts'
import { readQuota } from '../ledger/balances.ts'
import { lockAccounts } from '../ledger/transfers.ts'
import {
  eraseIdentity,
  readIdentities,
  type AccountKind,
  type Identity,
  type ProofingState,
} from './account-identity.ts'
import { actorOf, type Caller } from './api-keys.ts'
import { coolingRefusal } from './cooling.ts'
import { listAccountsOf, removeAllMembers } from './memberships.ts'
import { tellEverywhere } from './notices.ts'
import { closePerson, readPerson, type Person } from './people.ts'
import { forgetPapers } from './papers/keep-paper.ts'
import { endRecoveries } from './recovery/recovery.ts'
import type { PeopleParts } from './sign-in.ts'

/** An account as its members see it. */
export type AccountState = {
  accountId: string
  testAccountId: string
  kind: AccountKind
  proofing: ProofingState
  createdAt: Date
}

/** What kind of account it is, and whether its holder is proven; named by itself or by its test twin. Undefined for none. */
export async function readAccount(sql: Queryable, accountId: string): Promise<AccountState | undefined> {
  const [row] = await sql<
    { account_id: string; twin_id: string; kind: AccountKind; proofing: ProofingState; created_at: Date }[]
  >`
    select h.account_id, t.account_id as twin_id, h.kind, h.proofing, h.created_at from account_holders h
    join account_holders t on t.twin_of = h.account_id
    where h.account_id = coalesce((select twin_of from account_holders where account_id = ${accountId}), ${accountId})`
  if (row === undefined) return undefined
  const { twin_id: testAccountId, kind, proofing, created_at: createdAt } = row
  return { accountId: row.account_id, testAccountId, kind, proofing, createdAt }
}

type Refused<Code extends ErrorCode> = { ok: false; refusal: Refusal<Code> }

/**
 * Closes an account for good, and erases at once who held it: its keys are revoked, its members are none any more, its picture is deleted. A
 * member who acts for no other account is erased too. What the tax law wants stays: transfers, stamps, the audit, by ids alone. Refused while
 * stamps are reserved, while any are left unless they are given up, and while money or stamps are on their way (`mayClose`). Where money may
 * still come, purchases keep one contact for a month (`onClosing`).
 */
export function closeAccount(
  parts: Pick<PeopleParts, 'database' | 'sealing' | 'mayClose' | 'onClosing'>,
  closed: { accountId: string; by: Caller; loseQuota: boolean },
): Promise<{ ok: true } | Refused<'quota_left' | 'account_unsettled' | 'not_found' | 'pin_cooling'>> {
  const { database, sealing } = parts
  const { accountId, loseQuota } = closed
  const by = actorOf(closed.by)
  return database.transaction(async (tx) => {
    // nothing is bought, spent or passed on meanwhile
    await lockAccounts(tx, [accountId])
    const cooling = await coolingRefusal(tx, closed.by)
    if (cooling !== undefined) return { ok: false, refusal: cooling }
    const at = await database.now(tx)
    const unsettled = await parts.mayClose?.(tx, accountId)
    if (unsettled !== undefined) return { ok: false, refusal: unsettled }
    const { available, reserved } = await readQuota(tx, { accountId, ledger: 'stamps' })
    if (reserved > 0n || (available > 0n && !loseQuota)) {
      const values = { available: Number(available), ...(reserved > 0n ? { reserved: Number(reserved) } : {}) }
      return { ok: false, refusal: { code: 'quota_left', values } }
    }
    const rows = await tx`
      update account_holders set closed_at = ${at}
      where (account_id = ${accountId} or twin_of = ${accountId}) and closed_at is null returning 1`
    if (rows.length === 0) return { ok: false, refusal: { code: 'not_found' } }
    await tx`
      update api_keys set revoked_at = ${at} where revoked_at is null and account_id in (
        select account_id from account_holders where account_id = ${accountId} or twin_of = ${accountId})`
    const members = await tx<{ person_id: string }[]>`
      select person_id from memberships where account_id = ${accountId} and removed_at is null`
    await removeAllMembers(tx, { accountId, at })
    await eraseIdentity(tx, { accountId, at })
    await forgetPapers(tx, { accountId, at })
    await tx`
      update proofing_cases set state = 'refused', asks_at = null, decided_at = ${at}, decided_by = ${by}
      where account_id = ${accountId} and state = 'waiting'`
    const objectId = publicId('account', accountId)
    await recordAudit(tx, [{ accountId, id: newUuid(at), actor: by, action: 'account.closed', objectId }], at)
    for (const { person_id: personId } of members) {
      const person = await readPerson(tx, sealing, personId)
      if (person === undefined) continue
      await tellEverywhere(tx, sealing, { person, accountId, template: 'account_closed', at })
      if (personId === closed.by.person?.personId) await parts.onClosing?.(tx, { accountId, person, at })
      if ((await listAccountsOf(tx, personId)).length > 0) continue
      await endRecoveries(tx, { personId, state: 'cancelled', by, at })
      await closePerson(tx, { personId, at })
    }
    return { ok: true }
  })
}

/** Everything that is known of an account's holder and of one of its people, for that person to keep. */
export type Held = {
  account: AccountState
  identity: Identity | undefined
  person: Person
  consents: { document: string; version: string; agreedAt: Date }[]
  accounts: { accountId: string; role: string }[]
}

/** All of it, opened; undefined where the person or the account is no more. */
export async function readHeld(
  parts: { database: Database; sealing: Sealing },
  of: { accountId: string; personId: string },
): Promise<Held | undefined> {
  const { database, sealing } = parts
  const { accountId, personId } = of
  return database.transaction(async (tx) => {
    const [account, person] = [await readAccount(tx, accountId), await readPerson(tx, sealing, personId)]
    if (account === undefined || person === undefined) return undefined
    const identity = (await readIdentities(tx, sealing, [accountId])).get(accountId)
    const rows = await tx<{ document: string; version: string; agreed_at: Date }[]>`
      select document, version, agreed_at from consents where person_id = ${personId} order by agreed_at, document`
    const consents = rows.map((row) => ({ document: row.document, version: row.version, agreedAt: row.agreed_at }))
    return { account, identity, person, consents, accounts: await listAccountsOf(tx, personId) }
  })
}

/** Opens who holds an account for somebody else's eyes (`actor`), which its people can see afterwards. Undefined where it is not known. */
export function readIdentityFor(
  parts: { database: Database; sealing: Sealing },
  read: { accountId: string; actor: string },
): Promise<Identity | undefined> {
  const { database, sealing } = parts
  const { accountId, actor } = read
  return database.transaction(async (tx) => {
    const identity = (await readIdentities(tx, sealing, [accountId])).get(accountId)
    if (identity !== undefined) await recordRead(tx, { accountId, actor, at: await database.now(tx) })
    return identity
  })
}

async function recordRead(tx: Tx, read: { accountId: string; actor: string; at: Date }): Promise<void> {
  const { accountId, actor, at } = read
  const id = newUuid(at)
  await tx`
    insert into identity_reads (account_id, read_id, actor, read_at) values (${accountId}, ${id}, ${actor}, ${at})`
  const objectId = publicId('account', accountId)
  await recordAudit(tx, [{ accountId, id, actor, action: 'identity.read', objectId }], at)
}

/** Who looked at an account's identity and when, the latest first. */
export async function listIdentityReads(
  sql: Queryable,
  of: { accountId: string; limit: number },
): Promise<{ actor: string; at: Date }[]> {
  const rows = await sql<{ actor: string; read_at: Date }[]>`
    select actor, read_at from identity_reads where account_id = ${of.accountId} order by read_id desc limit ${of.limit}`
  return rows.map((row) => ({ actor: row.actor, at: row.read_at }))
}
