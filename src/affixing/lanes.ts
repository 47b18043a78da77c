import { availableParallelism } from 'node:os'
import { openLanes } from '../base/batching.ts'
import { faultPoint } from '../base/fault-points.ts'
import { traced } from '../base/traces.ts'
import { type Database, failureKind, type Tx } from '../database/database.ts'
import { pauseBeforeRetry } from '../database/pause-before-retry.ts'
import { lockAccounts } from '../ledger/transfers.ts'
import { laneQueueMax, transferBatchMax } from '../limits.ts'
import { type AffixRequest, bindBatch, postBatch, type PostItem } from './affix.ts'
import { findAffixings, type SignedAffixing } from './affixing.ts'
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

type Wanted = { accountId: string; id: string }

/** `left`: there was nothing to release. */
type Answer = Reserved | 'done' | 'left'

/** The operations of many callers in few transactions; an account always in the same lane. */
export type AffixingLanes = {
  /** Durable when it resolves. Rejects with Overloaded at once, nothing begun, where too many wait. */
  do(operation: AffixingOperation): Promise<Answer>
  /** The committed affixing with its signature, as one of many read together. */
  find(wanted: Wanted): Promise<SignedAffixing | undefined>
}

/** The parts with their lanes: one set for a process. */
export function openAffixing(given: AffixingGiven): AffixingParts {
  const { database } = given
  const bounds = {
    lanes: availableParallelism(),
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
  return { ...given, lanes: { do: (operation) => writes.submit(operation), find: (wanted) => reads.submit(wanted) } }
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
    if (posts.length > 0) await postBatch(tx, { items: posts, now })
    if (binds.length > 0) await bindBatch(tx, { items: binds, now })
    const outcome = {
      released: releases.length > 0 ? await releaseBatch(tx, { items: releases, now }) : new Set<string>(),
      reserved: requests.length > 0 ? await reserveBatch(tx, given, { requests, now }) : [],
    }
    if (posts.length > 0) await faultPoint('affixing.storedNotCommitted')
    if (requests.length > 0) await faultPoint('affixing.reservedNotCommitted')
    if (binds.length > 0) await faultPoint('affixing.boundNotCommitted')
    if (releases.length > 0) await faultPoint('affixing.releasedNotCommitted')
    return outcome
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
