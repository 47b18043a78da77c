import { derivedUuid } from '../base/ids.ts'
import type { Database, Tx } from '../database/database.ts'
import { findAccount, grantUnits, openHolder, type Account } from './accounts.ts'
import { makeApiKey, storeApiKey } from './api-keys.ts'
import { addMember } from './memberships.ts'
import { addPerson } from './people.ts'
import { replacePin } from './pins.ts'
import { openSession } from './sessions.ts'
import { recordPersonAct, type PeopleParts, type SignedInNow } from './sign-in.ts'

/** What a local demo writes down for its command line: where it answers, and a key of each kind (0600). */
export type DemoKeys = { liveKey: string; testKey: string }

/** Name of the demo's account, and the stamps it begins with: enough for a tour, few enough to see it empty. */
export const demoAccountName = 'Demo'
export const demoGrantUnits = 100n

/** The PIN of whoever signs in to the demo by one click. It stands on every page they see: it protects nobody. */
export const demoPin = '271828'
const demoPersonName = 'Orang Contoh'

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
    const at = await database.now(tx)
    const account = await holdDemoAccount(tx, at)
    await storeApiKey(tx, { key: keys.liveKey, accountId: account.accountId, kind: 'live', label: 'demo', at })
    await storeApiKey(tx, { key: keys.testKey, accountId: account.testAccountId, kind: 'test', label: 'demo', at })
    return account.accountId
  })
  return { ...keys, accountId }
}

/** The demo's open account; a new one with its quota where there is none, or it was closed. */
async function holdDemoAccount(tx: Tx, at: Date): Promise<Account> {
  // Two processes of one demo may start at once: the first makes the account, the second finds it.
  await tx`select pg_advisory_xact_lock(hashtext('openmeterai demo account'))`
  const found = await findAccount(tx, { name: demoAccountName })
  if (found !== undefined) return found
  return openWithGrant(tx, { name: demoAccountName, at })
}

async function openWithGrant(tx: Tx, { at, ...named }: { name?: string; at: Date }): Promise<Account> {
  const account = await openHolder(tx, { ...named, at })
  const id = derivedUuid(account.accountId, 'demo grant')
  await grantUnits(tx, { accountId: account.accountId, id, ledger: 'stamps', units: demoGrantUnits, at })
  return account
}

const demoPersonOf = (accountId: string): string => derivedUuid(accountId, 'demo person')

/** Whether this is who signs in to a demo by one click; UUIDs. */
export function isDemoPerson(of: { accountId: string; personId: string }): boolean {
  return of.personId === demoPersonOf(of.accountId)
}

/**
 * Signs the demo's person in: the owner of the demo account, without contact or password. On a machine of one's own everybody who comes is
 * this one person, so whatever was done to their membership or their PIN is put right each time. `isOwn`: a person and an account that
 * nobody else has, where strangers come by; nothing leads back to it once its session is over.
 */
export async function signInAsDemo(
  { database, sealing }: Pick<PeopleParts, 'database' | 'sealing'>,
  { device, isOwn = false }: { device: string; isOwn?: boolean },
): Promise<SignedInNow> {
  return database.transaction(async (tx) => {
    const at = await database.now(tx)
    const { accountId } = isOwn ? await openWithGrant(tx, { at }) : await holdDemoAccount(tx, at)
    const personId = demoPersonOf(accountId)
    await addPerson(tx, sealing, { personId, name: demoPersonName, language: 'id', at })
    await addMember(tx, { accountId, personId, role: 'owner', stampsPerMonth: null, orderLimitRupiah: null, at })
    await replacePin(tx, sealing, { personId, pin: demoPin, at, byCode: false })
    const { sessionId, token } = await openSession(tx, sealing, { personId, accountId, device, at })
    await recordPersonAct(tx, { personId, accountId, action: 'person.signed_in', at })
    return { personId, sessionId, token }
  })
}
