import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { oneAffixing, returnAuthorizations, spendAuthorizations, type Spending } from '../identity/confirmations.ts'
import type { ReserveRequest } from './reserve.ts'

export type AuthorizationRefusal = 'authorization_missing' | 'authorization_unusable'

/** The authorizations of one turn, spent; those of requests that are refused later are given back. */
export type TakenAuthorizations = {
  /** Why this request may not reserve; undefined where it may, or where an API key calls. */
  refusalOf(request: ReserveRequest): Refusal<AuthorizationRefusal> | undefined
  /** Keeps what these spent; whatever else was taken is good again. Same transaction. */
  keepFor(tx: Tx, requests: readonly ReserveRequest[]): Promise<void>
}

/** What a session's request spends; undefined where an API key calls, or nothing was sent. */
function spendingOf({ caller, authorization, sourceSha256 }: ReserveRequest): Spending | undefined {
  if (caller.person === undefined || authorization === undefined) return undefined
  const { personId } = caller.person
  return { accountId: caller.accountId, personId, authorization, what: oneAffixing(sourceSha256) }
}

const needsOne = ({ caller, confirmed }: ReserveRequest): boolean => caller.person !== undefined && confirmed !== true

/** Spends what these requests brought, in one statement; where none comes with a session there is none. */
export async function takeAuthorizations(
  tx: Tx,
  requests: readonly ReserveRequest[],
  now: Date,
): Promise<TakenAuthorizations> {
  const brought = requests.flatMap((request) => {
    const spending = needsOne(request) ? spendingOf(request) : undefined
    return spending === undefined ? [] : [{ request, spending }]
  })
  const good = await spendAuthorizations(
    tx,
    brought.map(({ spending }) => spending),
    now,
  )
  const taken = new Map(
    brought.flatMap(({ request, spending }, nr) => (good.has(nr) ? [[request, spending] as const] : [])),
  )
  return {
    refusalOf(request) {
      if (!needsOne(request) || taken.has(request)) return undefined
      return { code: request.authorization === undefined ? 'authorization_missing' : 'authorization_unusable' }
    },
    async keepFor(inTx, kept) {
      for (const request of kept) taken.delete(request)
      await returnAuthorizations(inTx, [...taken.values()])
    },
  }
}
