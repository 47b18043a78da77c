import type { Sealing } from '../base/sealing.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Tx } from '../database/database.ts'

const dayMilliseconds = 24 * 60 * 60 * 1000
/** Jakarta (WIB) has been seven hours ahead of UTC all year since 1964. */
const jakartaMilliseconds = 7 * 60 * 60 * 1000

/** Seconds until the day ends in Jakarta, 1 at least. */
export function secondsOfDayLeft(at: Date): number {
  return Math.ceil((dayMilliseconds - ((at.getTime() + jakartaMilliseconds) % dayMilliseconds)) / 1000)
}

/** Numbers that are sold in one block: six digits behind +62; of other countries the code and the first digits of the network. */
export function smsPrefix(address: string): string {
  return address.slice(0, address.startsWith('+62') ? 9 : 6)
}

/**
 * Takes one SMS out of the day's budgets; which of them is spent where none is left, and then nothing is taken. Asked late in a
 * transaction: all who send wait for the service's row.
 */
export async function takeSms(
  tx: Tx,
  sealing: Sealing,
  wanted: { address: string; prefixMax: number; serviceMax: number; at: Date },
): Promise<'prefix' | 'service' | undefined> {
  const { at, prefixMax, serviceMax } = wanted
  const day = new Date(at.getTime() + jakartaMilliseconds).toISOString().slice(0, 10)
  const prefix = sealing.blindIndex('sms count', smsPrefix(wanted.address))
  const service = sealing.blindIndex('sms count', 'service')
  // one row after the other, the busy one last
  const holdCount = async (counted: Buffer): Promise<number> => {
    const [row] = await tx<{ sent: number }[]>`
      insert into sms_counts as c (counted, day, sent) values (${counted}, ${day}::date, 0)
      on conflict (counted) do update set day = excluded.day, sent = case when c.day = excluded.day then c.sent else 0 end
      returning sent`
    return row?.sent ?? 0
  }
  if ((await holdCount(prefix)) >= prefixMax) return 'prefix'
  if ((await holdCount(service)) >= serviceMax) return 'service'
  await tx`update sms_counts set sent = sent + 1 where counted = any(${tx.array([prefix, service], arrayOid.bytea)}::bytea[])`
  return undefined
}
