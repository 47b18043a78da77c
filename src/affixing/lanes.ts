import { availableParallelism } from 'node:os'
import { type Lanes, openLanes } from '../base/batching.ts'
import { traced } from '../base/traces.ts'
import { transactionsAhead } from '../database/ahead.ts'
import { readyTransactionMilliseconds } from '../database/bounds.ts'
import { failureKind } from '../database/database.ts'
import { pauseBeforeRetry } from '../database/pause-before-retry.ts'
import { laneQueueMax, reservedHereMax, serialDrawsMax, transferBatchMax } from '../limits/stamping.ts'
import { type Affixing, findAffixings, readSettled, type SignedAffixing } from './affixing.ts'
import type { AffixingGiven, AffixingParts } from './affixing-parts.ts'
import { SerialTaken } from './serials.ts'
import { forgetForms } from './signature-forms.ts'
import { type AffixingOperation, type Answer, writeBatch, type WriteGiven } from './write-batch.ts'

/**
 * One core is left to what stands around the database: HTTP, signing, this process itself. With fewer lanes batches are larger,
 * and most of a batch's cost is the same for one item as for a hundred.
 */
const lanesOf = (cores: number): number => Math.max(1, cores - 1)

type Wanted = { accountId: string; id: string }

/** The operations of many callers in few transactions; an account always in the same lane. */
export type AffixingLanes = {
  /** Durable when it resolves. Rejects with Overloaded at once, nothing begun, where too many wait. */
  do(operation: AffixingOperation): Promise<Answer>
  /** The committed affixing with its signature, as one of many read together. */
  find(wanted: Wanted): Promise<SignedAffixing | undefined>
  /** The affixing as it is committed now, with its signature; what never changes of it is known and not read again. */
  settled(known: Affixing): Promise<SignedAffixing>
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
  const writeGiven: WriteGiven = {
    ...given,
    ahead: transactionsAhead(database, readyTransactionMilliseconds),
    formIds: new Map(),
    contended: false,
    moreWaits: () => writes.waiting() > 0,
  }
  const writes: Lanes<AffixingOperation, Answer> = openLanes<AffixingOperation, Answer>({
    ...bounds,
    keyOf,
    observe: (run) => given.observe?.('write', run),
    run: (operations, more) =>
      traced({ name: 'batch write', root: true, attributes: { items: operations.length } }, () =>
        runOperations(writeGiven, operations, more),
      ),
  })
  const reads = openLanes<Wanted & { known?: Affixing }, SignedAffixing | undefined>({
    ...bounds,
    keyOf,
    observe: (run) => given.observe?.('read', run),
    run: async (wanted) => {
      const known = wanted.flatMap((one) => one.known ?? [])
      const unknown = wanted.filter((one) => one.known === undefined)
      const [settled, found] = await Promise.all([
        known.length > 0 ? readSettled(database.sql, known) : undefined,
        unknown.length > 0 ? findAffixings(database.sql, unknown) : undefined,
      ])
      return wanted.map((one) => {
        if (one.known !== undefined) return settled?.get(one.id)
        const other = found?.get(one.id)
        return other?.affixing.accountId === one.accountId ? other : undefined
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
      async settled(known) {
        const found = await reads.submit({ accountId: known.accountId, id: known.id, known })
        if (found === undefined) throw new Error(`affixing ${known.id} is gone`)
        return found
      },
      reserved({ accountId, id }) {
        const affixing = reservedHere.get(id)
        return affixing?.accountId === accountId ? affixing : undefined
      },
    },
  }
}

/** The transaction of a batch again, with other draws, where a serial number was taken. */
async function runOperations(
  given: WriteGiven,
  first: readonly AffixingOperation[],
  more: () => readonly AffixingOperation[],
): Promise<Answer[]> {
  const operations = [...first]
  function takeAlong(): readonly AffixingOperation[] {
    const taken = more()
    operations.push(...taken)
    return taken
  }
  for (let draws = 1; ; draws++) {
    try {
      return await writeBatch(given, operations, takeAlong)
    } catch (error) {
      // a lost connection may be a failover to a standby that lacks what was committed last: what was known of it may not be there
      if (failureKind(error) === 'unknown') {
        given.formIds.clear()
        forgetForms(given.database.sql)
      }
      if (!(error instanceof SerialTaken) || draws >= serialDrawsMax) throw error
    }
  }
}
