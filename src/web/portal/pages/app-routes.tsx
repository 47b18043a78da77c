import type { FastifyInstance } from 'fastify'
import { assetPath } from '../assets.ts'
import { plainContext, queryOf, sayIn, type Site } from '../page-context.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { OfflinePage } from './help-page.tsx'

const hidden = { schema: { hide: true } } as const

/** What makes the portal an app on a phone: a manifest, a page for when nothing is reached, and the worker that shows it. */
export function appRoutes(app: FastifyInstance, site: Site): void {
  app.get('/manifest.webmanifest', hidden, (request, reply) => {
    const { language } = plainContext(request, site)
    return reply
      .type('application/manifest+json')
      .header('cache-control', 'no-cache')
      .send(
        JSON.stringify({
          name: 'OpenMeterai',
          short_name: 'OpenMeterai',
          description: sayIn(language)('home.lead'),
          lang: language,
          start_url: '/',
          scope: '/',
          display: 'standalone',
          background_color: '#f7f8f6',
          theme_color: '#0b5c5a',
          icons: [{ src: assetPath('mark.svg'), sizes: 'any', type: 'image/svg+xml' }],
        }),
      )
  })

  app.get('/luring', hidden, (request, reply) => {
    const context = plainContext(request, site)
    return sendPage(reply, context, {
      title: sayIn(context.language)('offline.title'),
      body: <OfflinePage context={context} />,
    })
  })

  // Its address stays the same and speaks for all below it, so browsers ask whether it changed. What it keeps, it is told here.
  app.get('/sw.js', hidden, async (request, reply) => {
    const paths = await scriptPaths()
    const language = queryOf(request, 'bahasa') === 'en' ? 'en' : 'id'
    const kept = JSON.stringify({
      page: `/luring?bahasa=${language}`,
      files: [assetPath('portal.css'), assetPath('mark.svg')],
    })
    return reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send(`const kept=${kept};${paths.source('offline.js')}`)
  })
}
