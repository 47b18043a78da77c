import type { FastifyReply } from 'fastify'
import { stringifySetCookie } from 'cookie'
import { languageCookie, type PageContext } from './page-context.ts'
import { renderPage, type PageBody } from './page.tsx'

/**
 * Sends a page of a moment: no cache may show it to the next person in another language, or after the state changed. A language
 * that the address named is remembered.
 */
export function sendPage(reply: FastifyReply, context: PageContext, page: PageBody): FastifyReply {
  if (context.languageInAddress) {
    const { name, seconds } = languageCookie
    const cookie = {
      name,
      value: context.language,
      path: '/',
      maxAge: seconds,
      sameSite: 'lax',
      httpOnly: true,
    } as const
    void reply.header('set-cookie', stringifySetCookie(cookie))
  }
  return reply
    .type('text/html; charset=utf-8')
    .headers({
      'cache-control': context.visitor === undefined && page.isPrivate !== true ? 'no-cache' : 'private, no-store',
      'content-language': context.language,
      vary: 'accept-language, cookie',
    })
    .send(renderPage(context, page))
}
