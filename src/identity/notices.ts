import type { Sealing } from '../base/sealing.ts'
import type { Language, TextValues } from '../base/text.ts'
import type { Tx } from '../database/database.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import type { MessageTemplate } from '../notices/messages/templates.ts'
import { topicOf } from '../notices/messages/topics.ts'
import { listMembersWho } from './approvers.ts'
import {
  defaultRoutes,
  noticeReceiver,
  noticeRoutes,
  readNoticeChoices,
  type Contacts,
  type NoticeRoute,
} from './notice-choices.ts'
import { readPeople, type Person } from './people.ts'
import type { Permission } from './roles.ts'

/** What is told, and of which account it is. `template`: words under `messages.`; `values`: its values, by language where they differ. */
type Told = {
  accountId: string | undefined
  template: MessageTemplate
  values?: TextValues | ((language: Language) => TextValues)
  at: Date
}
type Notice = Told & { person: Pick<Person, 'personId' | 'language'> & Contacts }

/**
 * Tells a person something: as they chose where its topic is one they may choose; else by e-mail where they have one, else by WhatsApp.
 */
export async function tellPerson(tx: Tx, sealing: Sealing, notice: Notice): Promise<void> {
  const { person } = notice
  const topic = topicOf(notice.template)
  const routes = topic === undefined ? defaultRoutes(person) : (await readNoticeChoices(tx, person))[topic]
  await tellBy(tx, sealing, notice, routes)
}

/** Tells it to every contact of the person: of what somebody else might have done to one of them. */
export async function tellEverywhere(tx: Tx, sealing: Sealing, notice: Notice): Promise<void> {
  await tellBy(tx, sealing, notice, noticeRoutes)
}

/**
 * Tells every member of the account whose role allows this, each as they chose: all but `butPersonId`, or of `onlyPersonIds` alone those who
 * are still members. An account without members tells nobody.
 */
export async function tellMembers(
  tx: Tx,
  sealing: Sealing,
  told: Told & {
    accountId: string
    permission: Permission
    butPersonId?: string | undefined
    onlyPersonIds?: readonly string[]
  },
): Promise<void> {
  const { permission, butPersonId, onlyPersonIds, ...notice } = told
  const members = await listMembersWho(tx, { accountId: notice.accountId, permission, butPersonId })
  const ids = onlyPersonIds === undefined ? members : members.filter((id) => onlyPersonIds.includes(id))
  for (const person of (await readPeople(tx, sealing, ids)).values())
    await tellPerson(tx, sealing, { ...notice, person })
}

async function tellBy(tx: Tx, sealing: Sealing, notice: Notice, routes: readonly NoticeRoute[]): Promise<void> {
  const { person, template, values = {}, at } = notice
  const { language } = person
  const accountId = notice.accountId ?? null
  for (const route of routes) {
    const receiver = noticeReceiver(person, route)
    if (receiver === undefined) continue
    const said = typeof values === 'function' ? values(language) : values
    await queueMessage(tx, sealing, { accountId, receiver, template, values: said, language, at })
  }
}
