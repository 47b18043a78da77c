import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import { readQuotas } from '../ledger/balances.ts'
import {
  proofingBatchMax,
  proofingRetrySeconds,
  proofingRetrySecondsMax,
  proofingSeconds,
  unprovenStampsMax,
} from '../limits/people.ts'
import { readIdentities, type AccountKind, type ProofingState } from './account-identity.ts'
import { tellMembers } from './notices.ts'
import { holdPapers, keepPapersUntil, readKeptPaper, type PaperParts } from './papers/keep-paper.ts'
import type { ProofingAnswer, ProofingProvider } from './proofing-provider.ts'

// waiting -> proven | refused, once. While a case waits, asks_at says when the provider is asked (again); without it an operator
// decides. Whoever asks moves asks_at first, so that a case is asked about by one process at a time, and again if that one dies.

export type ProofingParts = PaperParts & {
  provider: ProofingProvider
  /** Told of a provider that did not answer. */
  onFailure?: (error: unknown) => void
}

/** Opens the question of who holds this account, or opens it again where it was refused; the provider is asked at once. */
export async function openProofing(tx: Tx, opened: { accountId: string; at: Date }): Promise<void> {
  const { accountId, at } = opened
  const rows = await tx`
    insert into proofing_cases (account_id, state, asks_at, opened_at) values (${accountId}, 'waiting', ${at}, ${at})
    on conflict (account_id) do update
    set state = 'waiting', asks_at = excluded.asks_at, tries = 0, opened_at = excluded.opened_at, decided_at = null, decided_by = null
    where proofing_cases.state = 'refused' returning 1`
  if (rows.length === 0) return
  await setProofing(tx, { accountId, state: 'waiting' })
  await holdPapers(tx, accountId)
}

async function setProofing(tx: Tx, { accountId, state }: { accountId: string; state: ProofingState }): Promise<void> {
  await tx`update account_holders set proofing = ${state} where account_id = ${accountId}`
}

/**
 * Asks the provider about cases that are due, of one account where one is named. A provider that is down, or says that a human has to
 * look, refuses nobody: the case waits. Returns how many were asked about.
 */
export async function askProvider(
  parts: ProofingParts,
  which: { accountId?: string; stopping?: AbortSignal } = {},
): Promise<number> {
  const { database } = parts
  const { accountId = null } = which
  const due = await database.sql<{ account_id: string; kind: AccountKind }[]>`
    update proofing_cases c set tries = tries + 1, asks_at = database_now() + make_interval(secs =>
      least(${proofingRetrySecondsMax}, ${proofingRetrySeconds} * 2 ^ least(tries, 20)))
    from account_holders h
    where h.account_id = c.account_id and c.account_id in (
      select account_id from proofing_cases
      where asks_at <= database_now() and (${accountId}::uuid is null or account_id = ${accountId})
      order by asks_at limit ${proofingBatchMax} for update skip locked)
    returning c.account_id, h.kind`
  for (const { account_id: id, kind } of due) {
    if (which.stopping?.aborted === true) break
    const answer = await answerFor(parts, { accountId: id, kind })
    if (answer !== undefined) await decideProofing(parts, { accountId: id, answer, by: 'system:proofing' })
  }
  return due.length
}

async function answerFor(
  parts: ProofingParts,
  about: { accountId: string; kind: AccountKind },
): Promise<ProofingAnswer | undefined> {
  const { database, sealing, provider } = parts
  const { accountId, kind } = about
  const identity = (await readIdentities(database.sql, sealing, [accountId])).get(accountId)
  if (identity === undefined) return 'waiting'
  const photo = await readKeptPaper(parts, { accountId }, 'identity_card')
  try {
    return await provider.ask({ kind, identity, photo }, AbortSignal.timeout(proofingSeconds * 1000))
  } catch (error) {
    parts.onFailure?.(error)
    return undefined
  }
}

/**
 * Settles a case that waits, by a provider's answer or an operator's (`by`: as audit names actors). `waiting` leaves it to an operator.
 * False where there is no such case, or it was settled before.
 */
export async function decideProofing(
  parts: Pick<ProofingParts, 'database' | 'sealing'>,
  decision: { accountId: string; answer: ProofingAnswer; by: string },
): Promise<boolean> {
  const { database, sealing } = parts
  const { accountId, answer, by } = decision
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const decidedAt = answer === 'waiting' ? null : at
    const rows = await tx`
      update proofing_cases set state = ${answer}, asks_at = null, decided_at = ${decidedAt}, decided_by = ${decidedAt && by}
      where account_id = ${accountId} and state = 'waiting' returning 1`
    if (rows.length === 0) return false
    const objectId = publicId('account', accountId)
    const action = answer === 'waiting' ? 'proofing.left_to_operator' : `proofing.${answer}`
    await recordAudit(tx, [{ accountId, id: newUuid(at), actor: by, action, objectId }], at)
    if (answer === 'waiting') return true
    await setProofing(tx, { accountId, state: answer })
    await keepPapersUntil(tx, { accountId, decidedAt: at })
    const values = { decision: answer === 'proven' ? 'approved' : 'rejected' }
    await tellMembers(tx, sealing, { accountId, permission: 'manage', template: 'proofing_decided', values, at })
    return true
  })
}

/** A case that waits; `asksAt`: when the provider is asked again, undefined where an operator is to decide. */
export type WaitingProofing = { accountId: string; kind: AccountKind; openedAt: Date; asksAt: Date | undefined }

/** Cases that wait, the oldest first; of nobody's name: who wants to know more reads the identity, which is recorded. */
export async function listWaitingProofings(
  parts: Pick<ProofingParts, 'database'>,
  limit: number,
): Promise<WaitingProofing[]> {
  const rows = await parts.database.sql<
    { account_id: string; kind: AccountKind; opened_at: Date; asks_at: Date | null }[]
  >`
    select c.account_id, h.kind, c.opened_at, c.asks_at from proofing_cases c join account_holders h using (account_id)
    where c.state = 'waiting' order by c.opened_at limit ${limit}`
  return rows.map((row) => ({
    accountId: row.account_id,
    kind: row.kind,
    openedAt: row.opened_at,
    asksAt: row.asks_at ?? undefined,
  }))
}

/** What an account whose holder is not proven may still do: stamps it may reserve, and stamps it may buy. */
export type UnprovenRoom = { affix: number; buy: number }

/** The room of these accounts, by id; the caller holds their locks, or asks again under them. For accounts that are not proven alone. */
export async function unprovenRoom(tx: Tx, accountIds: readonly string[]): Promise<Map<string, UnprovenRoom>> {
  if (accountIds.length === 0) return new Map()
  const quotas = await readQuotas(tx, { accountIds, ledger: 'stamps' })
  return new Map(
    accountIds.map((accountId) => {
      const { available, reserved, spent } = quotas.get(accountId) ?? { available: 0n, reserved: 0n, spent: 0n }
      const left = (used: bigint) => Math.max(0, unprovenStampsMax - Number(used))
      return [accountId, { affix: left(reserved + spent), buy: left(available + reserved + spent) }]
    }),
  )
}
