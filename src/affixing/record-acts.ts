import { recordAudit } from '../audit/audit.ts'
import { derivedUuid, newUuid, publicId } from '../base/ids.ts'
import type { Tx } from '../database/database.ts'
import { recordEvents } from '../notices/outbox.ts'

/** What was done to an affixing, and by whom (as the audit names actors). */
export type AffixingAct = {
  accountId: string
  /** The affixing's UUID. */
  id: string
  actor: string
  action: keyof typeof versions
  detail?: Record<string, string | number>
}

/** An affixing is held once and settled once: its state is its version, and each event happens to it at most once. */
const versions = { 'affixing.reserved': 1, 'affixing.affixed': 2, 'affixing.released': 2 } as const

/** Writes acts to the audit, and for whoever subscribed to the outbox, in the transaction that does them. */
export async function recordActs(tx: Tx, acts: readonly AffixingAct[], at: Date): Promise<void> {
  await Promise.all([
    recordAudit(
      tx,
      acts.map(({ id, ...act }) => ({ ...act, id: newUuid(at), objectId: publicId('affixing', id) })),
      at,
    ),
    recordEvents(
      tx,
      acts.map(({ accountId, id, action, detail }) => ({
        accountId,
        id: derivedUuid(id, `event ${action}`),
        event: action,
        objectId: publicId('affixing', id),
        version: versions[action],
        ...(detail === undefined ? {} : { detail }),
      })),
      at,
    ),
  ])
}
