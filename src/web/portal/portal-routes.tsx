import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Refusal } from '../../errors.ts'
import { affixPageRoutes, type AffixPageParts } from './affix/affix-routes.tsx'
import { assetRoutes } from './assets.ts'
import { checkPageRoutes, type CheckPageParts } from './check/check-routes.tsx'
import { plainContext, sayIn, type Site } from './page-context.ts'
import { renderPage } from './page.tsx'
import { appRoutes } from './pages/app-routes.tsx'
import { infoRoutes, type InfoParts } from './pages/info-routes.tsx'
import { NotFoundPage, RefusalPage } from './pages/start-page.tsx'
import { rendererFileRoutes } from './renderer-files.ts'
import { scriptRoutes } from './scripts.ts'

/** What the pages stand on. */
export type PortalParts = InfoParts & CheckPageParts & AffixPageParts

/** All pages, and what they load. */
export async function portalRoutes(app: FastifyInstance, parts: PortalParts): Promise<void> {
  assetRoutes(app)
  scriptRoutes(app)
  rendererFileRoutes(app)
  appRoutes(app, parts)
  infoRoutes(app, parts)
  checkPageRoutes(app, parts)
  await affixPageRoutes(app, parts)
  app.addHook('onClose', async () => parts.uploadCheck.close())
}

/** The page for a refusal that no page of its own tells: why, and where to go on. Nothing on it asks the database. */
export function refusalPage(request: FastifyRequest, site: Site, refusal: Refusal): string {
  const context = { ...plainContext(request, site), path: '/' }
  const body = <RefusalPage context={context} refusal={refusal} requestId={request.id} />
  return renderPage(context, { title: sayIn(context.language)('page.refused'), body })
}

/** The page for an address that leads nowhere. */
export function notFoundPage(request: FastifyRequest, site: Site): string {
  const context = { ...plainContext(request, site), path: '/' }
  return renderPage(context, {
    title: sayIn(context.language)('page.notFound'),
    body: <NotFoundPage context={context} />,
  })
}
