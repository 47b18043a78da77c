import { faultPoint } from '../base/fault-points.ts'
import type { Ahead } from '../database/ahead.ts'
import type { Tx } from '../database/database.ts'
import { applyTransfers, type TransferResult } from '../ledger/transfers.ts'
import { contendedMilliseconds } from '../limits/stamping.ts'
import { affixedAct, type AffixRequest, bindBatch, chargeOf, openPosts, type PostItem, storePosts } from './affix.ts'
import type { AffixingGiven } from './affixing-parts.ts'
import { openRecipeForms, type RecipeForms } from './recipe-forms.ts'
import { recordActs } from './record-acts.ts'
import { releaseBatch, type ReleaseItem } from './release.ts'
import { type BatchOpening, openBatch } from './reservation-limits.ts'
import {
  type Decided,
  decideReservations,
  type Holding,
  holdOf,
  holdReservations,
  type Reserved,
  type ReserveRequest,
  turnsOf,
} from './reserve.ts'

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

/** What one process's batches have in common. */
export type WriteGiven = AffixingGiven & {
  ahead: Ahead
  /** What the process's earlier batches know of recipes' forms. */
  formIds: Map<string, number>
  /** Another process works on the same accounts: the last batch had to wait for its locks. */
  contended: boolean
  /** The next batch is certain, and may be begun while this one is committed. */
  moreWaits(): boolean
}

/**
 * One transaction for all. None of them has an answer yet, so any order of theirs is one that could have been; units that
 * come back are there for the reservations beside them. `more` takes along what came for the same accounts.
 */
export async function writeBatch(
  given: WriteGiven,
  first: readonly AffixingOperation[],
  more: () => readonly AffixingOperation[],
): Promise<Answer[]> {
  const operations = [...first]
  const accountIds = [...new Set(first.map(({ accountId }) => accountId))]
  const isCrowded = first.length >= 2 * accountIds.length
  const done = await given.ahead.run(async (tx) => {
    let opening = openBatch(tx, accountIds)
    // who waits for the lock of a busy account takes along who comes for it meanwhile
    if (given.contended && isCrowded) {
      given.contended = (await opening).waitedMilliseconds > contendedMilliseconds
      operations.push(...more())
    }
    const { posts, binds, releases, requests } = sorted(operations)
    const forms = openRecipeForms(given.formIds)
    let released: ReadonlySet<string> = new Set()
    if (binds.length > 0 || releases.length > 0) {
      const { now } = await opening
      if (binds.length > 0) await bindBatch(tx, { items: binds, now })
      if (releases.length > 0) released = await releaseBatch(tx, { items: releases, now })
      if (released.size > 0) opening = openBatch(tx, accountIds).then((again) => ({ ...again, now }))
    }
    const reserved = await settleBatch(tx, given, { posts, requests, opening, forms })
    if (posts.length > 0) await faultPoint('affixing.storedNotCommitted')
    if (requests.length > 0) await faultPoint('affixing.reservedNotCommitted')
    if (binds.length > 0) await faultPoint('affixing.boundNotCommitted')
    if (releases.length > 0) await faultPoint('affixing.releasedNotCommitted')
    if (given.moreWaits()) given.ahead.begin()
    given.contended ||= (await opening).waitedMilliseconds > contendedMilliseconds
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

/** A batch's operations by what they do. */
function sorted(operations: readonly AffixingOperation[]) {
  return {
    posts: operations.flatMap((one) => (one.kind === 'post' ? [one.item] : [])),
    binds: operations.flatMap((one) => (one.kind === 'bind' ? [one.item] : [])),
    releases: operations.flatMap((one) => (one.kind === 'release' ? [one.item] : [])),
    requests: operations.flatMap((one) => (one.kind === 'reserve' ? [one.request] : [])),
  }
}

type Batch = {
  posts: readonly PostItem[]
  requests: readonly ReserveRequest[]
  /** Sent before anything else; what is asked beside it goes after it, and sees what was committed before the locks were ours. */
  opening: Promise<BatchOpening>
  forms: RecipeForms
}

/**
 * Charges and holds. Neither changes what the other decides by, so they go side by side: each step of both in one trip to the database and
 * back, and what both ask alike in one statement.
 */
async function settleBatch(tx: Tx, given: WriteGiven, batch: Batch): Promise<Map<ReserveRequest, Reserved>> {
  const [first = [], ...later] = turnsOf(batch.requests)
  const answers = new Map<ReserveRequest, Reserved>()
  let { posts } = batch
  for (const requests of [first, ...later]) {
    const [{ now }, won, decided] = await Promise.all([
      batch.opening,
      openPosts(tx, posts),
      requests.length > 0 ? decideReservations(tx, given, { requests, opening: batch.opening }) : undefined,
    ])
    const outcomes = await settleTurn(tx, given, { won, decided, now, forms: batch.forms })
    for (const [request, answer] of outcomes) answers.set(request, answer)
    posts = []
  }
  return answers
}

type Turn = { won: readonly PostItem[]; decided: Decided | undefined; now: Date; forms: RecipeForms }

/**
 * Moves the value and stores what it is moved for. Charges of open reservations are never refused, and where there was quota for
 * every hold neither are those: what follows of them goes beside the ledger's statement, and an answer that is not as foreseen undoes all.
 */
async function settleTurn(tx: Tx, given: WriteGiven, turn: Turn): Promise<ReadonlyMap<ReserveRequest, Reserved>> {
  const { won, decided, now, forms } = turn
  const holds = decided?.candidates.map(holdOf) ?? []
  const applied = applyTransfers(tx, [...won.map(chargeOf), ...holds], now)

  async function hold(): Promise<Holding | undefined> {
    if (decided === undefined) return undefined
    const results = decided.foreseen ? holds.map(() => granted) : (await applied).slice(won.length)
    return holdReservations(tx, given, { decided, results, now, forms })
  }

  async function store(): Promise<ReadonlyMap<ReserveRequest, Reserved>> {
    const holding = await hold()
    await Promise.all([
      storePosts(tx, { items: won, now, pool: given.database.sql }),
      holding?.store(),
      recordActs(tx, [...won.map(affixedAct), ...(holding?.acts ?? [])], now),
    ])
    return holding?.outcomes ?? new Map()
  }

  const [results, outcomes] = await Promise.all([applied, store()])
  const sure = decided?.foreseen === true ? results : results.slice(0, won.length)
  const bad = sure.find(({ result }) => result !== 'ok')
  if (bad !== undefined) throw new Error(`the ledger answered ${bad.result} where "ok" was foreseen`)
  return outcomes
}

const granted: TransferResult = { result: 'ok' }
