import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { AffixingParts } from '../affixing/affixing-parts.ts'
import { openAffixings } from '../affixing/registry.ts'

/** What must work before the service takes work; each resolves, or rejects with the reason. */
export type ReadyChecks = Record<'database' | 'migrations' | 'signer' | 'timestamp', () => Promise<void>>

/** `/health`: the process lives. `/ready`: everything it needs answers. `/metrics`: for Prometheus. */
export function healthRoutes(app: FastifyInstance, parts: { ready: ReadyChecks; affixing: AffixingParts }): void {
  const hidden = { schema: { hide: true } }
  app.get('/health', hidden, () => ({ status: 'ok' }))

  app.get('/ready', hidden, async (request, reply) => {
    const entries = await Promise.all(
      Object.entries(parts.ready).map(async ([name, check]) => {
        const failure = await check().then(
          () => undefined,
          (error: unknown) => error,
        )
        if (failure !== undefined) request.log.warn({ check: name, err: failure }, 'not ready')
        return [name, failure === undefined ? 'ok' : 'failed'] as const
      }),
    )
    const ready = entries.every(([, state]) => state === 'ok')
    return reply.code(ready ? 200 : 503).send({ ready, checks: Object.fromEntries(entries) })
  })

  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'http_request_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    requests.observe(
      { route: request.routeOptions.url ?? '(none)', status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    )
  })
  const reserved = new Gauge({
    name: 'affixings_reserved',
    help: 'Open reservations',
    registers: [registry],
  })
  const oldest = new Gauge({
    name: 'affixings_oldest_reserved_seconds',
    help: 'Age of the oldest open reservation',
    registers: [registry],
  })
  app.get('/metrics', hidden, async (_, reply) => {
    const open = await openAffixings(parts.affixing.database)
    reserved.set(open.count)
    oldest.set(open.oldestSeconds)
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
