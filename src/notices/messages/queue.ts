import { newUuid } from '../../base/ids.ts'
import type { Receiver } from '../../base/receiver.ts'
import type { Sealing } from '../../base/sealing.ts'
import type { Language, TextValues } from '../../base/text.ts'
import type { Tx } from '../../database/database.ts'
import { messageLifeSeconds } from '../../limits/traffic.ts'
import { messageKey } from './words.ts'

// The life of a message: due -> claimed (due again when the claim lapses) -> sent, or due again later, or given up. It is made in
// the transaction of what it tells, so neither stands without the other.

export type { Receiver } from '../../base/receiver.ts'

/** What a message says: its words are made when it is sent, in the language of its receiver. */
export type MessageBody = { values: TextValues; language: Language }

export type NewMessage = MessageBody & {
  /** Whom it is about; null where nobody has an account yet. */
  accountId: string | null
  receiver: Receiver
  /** `messages.<template>.subject` and `.text` are its words. */
  template: string
  at: Date
  /** Not sent later than this; three days from `at` where it is left out. */
  until?: Date
  /** Makes the same row, and nobody gets it: for receivers that must not learn whether we know them. */
  withhold?: boolean
}

/**
 * Queues a message in the caller's transaction; it goes out once that is committed. Address and values are stored sealed. The
 * UUID of the message. Throws RangeError for a template that has no words.
 */
export async function queueMessage(tx: Tx, sealing: Sealing, message: NewMessage): Promise<string> {
  const { receiver, template, values, language, at } = message
  if (messageKey(template, 'subject') === undefined || messageKey(template, 'text') === undefined)
    throw new RangeError(`no text messages.${template}`)
  const id = newUuid(at)
  const body: MessageBody = { values, language }
  const until = message.until ?? new Date(at.getTime() + messageLifeSeconds * 1000)
  const isDue = message.withhold !== true
  await tx`
    insert into messages (message_id, account_id, route, receiver, receiver_index, template, body, created_at, until, state, due_at)
    values (${id}, ${message.accountId}, ${receiver.route}, ${sealing.seal({ purpose: 'message.receiver', owner: id }, receiver.address)},
      ${receiverIndex(sealing, receiver.address)}, ${template},
      ${sealing.seal({ purpose: 'message.body', owner: id }, JSON.stringify(body))},
      ${at}, ${until}, ${isDue ? 'due' : 'withheld'}, ${isDue ? at : null})`
  return id
}

/** By which messages to an address are found; the address is normalised. */
export function receiverIndex(sealing: Sealing, address: string): Buffer {
  return sealing.blindIndex('message.receiver', address)
}
