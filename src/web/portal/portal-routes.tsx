import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import { languages } from '../../base/text.ts'
import { serialKind } from '../../stamp/serial.ts'
import type { PublicStamp } from '../../verification/registry-check.ts'
import { languageOf } from '../problems.ts'
import { assetRoutes } from './assets.ts'
import { CheckFormPage } from './check-form.tsx'
import { linkTo, renderPage, sayIn, type PageContext } from './page.tsx'
import { StampPage, UnknownStampPage } from './stamp-page.tsx'
import { NotFoundPage, StartPage } from './start-page.tsx'

export type PortalParts = {
  /** An affixed stamp by its number; undefined for reserved, released and never given ones alike. */
  findStamp(serial: string): Promise<PublicStamp | undefined>
  demo: boolean
  /** Demo mode that others can reach: the band on every page says it louder. */
  openToOthers: boolean
  version: string
}

const hidden = { schema: { hide: true } } as const

/** As people copy a number: in any case, cut by spaces, dashes and dots. */
const tidy = (typed: string) => typed.replaceAll(/[\s.\-‐-―]/g, '').toUpperCase()

/** The pages: start, the form for checking, and the page of one stamp that its QR leads to. */
export function portalRoutes(app: FastifyInstance, parts: PortalParts): void {
  assetRoutes(app)
  app.get('/', hidden, (request, reply) => {
    const context = contextOf(request, parts)
    return send(reply, context, { title: sayIn(context.language)('home.title'), body: <StartPage context={context} /> })
  })
  app.get('/cek', hidden, (request, reply) => {
    const context = contextOf(request, parts)
    const typed = queryOf(request, 'serial')
    if (typed !== undefined && serialKind(tidy(typed)) !== undefined)
      return reply.redirect(linkTo(context, `/cek/${tidy(typed)}`), 303)
    const title = sayIn(context.language)('cek.heading')
    if (typed === undefined) return send(reply, context, { title, body: <CheckFormPage context={context} /> })
    return send(reply.code(400), context, {
      title,
      body: <CheckFormPage context={context} typed={typed.slice(0, 60)} />,
    })
  })
  app.get<{ Params: { serial: string } }>('/cek/:serial', hidden, async (request, reply) => {
    const context = contextOf(request, parts)
    const { serial } = request.params
    const say = sayIn(context.language)
    if (serialKind(serial) === undefined) {
      const meant = tidy(serial)
      if (serialKind(meant) !== undefined) return reply.redirect(linkTo(context, `/cek/${meant}`), 308)
      const body = <CheckFormPage context={{ ...context, path: '/cek' }} typed={serial.slice(0, 60)} />
      return send(reply.code(400), context, { title: say('cek.heading'), body })
    }
    const stamp = await parts.findStamp(serial)
    const title = say('cek.title', { serial })
    if (stamp === undefined)
      return send(reply.code(404), context, { title, body: <UnknownStampPage context={context} serial={serial} /> })
    return send(reply, context, { title, body: <StampPage context={context} stamp={stamp} /> })
  })
}

/** The page for an address that leads nowhere. */
export function notFoundPage(request: FastifyRequest, parts: Omit<PortalParts, 'findStamp'>): string {
  const context = { ...contextOf(request, parts), path: '/' }
  return renderPage(context, sayIn(context.language)('page.notFound'), <NotFoundPage context={context} />)
}

/** A page of a moment: no cache may show it to the next person in another language, or after the state changed. */
export function send(
  reply: FastifyReply,
  context: PageContext,
  { title, body }: { title: string; body: VNode },
): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .headers({ 'cache-control': 'no-cache', 'content-language': context.language, vary: 'accept-language' })
    .send(renderPage(context, title, body))
}

/** What the page of this request shows around its content; `lang` in the address comes before the browser's wish. */
export function contextOf(
  request: FastifyRequest,
  { demo, openToOthers, version }: Omit<PortalParts, 'findStamp'>,
): PageContext {
  const asked = languages.find((language) => language === queryOf(request, 'lang'))
  const [path = '/'] = request.url.split('?', 1)
  return {
    language: asked ?? languageOf(request),
    languageInAddress: asked !== undefined,
    path,
    demo,
    openToOthers,
    version,
  }
}

/** A parameter of the address; undefined where it is missing, the first where it is repeated. */
export function queryOf(request: FastifyRequest, name: string): string | undefined {
  const { query } = request
  if (typeof query !== 'object' || query === null) return undefined
  const value: unknown = Object.entries(query).find(([key]) => key === name)?.[1]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}
