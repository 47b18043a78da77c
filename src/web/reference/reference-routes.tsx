import type { FastifyInstance } from 'fastify'
import { RefusedError } from '../../errors.ts'
import { contextOf, sayIn, type PageParts } from '../portal/page-context.ts'
import { sendPage } from '../portal/send-page.ts'
import { readApi, type Api } from './read-api.ts'
import { ChapterPage, ContentsPage, ErrorsPage } from './reference-pages.tsx'

/** What the reference stands on: the API's own document, and what every page says of its service. */
export type ReferenceParts = PageParts & { openApi(): unknown }

const hidden = { schema: { hide: true } } as const

/** The API reference as pages, a chapter a page: the same document that generators read, and no script. */
export function referenceRoutes(app: FastifyInstance, parts: ReferenceParts): void {
  let read: Api | undefined
  const apiOf = () => (read ??= readApi(parts.openApi()))

  app.get('/docs/api', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const title = sayIn(context.language)('reference.title')
    return sendPage(reply, context, { title, body: <ContentsPage context={context} api={apiOf()} /> })
  })

  app.get('/docs/api/errors', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const title = sayIn(context.language)('reference.errors')
    return sendPage(reply, context, { title, body: <ErrorsPage context={context} api={apiOf()} /> })
  })

  app.get<{ Params: { chapter: string } }>('/docs/api/:chapter', hidden, async (request, reply) => {
    const { chapter: slug } = request.params
    const api = apiOf()
    const chapter = api.chapters.find((each) => each.slug === slug)
    if (chapter === undefined) throw new RefusedError({ code: 'not_found', values: { id: slug.slice(0, 200) } })
    const context = await contextOf(request, parts)
    const title = `${chapter.name} - ${sayIn(context.language)('reference.title')}`
    const body = <ChapterPage context={context} api={api} chapter={chapter} />
    return sendPage(reply, context, { title, body })
  })
}
