import type { Job } from '../base/jobs.ts'
import type { Database } from '../database/database.ts'
import { dropOldConfirmations } from '../identity/confirmations.ts'
import { foldDeltas } from '../ledger/fold-deltas.ts'
import { ledgerBalances } from '../ledger/invariant.ts'
import { dropListeners } from '../notices/webhooks/listeners.ts'
import { dropLateContacts } from '../purchases/late-money.ts'
import { dropOldIntents } from '../purchases/order-intents.ts'
import { retentionSeconds } from '../limits/traffic.ts'
import { foldSeconds, ledgerCheckSeconds } from '../limits/stamping.ts'
import { dropGivenUpEvents } from '../notices/drop-given-up.ts'
import { dropOldDeliveries } from '../notices/webhooks/deliveries.ts'
import { dropDocumentRows, forgetKeys } from './retention.ts'

/** The jobs of docs/operate.md that fold, delete and prove, in bounded steps; each is safe in several processes at once. */
export function upkeepJobs(parts: { database: Database; ledgerChecked: (holds: boolean, at: Date) => void }): Job[] {
  const { database } = parts
  return [
    {
      name: 'ledger',
      everySeconds: ledgerCheckSeconds,
      run: async () => parts.ledgerChecked(await ledgerBalances(database.sql), await database.now()),
    },
    { name: 'deltas', everySeconds: foldSeconds, run: async (stopping) => void (await foldDeltas(database, stopping)) },
    {
      name: 'retention',
      everySeconds: retentionSeconds,
      async run(stopping) {
        await forgetKeys(database, stopping)
        await dropDocumentRows(database, stopping)
        await dropListeners(database, stopping)
        await dropGivenUpEvents(database, stopping)
        await dropOldDeliveries(database, stopping)
        await dropOldConfirmations(database, stopping)
        await dropOldIntents(database, stopping)
        await dropLateContacts(database, stopping)
      },
    },
  ]
}
