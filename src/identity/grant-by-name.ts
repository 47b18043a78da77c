import { newUuid, parsePublicId, publicId } from '../base/ids.ts'
import type { Database } from '../database/database.ts'
import { readQuota } from '../ledger/balances.ts'
import { findAccount, grantUnits } from './accounts.ts'

/** A treasury grant to an account named by its public id or its exact name; demo mode only. */
export async function grantByName(
  database: Database,
  grant: { account: string; units: number; mode: 'demo' | 'production' },
): Promise<
  { ok: true; accountId: string; available: number } | { ok: false; reason: 'production' | 'account_unknown' }
> {
  if (grant.mode !== 'demo') return { ok: false, reason: 'production' }
  const account = await findAccount(database.sql, {
    accountId: parsePublicId('account', grant.account),
    name: grant.account,
  })
  if (account === undefined) return { ok: false, reason: 'account_unknown' }
  const { accountId } = account
  const available = await database.transaction(async (tx) => {
    const at = await database.now(tx)
    await grantUnits(tx, { accountId, id: newUuid(at), ledger: 'stamps', units: BigInt(grant.units), at })
    return Number((await readQuota(tx, { accountId, ledger: 'stamps' })).available)
  })
  return { ok: true, accountId: publicId('account', accountId), available }
}
