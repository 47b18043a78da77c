import type { Route } from '../../base/receiver.ts'
import type { Sealing } from '../../base/sealing.ts'
import type { Database, Queryable } from '../../database/database.ts'
import { inBatches } from '../../database/in-batches.ts'
import { inboxItemsMax, messageKeepDays } from '../../limits/traffic.ts'
import { receiverIndex } from './queue.ts'
import { openBody } from './send.ts'
import { messageWords } from './words.ts'

export type MessageState = 'due' | 'sent' | 'given_up'

/** A message as its receiver would see it. `code`: the one-time code in it, for programs. */
export type InboxMessage = {
  id: string
  route: Route
  address: string
  template: string
  subject: string
  text: string
  code: string | undefined
  state: MessageState
  createdAt: Date
}

type InboxRow = {
  message_id: string
  route: Route
  receiver: Buffer
  template: string
  body: Buffer
  state: MessageState
  created_at: Date
}

/** The newest messages on these routes, newest first; with `address` those to one receiver alone. Withheld ones are nobody's. */
export async function readInbox(
  sql: Queryable,
  sealing: Sealing,
  wanted: { routes: readonly Route[]; host: string; address?: string | undefined },
): Promise<InboxMessage[]> {
  const { routes, host, address } = wanted
  const rows = await sql<InboxRow[]>`
    select message_id, route, receiver, template, body, state, created_at from messages
    where state <> 'withheld' and route = any(${[...routes]}::text[])
      ${address === undefined ? sql`` : sql`and receiver_index = ${receiverIndex(sealing, address)}`}
    order by message_id desc limit ${inboxItemsMax}`
  return rows.map((row) => {
    const { message_id: id, route, template, state, created_at: createdAt } = row
    const body = openBody(sealing, row)
    const { code } = body.values
    return {
      id,
      route,
      address: sealing.open({ purpose: 'message.receiver', owner: id }, row.receiver).toString(),
      template,
      ...messageWords({ route, template, ...body }, host),
      code: typeof code === 'string' ? code : undefined,
      state,
      createdAt,
    }
  })
}

/** Deletes messages a week old, whatever became of them. Returns how many. */
export async function dropOldMessages(database: Database, stopping: AbortSignal): Promise<number> {
  const before = new Date((await database.now()).getTime() - messageKeepDays * 24 * 60 * 60 * 1000)
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from messages where message_id in (
        select message_id from messages where created_at < ${before} order by created_at limit ${rowsMax})`
    return gone.count
  })
}
