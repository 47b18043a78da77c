import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { readNoticeChoices } from '../../identity/notice-choices.ts'
import { readPerson } from '../../identity/people.ts'
import { chooseNotices } from '../../identity/person-changes.ts'
import { sessionOf } from './caller.ts'
import { found, type PeopleApiParts } from './people-parts.ts'
import { problemSchema } from './schemas.ts'
import { noticeSettings } from './session-schemas.ts'
import { sessionSecurity } from './sessions.ts'

/** By which contacts a person hears of what is no matter of security. */
export function noticeSettingRoutes(app: FastifyInstance, parts: PeopleApiParts): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { database, sealing } = parts.people
  const tags = ['Sessions']

  async function settingsOf(personId: string): Promise<z.input<typeof noticeSettings>> {
    const person = found(await readPerson(database.sql, sealing, personId), 'person')
    return readNoticeChoices(database.sql, person)
  }

  api.get(
    '/v1/notice-settings',
    {
      schema: {
        tags,
        security: sessionSecurity,
        summary:
          'By which of your contacts you hear of each topic; notices about security always go out and are none of these',
        response: { 200: noticeSettings, default: problemSchema },
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
        body: noticeSettings.partial().strict(),
        response: { 200: noticeSettings, default: problemSchema },
      },
    },
    async (request) => {
      const { personId } = await sessionOf(request)
      await chooseNotices(parts.people, { personId, choices: request.body })
      return settingsOf(personId)
    },
  )
}
