import type { Receiver } from '../base/receiver.ts'
import type { Queryable } from '../database/database.ts'
import type { NoticeTopic } from '../notices/messages/topics.ts'
import type { Person } from './people.ts'

/** Ways a notice goes: a code's SMS costs what a notice is not worth. */
export const noticeRoutes = ['email', 'whatsapp'] as const
export type NoticeRoute = (typeof noticeRoutes)[number]

/** By which ways a person hears of each topic; an empty list: not at all. */
export type NoticeChoices = Record<NoticeTopic, NoticeRoute[]>

/** The contacts that notices go to. */
export type Contacts = Pick<Person, 'email' | 'phone'>

/** Where a notice would reach this person by this way; undefined where they have no such contact. */
export function noticeReceiver({ email, phone }: Contacts, route: NoticeRoute): Receiver | undefined {
  const address = route === 'email' ? email : phone
  return address === undefined ? undefined : { route, address }
}

/** Unless they chose otherwise: by e-mail where they have one, else by WhatsApp. */
export function defaultRoutes(person: Contacts): NoticeRoute[] {
  return noticeRoutes.filter((route) => noticeReceiver(person, route) !== undefined).slice(0, 1)
}

/** What counts of a choice today: a way whose contact is gone meanwhile silences nobody. */
function effective(person: Contacts, chosen: readonly string[] | undefined): NoticeRoute[] {
  if (chosen?.length === 0) return []
  const reachable = noticeRoutes.filter(
    (route) => chosen?.includes(route) === true && noticeReceiver(person, route) !== undefined,
  )
  return reachable.length === 0 ? defaultRoutes(person) : reachable
}

/** By which ways somebody hears of each topic now, chosen or not. `personId`: a UUID. */
export async function readNoticeChoices(
  sql: Queryable,
  person: Pick<Person, 'personId'> & Contacts,
): Promise<NoticeChoices> {
  const rows = await sql<{ topic: string; routes: string[] }[]>`
    select topic, routes from notice_choices where person_id = ${person.personId}`
  const chosen = new Map(rows.map(({ topic, routes }) => [topic, routes]))
  const routesOf = (topic: NoticeTopic) => effective(person, chosen.get(topic))
  return {
    purchases: routesOf('purchases'),
    batches: routesOf('batches'),
    identity: routesOf('identity'),
    webhooks: routesOf('webhooks'),
  }
}
