import type { FastifyInstance } from 'fastify'
import { noticeReceiver, noticeRoutes, readNoticeChoices } from '../../../identity/notice-choices.ts'
import { readPerson } from '../../../identity/people.ts'
import { chooseNotices } from '../../../identity/person-changes.ts'
import { noticeTopics } from '../../../notices/messages/topics.ts'
import { found } from '../../api/people-parts.ts'
import { Button } from '../components/button.tsx'
import { formRoute, FormGuard } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import { personIn } from '../signed-in.ts'
import { OwnFrame, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'

const path = '/akun/pemberitahuan'

/** Which messages a person wants, by which of their contacts; and those that always come. */
export function noticePage(app: FastifyInstance, { people, ...parts }: PeoplePageParts): void {
  const { database } = parts
  const ownPerson = async (personId: string) =>
    found(await readPerson(database.sql, people.sealing, personId), 'person')

  formRoute(app, parts, {
    path,
    enter: personIn,
    async show(visit, { personId }, again) {
      const { context, say } = visit
      const person = await ownPerson(personId)
      const choices = await readNoticeChoices(database.sql, person)
      const ways = noticeRoutes.flatMap((route) => {
        const receiver = noticeReceiver(person, route)
        return receiver === undefined ? [] : [receiver]
      })
      const body = (
        <OwnFrame {...visit} title={say('own.page.pemberitahuan')} again={again}>
          <p>{say('own.noticesLead')}</p>
          {/* without a contact every box would be missing, and saving would silence for good */}
          {ways.length === 0 ? null : (
            <form method="post" action={linkTo(context, path)}>
              <FormGuard context={context} />
              {noticeTopics.map((topic) => (
                <fieldset key={topic} class="field">
                  <legend>{say(`noticeTopics.${topic}`)}</legend>
                  <p class="hint">{say(`noticeTopicSays.${topic}`)}</p>
                  {ways.map(({ route, address }) => (
                    <label key={route} class="choice">
                      <input
                        type="checkbox"
                        name={topic}
                        value={route}
                        checked={noticeRoutes.some((one) => one === route && choices[topic].includes(one))}
                      />
                      <span>
                        {say(`routes.${route}`)}
                        <span class="hint">{address}</span>
                      </span>
                    </label>
                  ))}
                </fieldset>
              ))}
              <Button>{say('own.save')}</Button>
            </form>
          )}
          {ways.length === noticeRoutes.length ? null : (
            <p>
              <a href={linkTo(context, '/akun/kontak')}>{say('own.noticesContact')}</a>
            </p>
          )}
          <h2>{say('own.noticesAlways')}</h2>
          <p>{say('own.noticesAlwaysSays')}</p>
        </OwnFrame>
      )
      return { title: say('own.page.pemberitahuan'), body }
    },
    async act(_, { personId }, fields) {
      const person = await ownPerson(personId)
      const chosen = noticeTopics.map((topic) => {
        const routes = noticeRoutes.filter((route) => fields.all(topic).includes(route))
        return [topic, routes.filter((route) => noticeReceiver(person, route) !== undefined)] as const
      })
      await chooseNotices(people, { personId, choices: Object.fromEntries(chosen) })
      return { to: telling(path, 'notices') }
    },
  })
}
