import type { FastifyInstance } from 'fastify'
import { consentDocuments } from '../../../identity/registered-accounts.ts'
import { contextOf, sayIn, type PageParts } from '../page-context.ts'
import { sendPage } from '../send-page.ts'

const terms = ['terms.1', 'terms.2', 'terms.3', 'terms.4'] as const
const privacy = ['privacy.1', 'privacy.2', 'privacy.3', 'privacy.4', 'privacy.5'] as const

/** What whoever opens an account agrees to, in the version that is kept beside their name. */
export function termsPage(app: FastifyInstance, parts: PageParts): void {
  app.get('/ketentuan', { schema: { hide: true } }, async (request, reply) => {
    const context = await contextOf(request, parts)
    const say = sayIn(context.language)
    const body = (
      <>
        <h1>{say('terms.title')}</h1>
        <h2>{say('terms.heading', { version: consentDocuments.terms })}</h2>
        <ul>
          {terms.map((key) => (
            <li key={key}>{say(key)}</li>
          ))}
        </ul>
        <h2>{say('privacy.heading', { version: consentDocuments.privacy })}</h2>
        <ul>
          {privacy.map((key) => (
            <li key={key}>{say(key)}</li>
          ))}
        </ul>
      </>
    )
    return sendPage(reply, context, { title: say('terms.title'), body })
  })
}
