import { faultPoint } from '../base/fault-points.ts'
import type { Tx } from '../database/database.ts'
import { applyTransfers } from '../ledger/transfers.ts'
import { affixedAct, type AffixRequest, bindBatch, chargeOf, openPosts, type PostItem, storePosts } from './affix.ts'
import type { AffixingGiven } from './affixing-parts.ts'
import { openRecipeForms, type RecipeForms } from './recipe-forms.ts'
import { recordActs } from './record-acts.ts'
import { releaseBatch, type ReleaseItem } from './release.ts'
import { type BatchOpening, openBatch } from './reservation-limits.ts'
import { decideReservations, holdOf, holdReservations, type Reserved, type ReserveRequest, turnsOf } from './reserve.ts'

// Locks: balance rows by account id, then affixings by id. New forms of recipes and signatures may be stored in any order, so two
// batches with the same new ones can meet in a deadlock: one of them runs again.

/** All that changes affixings. Doing one twice is the same as once: keys, states and derived ids see to that. */
export type AffixingOperation = { accountId: string } & (
  | { kind: 'reserve'; request: ReserveRequest }
  | { kind: 'post'; item: PostItem }
  | { kind: 'bind'; item: AffixRequest }
  | { kind: 'release'; item: ReleaseItem }
)

/** `left`: there was nothing to release. */
export type Answer = Reserved | 'done' | 'left'

/**
 * One transaction for all. None of them has an answer yet, so any order of theirs is one that could have been; units that
 * come back are there for the reservations beside them. `formIds`: what the process's earlier batches know of recipes' forms.
 */
export async function writeBatch(
  given: AffixingGiven,
  formIds: Map<string, number>,
  operations: readonly AffixingOperation[],
): Promise<Answer[]> {
  const posts = operations.flatMap((one) => (one.kind === 'post' ? [one.item] : []))
  const binds = operations.flatMap((one) => (one.kind === 'bind' ? [one.item] : []))
  const releases = operations.flatMap((one) => (one.kind === 'release' ? [one.item] : []))
  const requests = operations.flatMap((one) => (one.kind === 'reserve' ? [one.request] : []))
  const accountIds = operations.map(({ accountId }) => accountId)
  const done = await given.database.transaction(async (tx) => {
    const forms = openRecipeForms(formIds)
    let opening = await openBatch(tx, accountIds)
    if (binds.length > 0) await bindBatch(tx, { items: binds, now: opening.now })
    const released =
      releases.length > 0 ? await releaseBatch(tx, { items: releases, now: opening.now }) : new Set<string>()
    if (released.size > 0) opening = { ...(await openBatch(tx, accountIds)), now: opening.now }
    const reserved = await settleBatch(tx, given, { posts, requests, opening, forms })
    if (posts.length > 0) await faultPoint('affixing.storedNotCommitted')
    if (requests.length > 0) await faultPoint('affixing.reservedNotCommitted')
    if (binds.length > 0) await faultPoint('affixing.boundNotCommitted')
    if (releases.length > 0) await faultPoint('affixing.releasedNotCommitted')
    return { released, reserved, forms }
  })
  done.forms.committed()
  return operations.map((one) => {
    if (one.kind === 'release') return done.released.has(one.item.id) ? 'done' : 'left'
    if (one.kind !== 'reserve') return 'done'
    const answer = done.reserved.get(one.request)
    if (answer === undefined) throw new Error('a reservation got no answer')
    return answer
  })
}

type Batch = {
  posts: readonly PostItem[]
  requests: readonly ReserveRequest[]
  opening: BatchOpening
  forms: RecipeForms
}

/**
 * Charges and holds. Neither changes what the other decides by, so they go side by side: each step of both in one trip to the database and
 * back, and what both ask alike in one statement.
 */
async function settleBatch(tx: Tx, given: AffixingGiven, batch: Batch): Promise<Map<ReserveRequest, Reserved>> {
  const { opening, forms } = batch
  const { now } = opening
  const [first = [], ...later] = turnsOf(batch.requests)
  const answers = new Map<ReserveRequest, Reserved>()
  let posts = batch.posts
  for (const requests of [first, ...later]) {
    const [won, decided] = await Promise.all([
      openPosts(tx, posts),
      requests.length > 0 ? decideReservations(tx, given, { requests, opening }) : undefined,
    ])
    const holds = decided?.candidates.map(holdOf) ?? []
    const results = await applyTransfers(tx, [...won.map(chargeOf), ...holds], now)
    const bad = results.slice(0, won.length).find(({ result }) => result !== 'ok')
    if (bad !== undefined) throw new Error(`the ledger answered ${bad.result} to the charge of an open reservation`)
    const holding =
      decided && (await holdReservations(tx, given, { decided, results: results.slice(won.length), now, forms }))
    await Promise.all([
      storePosts(tx, { items: won, now, pool: given.database.sql }),
      holding?.store(),
      recordActs(tx, [...won.map(affixedAct), ...(holding?.acts ?? [])], now),
    ])
    for (const [request, answer] of holding?.outcomes ?? []) answers.set(request, answer)
    posts = []
  }
  return answers
}
