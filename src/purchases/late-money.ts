import { z } from 'zod'
import { routes, type Receiver } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import { languages, type Language } from '../base/text.ts'
import type { Database, Queryable, Tx } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { defaultRoutes, noticeReceiver } from '../identity/notice-choices.ts'
import type { Person } from '../identity/people.ts'
import { lateMoneyDays } from '../limits/purchases.ts'

// Closing an account erases its people. Where money may still come for an order of it, one contact is kept for a while, to tell where the money is.

const contactSchema = z.object({
  receiver: z.object({ route: z.enum(routes), address: z.string() }),
  language: z.enum(languages),
})

/** Whom to tell of money that came too late, and in what language. */
export type LateContact = { receiver: Receiver; language: Language }

const placeOf = (accountId: string) => ({ purpose: 'late_money.contact', owner: accountId })

/** Keeps the contact of who closes an account, in that transaction, where money may still come for one of its orders: a first payment, or a second. */
export async function keepLateContact(
  tx: Tx,
  sealing: Sealing,
  { accountId, person, at }: { accountId: string; person: Person; at: Date },
): Promise<void> {
  const [route] = defaultRoutes(person)
  const receiver = route === undefined ? undefined : noticeReceiver(person, route)
  if (receiver === undefined) return
  const contact: LateContact = { receiver, language: person.language }
  await tx`
    insert into late_money_contacts (account_id, contact, created_at)
    select ${accountId}, ${sealing.seal(placeOf(accountId), JSON.stringify(contact))}, ${at}
    where exists (
      select from orders where account_id = ${accountId} and state in ('paid', 'expired', 'replaced') and gateway_id is not null
        and ended_at > ${at}::timestamptz - make_interval(days => ${lateMoneyDays}))`
}

/** The contact that was kept of a closed account; undefined where none was, or its time is over. */
export async function findLateContact(
  sql: Queryable,
  sealing: Sealing,
  accountId: string,
): Promise<LateContact | undefined> {
  const [row] = await sql<{ contact: Buffer }[]>`
    select contact from late_money_contacts where account_id = ${accountId}`
  if (row === undefined) return undefined
  return contactSchema.parse(JSON.parse(sealing.open(placeOf(accountId), row.contact).toString('utf8')))
}

/** Whether this account was closed. */
export async function isClosed(sql: Queryable, accountId: string): Promise<boolean> {
  const rows = await sql`select 1 from account_holders where account_id = ${accountId} and closed_at is not null`
  return rows.length > 0
}

/** Deletes contacts whose time is over, but those of refunds that are still open. Returns how many. */
export async function dropLateContacts(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from late_money_contacts where account_id in (
        select account_id from late_money_contacts c
        where created_at < database_now() - make_interval(days => ${lateMoneyDays}) and not exists (
          select from refund_cases r where r.account_id = c.account_id and r.state in ('due', 'approved'))
        limit ${rowsMax})`
    return gone.count
  })
}
