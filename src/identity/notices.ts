import type { Receiver } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import type { TextValues } from '../base/text.ts'
import type { Tx } from '../database/database.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import type { MessageTemplate } from '../notices/messages/templates.ts'
import type { Person } from './people.ts'

/** Tells a person what was done in their name: by e-mail where they have one, else by WhatsApp. `template`: words under `messages.`. */
export async function tellPerson(
  tx: Tx,
  sealing: Sealing,
  notice: {
    person: Pick<Person, 'email' | 'phone' | 'language'>
    accountId: string | undefined
    template: MessageTemplate
    values?: TextValues
    at: Date
  },
): Promise<void> {
  const { person, template, values = {}, at } = notice
  const receiver = noticeReceiver(person)
  if (receiver === undefined) return
  const accountId = notice.accountId ?? null
  await queueMessage(tx, sealing, { accountId, receiver, template, values, language: person.language, at })
}

/** Where notices of a person go: by e-mail where they have one, else by WhatsApp. */
export function noticeReceiver({ email, phone }: Pick<Person, 'email' | 'phone'>): Receiver | undefined {
  if (email !== undefined) return { route: 'email', address: email }
  return phone === undefined ? undefined : { route: 'whatsapp', address: phone }
}

/** Tells it to every contact of the person: of what somebody else might have done to one of them. */
export async function tellEverywhere(
  tx: Tx,
  sealing: Sealing,
  notice: Parameters<typeof tellPerson>[2],
): Promise<void> {
  const { email, phone, language } = notice.person
  await tellPerson(tx, sealing, { ...notice, person: { email, phone: undefined, language } })
  await tellPerson(tx, sealing, { ...notice, person: { email: undefined, phone, language } })
}
