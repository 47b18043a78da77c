import multipart from '@fastify/multipart'
import swagger from '@fastify/swagger'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { pino } from 'pino'
import { signerFor, type AffixingParts } from '../affixing/affixing-parts.ts'
import { findArtwork } from '../affixing/artworks.ts'
import type { Stampings } from '../affixing/stampings.ts'
import { newUuid } from '../base/ids.ts'
import { openCallers, type Callers } from '../identity/callers.ts'
import type { ConfirmParts } from '../identity/confirmations.ts'
import type { KeyUses } from '../identity/key-uses.ts'
import { errorList } from '../errors.ts'
import { jsonBytesMax, requestSecondsMax } from '../limits/traffic.ts'
import type { TrustBundle } from '../client/trust-bundle.ts'
import { openRegistryCheck } from '../verification/registry-check.ts'
import { accountRoutes } from './api/account.ts'
import { affixingLookUpRoutes } from './api/affixing-lookups.ts'
import { affixingRoutes } from './api/affixings.ts'
import { batchRoutes } from './api/batches.ts'
import { checkRoutes } from './api/checks.ts'
import { purchaseRoutes, type PurchaseWeb } from './api/purchases.ts'
import { peopleRoutes, type PeopleWebParts } from './api/people.ts'
import { keyRoutes } from './api/keys.ts'
import { pinRoutes } from './api/pins.ts'
import type { InboxParts } from './api/inbox.ts'
import { stampingRoutes } from './api/stampings.ts'
import { webhookRoutes, type WebhookParts } from './api/webhooks.ts'
import { completeOpenApi, routeToOpenApi } from './api/openapi.ts'
import { referenceRoutes } from './reference/reference-routes.tsx'
import { encodeAnswers } from './content-encoding.ts'
import { openDoor } from './door.ts'
import { healthRoutes, type ReadyChecks } from './health.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import { buyPages } from './portal/buy/buy-pages.ts'
import { buyPath } from './portal/buy/buy-parts.ts'
import { openPictureReader } from '../affixing/photos/picture-reader.ts'
import { openUploadCheck } from './portal/check/check-upload.ts'
import { inboxRoutes } from './portal/inbox-page.tsx'
import type { HelpContacts } from './portal/page-context.ts'
import { signInPartsOf } from './portal/people/sign-in-parts.ts'
import { peoplePages } from './portal/people/people-pages.ts'
import { notFoundPage, portalRoutes, refusalPage } from './portal/portal-routes.tsx'
import { refusalOf, sendProblem } from './problems.ts'
import { limitRates, type RatePolicies } from './rate-limits.ts'
import { sessionCookieName } from './session-door.ts'
import { securityHeaders } from './security-headers.ts'
import { openServiceStatus } from './service-status.ts'
import { traceRequests } from './traced-requests.ts'

/** What the way in over HTTP stands on; joined in main.ts. */
export type WebParts = {
  affixing: AffixingParts
  stampings: Stampings
  trustBundle(): Promise<TrustBundle>
  webhooks: Pick<WebhookParts, 'serviceKey' | 'targets'>
  /** Buying quota; left out: nobody can. */
  selling?: PurchaseWeb
  /** Who calls; by API key alone unless said otherwise. */
  callers?: Callers
  /** What people who sign in confirm with; without it nobody does. */
  confirming?: Omit<ConfirmParts, 'database'>
  /** People who register and sign in; without it there are keys alone. */
  people?: PeopleWebParts
  /** Told of every key that was used. */
  keyUses?: KeyUses
  /** Bounds on calls; default: `ratePolicies`. */
  ratePolicies?: RatePolicies
  /** Balancers whose X-Forwarded-For is believed: addresses or ranges. */
  proxies?: readonly string[]
  /** Where senders are simulated: what they took. */
  inbox?: InboxParts
  ready: ReadyChecks
  demo: boolean
  /** Demo mode that listens beyond this machine: every page says so. */
  openToOthers: boolean
  version: string
  /** How people reach help. */
  help: HelpContacts
  /** What other parts of the process report to as well; its own by default. */
  metrics?: Metrics
  logLevel: string
  /** Where log lines go; standard output by default. */
  logTo?: { write(line: string): void }
}

