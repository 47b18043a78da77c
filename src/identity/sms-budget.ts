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
 * Takes one SMS out of the day's budgets; which of them is spent where none is left, and then nothing is taken or written. Asked late in a
 * transaction: all who send wait for the service's row. One that is not sent (`isSent`) takes nothing: it has rows of its own, so that it costs
 * the same work, and is refused where the others are, so that nothing tells it from them.
 */
export async function takeSms(
  tx: Tx,
  sealing: Sealing,
  wanted: { address: string; prefixMax: number; serviceMax: number; isSent?: boolean; at: Date },
): Promise<'prefix' | 'service' | undefined> {
  const { at, prefixMax, serviceMax, isSent = true } = wanted
  const day = new Date(at.getTime() + jakartaMilliseconds).toISOString().slice(0, 10)
  const ofPrefix = sealing.blindIndex('sms count', smsPrefix(wanted.address))
  const ofService = sealing.blindIndex('sms count', 'service')
  const spentOf = async (): Promise<'prefix' | 'service' | undefined> => {
    const rows = await tx<{ counted: Buffer; sent: number }[]>`
      select counted, sent from sms_counts
      where counted = any(${tx.array([ofPrefix, ofService], arrayOid.bytea)}::bytea[]) and day = ${day}::date`
    const sentOf = (counted: Buffer) => rows.find((row) => row.counted.equals(counted))?.sent ?? 0
    if (sentOf(ofPrefix) >= prefixMax) return 'prefix'
    return sentOf(ofService) >= serviceMax ? 'service' : undefined
  }
  // once it is spent nobody waits for the busy row only to hear so
  const early = await spentOf()
  if (early !== undefined) return early
  const own = (name: string) => sealing.blindIndex('sms count', `withheld ${name}`)
  const prefix = isSent ? ofPrefix : own(smsPrefix(wanted.address))
  const service = isSent ? ofService : own('service')
  // one row after the other, the busy one last
  for (const counted of [prefix, service])
    await tx`
      insert into sms_counts as c (counted, day, sent) values (${counted}, ${day}::date, 0)
      on conflict (counted) do update set day = excluded.day, sent = case when c.day = excluded.day then c.sent else 0 end`
  // again, now that both rows are held
  const spent = await spentOf()
  if (spent !== undefined) return spent
  await tx`
    update sms_counts set sent = sent + 1
    where counted = any(${tx.array([prefix, service], arrayOid.bytea)}::bytea[])`
  return undefined
}
