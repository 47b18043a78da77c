import type { FastifyInstance } from 'fastify'
import type { Language } from '../../base/text.ts'
import { RefusedError } from '../../errors.ts'
import { type InboxMessage, readInbox } from '../../notices/messages/inbox.ts'
import { addressAsked, inboxApi, type InboxParts } from '../api/inbox.ts'
import { contextOf, type PageContext, type PageParts, queryOf, sayIn } from './page-context.ts'
import { sendPage } from './send-page.ts'

/** A moment as people in Jakarta write it: `24 Nov 2026, 09.15.07 WIB`. */
function momentInJakarta(at: Date, language: Language): string {
  const shown = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'id-ID', {
    timeZone: 'Asia/Jakarta',
    dateStyle: 'medium',
    timeStyle: 'medium',
  })
  return `${shown.format(at)} WIB`
}

/** What simulated senders took, newest first; `typed` is the receiver looked for, `isWrong` that it is none. */
function InboxPage(props: { context: PageContext; messages: InboxMessage[]; typed: string; isWrong: boolean }) {
  const { context, messages, typed, isWrong } = props
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('inbox.heading')}</h1>
      <p>{say('inbox.lead')}</p>
      <form class="card" action="/inbox" method="get">
        {context.languageInAddress ? <input type="hidden" name="bahasa" value={context.language} /> : null}
        <label for="to">{say('inbox.to')}</label>
        {isWrong ? (
          <p class="wrong" id="to-wrong">
            {say('errors.receiver_malformed')}
          </p>
        ) : null}
        <input
          id="to"
          name="to"
          value={typed}
          maxLength={300}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={isWrong ? 'to-wrong' : undefined}
          aria-invalid={isWrong ? 'true' : undefined}
        />
        <button type="submit" class="button">
          {say('inbox.filter')}
        </button>
      </form>
      {messages.length === 0 && !isWrong ? <p>{say('inbox.empty')}</p> : null}
      {messages.map((message) => (
        <article class="card" key={message.id}>
          <h2>{message.subject}</h2>
          <p class="soft">
            {say(`routes.${message.route}`)} · {message.address} ·{' '}
            {momentInJakarta(message.createdAt, context.language)}
          </p>
          <pre>{message.text}</pre>
        </article>
      ))}
    </>
  )
}

/** The inbox as page and for programs; an installation without simulated senders has neither. */
export function inboxRoutes(app: FastifyInstance, parts: PageParts & { inbox?: InboxParts | undefined }): void {
  const { inbox } = parts
  if (inbox === undefined || inbox.routes.length === 0) return
  inboxApi(app, inbox)
  app.get('/inbox', { schema: { hide: true } }, async (request, reply) => {
    const context = await contextOf(request, parts)
    const typed = (queryOf(request, 'to') ?? '').slice(0, 300)
    const asked = addressOrWrong(typed)
    const messages = asked.isWrong
      ? []
      : await readInbox(inbox.database.sql, inbox.sealing, { ...inbox, address: asked.address })
    const title = sayIn(context.language)('inbox.heading')
    const body = <InboxPage context={context} messages={messages} typed={typed} isWrong={asked.isWrong} />
    return sendPage(reply.code(asked.isWrong ? 400 : 200), context, { title, body })
  })
}

function addressOrWrong(typed: string): { isWrong: boolean; address?: string | undefined } {
  try {
    return { isWrong: false, address: addressAsked(typed) }
  } catch (error) {
    if (error instanceof RefusedError) return { isWrong: true }
    throw error
  }
}
