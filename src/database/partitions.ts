import { openDatabase } from './database.ts'

/** Tables whose rows go into months by their UUIDv7. */
const monthlyTables = ['transfers', 'signatures', 'audit'] as const
/** This month and the next three: a service that nobody restarts or watches for a quarter still has its months. */
const monthsAhead = 4

/** Makes the coming months' partitions as the owner of the schema; repeating is harmless, so are several processes at once. */
export async function makePartitions(ownerUrl: string): Promise<void> {
  const owner = openDatabase({ url: ownerUrl, connectionsMax: 1, applicationName: 'openmeterai partitions' })
  try {
    await owner.transaction(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtext('openmeterai partitions'))`
      const now = await owner.now(tx)
      for (const table of monthlyTables) await tx`select make_month_partitions(${table}, ${now}, ${monthsAhead})`
      await tx`select make_audit_chain_partitions()`
    })
  } finally {
    await owner.close()
  }
}
