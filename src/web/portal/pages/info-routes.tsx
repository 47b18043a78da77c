import type { FastifyInstance } from 'fastify'
import type { ServiceStatus } from '../../service-status.ts'
import { contextOf, sayIn, type PageParts } from '../page-context.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { DesignPage } from './design-page.tsx'
import { SpecimenPage } from './help-page.tsx'
import { StartPage } from './start-page.tsx'
import { StatusPage } from './status-page.tsx'

export type InfoParts = PageParts & {
  serviceStatus(): Promise<ServiceStatus>
  /** Where quota is bought; undefined where it cannot be yet. */
  buyPath?: string
}

const hidden = { schema: { hide: true } } as const

/** The pages that only tell: front page, status, specimens; and, in the demo, the components. */
export function infoRoutes(app: FastifyInstance, parts: InfoParts): void {
  const portalScript = async () => [(await scriptPaths()).script('portal.js')]

  app.get('/', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const status = await parts.serviceStatus()
    const { buyPath } = parts
    const body = <StartPage context={context} status={status} {...(buyPath === undefined ? {} : { buyPath })} />
    return sendPage(reply, context, {
      title: sayIn(context.language)('home.title'),
      body,
      scripts: await portalScript(),
    })
  })

  app.get('/status', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const body = <StatusPage context={context} status={await parts.serviceStatus()} />
    return sendPage(reply, context, {
      title: sayIn(context.language)('status.title'),
      body,
      scripts: await portalScript(),
    })
  })

  app.get('/spesimen', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const title = sayIn(context.language)('home.specimenHeading')
    return sendPage(reply, context, { title, body: <SpecimenPage context={context} /> })
  })

  if (!parts.demo) return
  app.get('/design', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const body = <DesignPage context={context} />
    return sendPage(reply, context, {
      title: sayIn(context.language)('design.title'),
      body,
      scripts: await portalScript(),
    })
  })
}
