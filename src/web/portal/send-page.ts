import type { FastifyReply } from 'fastify'
import { serialize } from 'cookie'
import { languageCookie, type PageContext } from './page-context.ts'
import { renderPage, type PageBody } from './page.tsx'

/** What a page says that shows something of one account: nobody keeps it, and `sendPage` leaves it so. */
export const privateCache = 'private, no-store'

/**
 * Sends a page of a moment: no cache may show it to the next person in another language, or after the state changed. A language
 * that the address named is remembered.
 */
export function sendPage(reply: FastifyReply, context: PageContext, page: PageBody): FastifyReply {
  const isPrivate = reply.getHeader('cache-control') === privateCache
  if (context.languageInAddress) {
    const options = { path: '/', maxAge: languageCookie.seconds, sameSite: 'lax', httpOnly: true } as const
    void reply.header('set-cookie', serialize(languageCookie.name, context.language, options))
  }
  return reply
    .type('text/html; charset=utf-8')
    .headers({
      'cache-control': context.visitor === undefined && !isPrivate ? 'no-cache' : privateCache,
      'content-language': context.language,
      vary: 'accept-language, cookie',
    })
    .send(renderPage(context, page))
}
