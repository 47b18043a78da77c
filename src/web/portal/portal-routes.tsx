import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Refusal } from '../../errors.ts'
import { affixPageRoutes, type AffixPageParts } from './affix/affix-routes.tsx'
import { assetRoutes } from './assets.ts'
import { bulkRoutes, type BulkParts } from './bulk/bulk-routes.tsx'
import { checkPageRoutes, type CheckPageParts } from './check/check-routes.tsx'
import { helpRoutes, type HelpParts } from './help/help-routes.tsx'
import { affixingRoutes, type AffixingPageParts } from './history/affixing-routes.tsx'
import { cancelRoutes } from './history/cancel-page.tsx'
import { historyRoutes, type HistoryParts } from './history/history-routes.tsx'
import { homeRoutes, type HomeParts } from './home/home-routes.tsx'
import { plainContext, sayIn, type Site } from './page-context.ts'
import { renderPage } from './page.tsx'
import { appRoutes } from './pages/app-routes.tsx'
import { infoRoutes, type InfoParts } from './pages/info-routes.tsx'
import { NotFoundPage, RefusalPage } from './pages/start-page.tsx'
import { rendererFileRoutes } from './renderer-files.ts'
import { scriptRoutes } from './scripts.ts'
import { statementPages, type StatementParts } from './statement/statement-routes.tsx'

/** What the pages stand on. */
export type PortalParts = InfoParts & CheckPageParts & AffixPageParts & OwnPagesParts

/** What the pages of one's own account stand on. */
type OwnPagesParts = AffixingPageParts & BulkParts & HelpParts & HistoryParts & HomeParts & StatementParts

/** All pages, and what they load. */
export async function portalRoutes(app: FastifyInstance, parts: PortalParts): Promise<void> {
  assetRoutes(app)
  scriptRoutes(app)
  rendererFileRoutes(app)
  appRoutes(app, parts)
  infoRoutes(app, parts)
  checkPageRoutes(app, parts)
  await affixPageRoutes(app, parts)
  homeRoutes(app, parts)
  historyRoutes(app, parts)
  affixingRoutes(app, parts)
  // in a scope of its own: forms are for pages alone
  void app.register(async (pages) => cancelRoutes(pages, parts))
  helpRoutes(app, parts)
  bulkRoutes(app, parts)
  statementPages(app, parts)
  app.addHook('onClose', async () => {
    parts.uploadCheck.close()
    parts.pictures.close()
  })
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
