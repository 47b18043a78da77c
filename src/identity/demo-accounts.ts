import { derivedUuid } from '../base/ids.ts'
import type { Database } from '../database/database.ts'
import { findAccount, grantUnits, openHolder } from './accounts.ts'
import { makeApiKey, storeApiKey } from './api-keys.ts'

/** What a local demo writes down for its command line: where it answers, and a key of each kind (0600). */
export type DemoKeys = { liveKey: string; testKey: string }

/** Name of the demo's account, and the stamps it begins with: enough for a tour, few enough to see it empty. */
export const demoAccountName = 'Demo'
export const demoGrantUnits = 100n

/**
 * The demo account with its quota and one key of each kind. Keys known from an earlier start stay valid;
 * repeating changes nothing.
 */
export async function openDemoAccount(
  database: Database,
  known: DemoKeys | undefined,
): Promise<DemoKeys & { accountId: string }> {
  const keys = known ?? { liveKey: makeApiKey('live'), testKey: makeApiKey('test') }
  const accountId = await database.transaction(async (tx) => {
    // Two processes of one demo may start at once: the first makes the account, the second finds it.
    await tx`select pg_advisory_xact_lock(hashtext('openmeterai demo account'))`
    const at = await database.now(tx)
    const found = await findAccount(tx, { name: demoAccountName })
    const account = found ?? (await openHolder(tx, { name: demoAccountName, at }))
    if (found === undefined) {
      const id = derivedUuid(account.accountId, 'demo grant')
      await grantUnits(tx, { accountId: account.accountId, id, ledger: 'stamps', units: demoGrantUnits, at })
    }
    await storeApiKey(tx, { key: keys.liveKey, accountId: account.accountId, kind: 'live', label: 'demo', at })
    await storeApiKey(tx, { key: keys.testKey, accountId: account.testAccountId, kind: 'test', label: 'demo', at })
    return account.accountId
  })
  return { ...keys, accountId }
}
