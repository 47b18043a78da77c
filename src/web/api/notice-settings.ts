import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { noticeRoutes, readNoticeChoices } from '../../identity/notice-choices.ts'
import { readPerson } from '../../identity/people.ts'
import { chooseNotices } from '../../identity/person-changes.ts'
import { sessionOf } from './caller.ts'
import { found, type PeopleApiParts } from './people-parts.ts'
import { problemSchema } from './schemas.ts'
import { sessionSecurity } from './sessions.ts'

const ways = z
  .array(z.enum(noticeRoutes))
  .max(noticeRoutes.length)
  .describe('Which contacts hear of it; none: it is not told. A way whose contact is gone counts as not chosen.')
const topics = z.object({
  purchases: ways.describe('Orders that were paid or ran out, and money that goes back'),
  batches: ways.describe('Batches that are finished'),
  identity: ways.describe('Whether it is proven who holds the account'),
  webhooks: ways.describe('A webhook that was switched off because it took nothing'),
})

/** By which contacts a person hears of what is no matter of security. */
export function noticeSettingRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { database, sealing } = parts.people
  const tags = ['Sessions']

  async function settingsOf(personId: string): Promise<z.input<typeof topics>> {
    const person = found(await readPerson(database.sql, sealing, personId), 'person')
    const { purchases, batches, identity, webhooks } = await readNoticeChoices(database.sql, person)
    return {
      purchases: [...purchases],
      batches: [...batches],
      identity: [...identity],
      webhooks: [...webhooks],
    }
  }

  api.get(
    '/v1/notice-settings',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary:
          'By which of your contacts you hear of each topic; notices about security always go out and are none of these',
        response: { 200: topics, default: problemSchema },
      },
    },
    async (request) => settingsOf((await sessionOf(request)).personId),
  )

  api.patch(
    '/v1/notice-settings',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary: 'Chooses them; topics that are left out stay as they are',
        body: topics.partial().strict(),
        response: { 200: topics, default: problemSchema },
      },
    },
    async (request) => {
      const { personId } = await sessionOf(request)
      await chooseNotices(parts.people, { personId, choices: request.body })
      return settingsOf(personId)
    },
  )
}
