import { newUuid, publicId, type IdKind } from '../../base/ids.ts'
import type { Tx } from '../../database/database.ts'
import { recordEvents, type EventName, type OutboxEvent } from '../outbox.ts'

/** What a made-up event says of its thing, as a real one of its name does. */
const details: Readonly<Record<string, Record<string, string>>> = {
  'affixing.reserved': { serial: 'SPESIMEN00000000000000' },
  'affixing.released': { reason: 'cancelled' },
}

const kinds: readonly IdKind[] = ['affixing', 'order', 'batch']

/** The kind of thing an event is about: `affixing.affixed` is of an affixing; what is about none of them is about the account. */
function kindOf(event: EventName): IdKind {
  return kinds.find((kind) => event.startsWith(`${kind}.`)) ?? 'account'
}

/**
 * Makes up an event of a thing that is not there: `test` in its data says so. It goes the way of every event. `heard` is false
 * where nobody wants it; then nothing is written.
 */
export async function triggerEvent(
  tx: Tx,
  wanted: { accountId: string; event: EventName; at: Date },
): Promise<{ id: string; objectId: string; heard: boolean }> {
  const { accountId, event, at } = wanted
  const made: OutboxEvent = {
    accountId,
    id: newUuid(at),
    event,
    objectId: publicId(kindOf(event), newUuid(at)),
    version: 1,
    detail: { ...details[event], test: 'trigger' },
  }
  await recordEvents(tx, [made], at)
  const [written] = await tx`select from outbox where account_id = ${accountId} and id = ${made.id}`
  return { id: made.id, objectId: made.objectId, heard: written !== undefined }
}
