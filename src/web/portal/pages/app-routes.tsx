import type { FastifyInstance } from 'fastify'
import { assetPath } from '../assets.ts'
import { plainContext, queryOf, sayIn, type Site } from '../page-context.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { OfflinePage } from './help-page.tsx'

const hidden = { schema: { hide: true } } as const

/** Doors that an installed app offers under a long press. */
const shortcuts = [
  ['/bubuhkan', 'home.stampHeading'],
  ['/beli', 'buy.title'],
  ['/cek', 'cek.heading'],
] as const

/** The sizes that browsers ask of an app they install, each also in a shape that its launcher may cut. */
function icons() {
  const png = ([192, 512] as const).flatMap((side) => [
    { src: assetPath(`icon-${side}.png`), sizes: `${side}x${side}`, type: 'image/png', purpose: 'any' },
    { src: assetPath(`icon-maskable-${side}.png`), sizes: `${side}x${side}`, type: 'image/png', purpose: 'maskable' },
  ])
  return [...png, { src: assetPath('mark.svg'), sizes: 'any', type: 'image/svg+xml' }]
}

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
          id: '/',
          lang: language,
          start_url: '/',
          scope: '/',
          display: 'standalone',
          background_color: '#f7f8f6',
          theme_color: '#0b5c5a',
          icons: icons(),
          shortcuts: shortcuts.map(([url, key]) => ({ url, name: sayIn(language)(key) })),
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
