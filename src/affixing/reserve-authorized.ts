import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { oneAffixing, returnAuthorizations, spendAuthorizations, type Spending } from '../identity/confirmations.ts'
import type { IntentRefusal } from '../purchases/order-intents.ts'
import { takeIntents } from './reserve-intended.ts'
import type { ReserveRequest } from './reserve.ts'

export type AuthorizationRefusal = 'authorization_missing' | 'authorization_unusable' | IntentRefusal['code']

/** The authorizations and intents of one turn, spent; those of requests that are refused later are given back. */
export type TakenAuthorizations = {
  /** Why this request may not reserve; undefined where it may, or where an API key calls and names no intent. */
  refusalOf(request: ReserveRequest): Refusal<AuthorizationRefusal> | undefined
  /** Keeps what these spent, and notes on their intents what was reserved; whatever else was taken is good again. Same transaction. */
  keepFor(tx: Tx, held: readonly { request: ReserveRequest; id: string }[]): Promise<void>
}

/** What a session's request spends; undefined where an API key calls, or nothing was sent. */
function spendingOf({ caller, authorization, sourceSha256 }: ReserveRequest): Spending | undefined {
  if (caller.person === undefined || authorization === undefined) return undefined
  const { personId } = caller.person
  return { accountId: caller.accountId, personId, authorization, what: oneAffixing(sourceSha256) }
}

/** A turn's time, and of which requests the batch was confirmed as a whole. */
export type AuthorizedTurn = { now: Date; isConfirmed(request: ReserveRequest): boolean }

/** Spends what these requests brought, in one statement; where none comes with a session there is none. */
export async function takeAuthorizations(
  tx: Tx,
  requests: readonly ReserveRequest[],
  turn: AuthorizedTurn,
): Promise<TakenAuthorizations> {
  const { now } = turn
  // who paid for just this has confirmed it when they ordered, and who opened its batch then
  const needsOne = (request: ReserveRequest): boolean =>
    request.caller.person !== undefined &&
    request.confirmed !== true &&
    request.intentOrderId === undefined &&
    !turn.isConfirmed(request)
  const brought = requests.flatMap((request) => {
    const spending = needsOne(request) ? spendingOf(request) : undefined
    return spending === undefined ? [] : [{ request, spending }]
  })
  const intents = await takeIntents(tx, requests, now)
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
      const refusal = intents.refusalOf(request)
      if (refusal !== undefined) return refusal
      if (!needsOne(request) || taken.has(request)) return undefined
      return { code: request.authorization === undefined ? 'authorization_missing' : 'authorization_unusable' }
    },
    async keepFor(inTx, held) {
      for (const { request } of held) taken.delete(request)
      await returnAuthorizations(inTx, [...taken.values()])
      await intents.keepFor(inTx, held)
    },
  }
}