/** The whole HTTP service, ready to listen. */
export async function buildServer(parts: WebParts): Promise<FastifyInstance> {
  const options = { level: parts.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  const loggerInstance: FastifyBaseLogger = pino(options, parts.logTo ?? pino.destination(1))
  const app = Fastify({
    loggerInstance,
    genReqId: () => newUuid(new Date()),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: jsonBytesMax,
    requestTimeout: requestSecondsMax * 1000,
    trustProxy: parts.proxies === undefined ? false : [...parts.proxies],
    // Sums of a list's query and a facts parameter stay far below; longer paths are nobody's id.
    routerOptions: { maxParamLength: 200 },
    // A closing service answers what it has and takes no more on old connections; the door says how.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  traceRequests(app)
  answerHooks(app, parts)
  encodeAnswers(app)
  const door = openDoor(app)
  limitRates(app, parts.ratePolicies)
  await app.register(multipart)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'OpenMeterai',
        version: parts.version,
        description: 'Electronic stamp duty: reserve, sign, check.',
      },
      servers: [{ url: parts.affixing.publicUrl }],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'mk_live_... or mk_test_...' },
          session: { type: 'apiKey', in: 'cookie', name: sessionCookieName(parts.affixing.publicUrl) },
        },
      },
    },
    transform: routeToOpenApi,
    transformObject: (made) => completeOpenApi('openapiObject' in made ? made.openapiObject : {}),
  })
  const { database } = parts.affixing
  const callers = parts.callers ?? openCallers(database, parts.keyUses)
  if (parts.people !== undefined)
    peopleRoutes(app, { ...parts.people, callers, publicUrl: parts.affixing.publicUrl, demo: parts.demo })
  affixingRoutes(app, parts.affixing, callers)
  affixingLookUpRoutes(app, { database: parts.affixing.database, callers })
  batchRoutes(app, parts.affixing, callers)
  stampingRoutes(app, { affixing: parts.affixing, stampings: parts.stampings, callers })
  accountRoutes(app, parts.affixing, callers)
  webhookRoutes(app, { ...parts.webhooks, database, callers })
  const liveKeys = signerFor(parts.affixing.signers, 'live') !== undefined
  keyRoutes(app, { database, callers, liveKeys })
  if (parts.confirming !== undefined) pinRoutes(app, { ...parts.confirming, database, callers })
  if (parts.selling !== undefined) await purchaseRoutes(app, { ...parts.selling, callers, site: parts })
  const registryCheck = openRegistryCheck(parts.affixing)
  checkRoutes(app, {
    registryCheck,
    trustBundle: () => parts.trustBundle(),
    findArtwork: (sha256) => findArtwork(parts.affixing.database, sha256),
  })
  const pages = { ...parts, ...signInPartsOf(parts.people) }
  referenceRoutes(app, { ...pages, openApi: () => app.swagger() })
  const metrics = parts.metrics ?? openMetrics()
  healthRoutes(app, { ready: parts.ready, database: parts.affixing.database, door, metrics })
  await portalRoutes(app, {
    ...pages,
    ...(parts.people !== undefined && parts.selling !== undefined ? { buyPath } : {}),
    callers,
    blobs: parts.stampings.blobs,
    findStamp: (serial) => registryCheck.publicStamp(serial),
    pictures: openPictureReader(),
    uploadCheck: openUploadCheck({ registryCheck, trustBundle: () => parts.trustBundle() }),
    serviceStatus: openServiceStatus({ ready: parts.ready, database: parts.affixing.database }),
  })
  inboxRoutes(app, pages)
  if (parts.people !== undefined)
    await peoplePages(app, { ...pages, ...parts.people, database, publicUrl: parts.affixing.publicUrl, liveKeys })
  if (parts.people !== undefined && parts.selling !== undefined)
    await buyPages(app, { ...pages, database, purchases: parts.selling.purchases })
  app.get('/v1/openapi.json', { schema: { hide: true } }, () => app.swagger())
  return app
}

/** Security headers and Request-Id on every answer, one log line a request without query or body, and problems for all that fails. */
function answerHooks(app: FastifyInstance, parts: WebParts): void {
  const routes: { method: string; pattern: RegExp }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replaceAll(/:[^/]+/g, '[^/]+')}$`)
    for (const one of [method].flat()) routes.push({ method: one, pattern })
  })
  const always = securityHeaders({ https: parts.affixing.publicUrl.startsWith('https:') })
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(always).header('request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10
    request.log.info(
      { method, route: routeOptions.url ?? '(none)', status: reply.statusCode, milliseconds },
      'answered',
    )
  })
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal') request.log.error({ err: error }, 'failed')
    else request.log.info({ code: refusal.code }, 'refused')
    if (!wantsPage(request)) return sendProblem(request, reply, refusal)
    const { status } = errorList[refusal.code]
    return reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(refusalPage(request, parts, refusal))
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (allowed.length > 0) {
      void reply.header('allow', [...new Set(allowed)].join(', '))
      return sendProblem(request, reply, { code: 'method_not_allowed', values: { method: request.method } })
    }
    if (request.method === 'GET' && wantsPage(request)) {
      return reply.code(404).type('text/html; charset=utf-8').send(notFoundPage(request, parts))
    }
    return sendProblem(request, reply, { code: 'not_found', values: { id: path.slice(0, 200) } })
  })
}

/** Whether a person's browser asks, for something that is no call of the API. */
function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true && !request.url.startsWith('/v1/')
}
