import type { Tx } from '../database/database.ts'
import {
  bindIntents,
  intentRefusal,
  returnIntents,
  spendIntents,
  type IntentRefusal,
  type IntentSpending,
} from '../purchases/order-intents.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { ReserveRequest } from './reserve.ts'

/** What an order is for: one affixing, word for word as it will be reserved. */
export type IntendedAffixing = Pick<
  ReserveRequest,
  'facts' | 'placement' | 'sourceSha256' | 'sourceLength' | 'pageCount' | 'additional'
>

/** The fingerprint (64 hex) of what an order's intent may reserve: the same fields as the reservation has. */
export function intentFingerprint(intended: IntendedAffixing): string {
  const { facts, placement, sourceSha256, sourceLength, pageCount, additional } = intended
  return fingerprintOf({ facts, placement, sourceSha256, sourceLength, pageCount, additional })
}

/** The intents of one turn, spent; those of requests that are refused later are given back. */
export type TakenIntents = {
  refusalOf(request: ReserveRequest): IntentRefusal | undefined
  /** Notes what was reserved by them; whatever else was taken is good again. Same transaction. */
  keepFor(tx: Tx, held: readonly { request: ReserveRequest; id: string }[]): Promise<void>
}

/** Spends the intents that these requests name, in one statement; where none does there is none. */
export async function takeIntents(tx: Tx, requests: readonly ReserveRequest[], now: Date): Promise<TakenIntents> {
  const named = requests.flatMap((request) => {
    const spending = spendingOf(request)
    return spending === undefined ? [] : [{ request, spending }]
  })
  const good = await spendIntents(
    tx,
    named.map(({ spending }) => spending),
    now,
  )
  const taken = new Map<ReserveRequest, IntentSpending>()
  const refused = new Map<ReserveRequest, IntentRefusal>()
  for (const [nr, { request, spending }] of named.entries())
    if (good.has(nr)) taken.set(request, spending)
    else refused.set(request, await intentRefusal(tx, spending))
  return {
    refusalOf: (request) => refused.get(request),
    async keepFor(inTx, held) {
      const bound = held.flatMap(({ request, id }) => {
        const spending = taken.get(request)
        taken.delete(request)
        return spending === undefined ? [] : [{ ...spending, affixingId: id }]
      })
      await bindIntents(inTx, bound)
      await returnIntents(inTx, [...taken.values()])
    },
  }
}

function spendingOf(request: ReserveRequest): IntentSpending | undefined {
  const { caller, intentOrderId } = request
  if (intentOrderId === undefined) return undefined
  const { accountId, person } = caller
  return { accountId, orderId: intentOrderId, personId: person?.personId, bound: intentFingerprint(request) }
}
