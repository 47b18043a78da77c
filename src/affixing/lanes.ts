import { availableParallelism } from 'node:os'
import { openLanes } from '../base/batching.ts'
import { faultPoint } from '../base/fault-points.ts'
import { traced } from '../base/traces.ts'
import { type Database, failureKind, type Tx } from '../database/database.ts'
import { pauseBeforeRetry } from '../database/pause-before-retry.ts'
import { lockAccounts } from '../ledger/transfers.ts'
import { laneQueueMax, reservedHereMax, transferBatchMax } from '../limits.ts'
import { type AffixRequest, bindBatch, postBatch, type PostItem } from './affix.ts'
import { type Affixing, findAffixings, type SignedAffixing } from './affixing.ts'
import type { AffixingGiven, AffixingParts } from './affixing-parts.ts'
import { releaseBatch, type ReleaseItem } from './release.ts'
import { reserveBatch, type Reserved, type ReserveRequest } from './reserve.ts'

/** All that changes affixings. Doing one twice is the same as once: keys, states and derived ids see to that. */
export type AffixingOperation = { accountId: string } & (
  | { kind: 'reserve'; request: ReserveRequest }
  | { kind: 'post'; item: PostItem }
  | { kind: 'bind'; item: AffixRequest }
  | { kind: 'release'; item: ReleaseItem }
)

/**
 * One core is left to what stands around the database: HTTP, signing, this process itself. With fewer lanes batches are larger,
 * and most of a batch's cost is the same for one item as for a hundred.
 */
const lanesOf = (cores: number): number => Math.max(1, cores - 1)

type Wanted = { accountId: string; id: string }

/** `left`: there was nothing to release. */
type Answer = Reserved | 'done' | 'left'

/** The operations of many callers in few transactions; an account always in the same lane. */
export type AffixingLanes = {
  /** Durable when it resolves. Rejects with Overloaded at once, nothing begun, where too many wait. */
  do(operation: AffixingOperation): Promise<Answer>
  /** The committed affixing with its signature, as one of many read together. */
  find(wanted: Wanted): Promise<SignedAffixing | undefined>
  /**
   * The affixing as this process reserved it lately, without asking the database: what never changes of it is right, whether it
   * is still open only `find` and `do` know.
   */
  reserved(wanted: Wanted): Affixing | undefined
}

/** The parts with their lanes: one set for a process. */
export function openAffixing(given: AffixingGiven): AffixingParts {
  const { database } = given
  const bounds = {
    lanes: lanesOf(availableParallelism()),
    batchMax: transferBatchMax,
    queueMax: laneQueueMax,
    failureKind,
    pauseBeforeRetry,
  }
  const keyOf = ({ accountId }: { accountId: string }) => accountId
  const writes = openLanes<AffixingOperation, Answer>({
    ...bounds,
    keyOf,
    observe: (run) => given.observe?.('write', run),
    run: (operations) =>
      traced({ name: 'batch write', root: true, attributes: { items: operations.length } }, () =>
        runOperations(database, given, operations),
      ),
  })
  const reads = openLanes<Wanted, SignedAffixing | undefined>({
    ...bounds,
    keyOf,
    observe: (run) => given.observe?.('read', run),
    run: async (wanted) => {
      const found = await findAffixings(database.sql, wanted)
      return wanted.map(({ accountId, id }) => {
        const one = found.get(id)
        return one?.affixing.accountId === accountId ? one : undefined
      })
    },
  })
  const reservedHere = new Map<string, Affixing>()
  return {
    ...given,
    lanes: {
      async do(operation) {
        const answer = await writes.submit(operation)
        if (operation.kind !== 'reserve') reservedHere.delete(operation.item.id)
        else if (typeof answer !== 'string' && answer.ok && answer.affixing !== undefined) {
          if (reservedHere.size >= reservedHereMax) reservedHere.clear()
          reservedHere.set(answer.affixing.id, answer.affixing)
        }
        return answer
      },
      find: (wanted) => reads.submit(wanted),
      reserved({ accountId, id }) {
        const affixing = reservedHere.get(id)
        return affixing?.accountId === accountId ? affixing : undefined
      },
    },
  }
}

/**
 * One transaction for all. None of them has an answer yet, so any order of theirs is one that could have been; units that
 * come back are there for the reservations beside them.
 */
async function runOperations(
  database: Database,
  given: AffixingGiven,
  operations: readonly AffixingOperation[],
): Promise<Answer[]> {
  const posts = operations.flatMap((one) => (one.kind === 'post' ? [one.item] : []))
  const binds = operations.flatMap((one) => (one.kind === 'bind' ? [one.item] : []))
  const releases = operations.flatMap((one) => (one.kind === 'release' ? [one.item] : []))
  const requests = operations.flatMap((one) => (one.kind === 'reserve' ? [one.request] : []))
  const { released, reserved } = await database.transaction(async (tx) => {
    const now = await lockedNow(database, tx, operations)
    if (binds.length > 0) await bindBatch(tx, { items: binds, now })
    const left = releases.length > 0 ? await releaseBatch(tx, { items: releases, now }) : new Set<string>()
    // Neither changes what the other decides by: their statements share the way to the database and back. New forms of both may be
    // stored in any order, so two batches with the same new ones can meet in a deadlock: one of them runs again.
    const [answered] = await Promise.all([
      requests.length > 0 ? reserveBatch(tx, given, { requests, now }) : [],
      posts.length > 0 ? postBatch(tx, { items: posts, now }) : undefined,
    ])
    if (posts.length > 0) await faultPoint('affixing.storedNotCommitted')
    if (requests.length > 0) await faultPoint('affixing.reservedNotCommitted')
    if (binds.length > 0) await faultPoint('affixing.boundNotCommitted')
    if (releases.length > 0) await faultPoint('affixing.releasedNotCommitted')
    return { released: left, reserved: answered }
  })
  const answers = new Map(requests.map((request, index) => [request, reserved[index]]))
  return operations.map((one) => {
    if (one.kind === 'release') return released.has(one.item.id) ? 'done' : 'left'
    if (one.kind !== 'reserve') return 'done'
    const answer = answers.get(one.request)
    if (answer === undefined) throw new Error('a reservation got no answer')
    return answer
  })
}

/** The batch's one moment, read when its accounts are locked. */
async function lockedNow(database: Database, tx: Tx, operations: readonly AffixingOperation[]): Promise<Date> {
  const accountIds = [...new Set(operations.map(({ accountId }) => accountId))]
  const [, now] = await Promise.all([lockAccounts(tx, accountIds), database.now(tx)])
  return now
}
