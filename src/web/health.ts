import type { FastifyInstance } from 'fastify'
import type { Database } from '../database/database.ts'
import { openDatabaseFigures } from './database-figures.ts'
import type { Door } from './door.ts'
import { outcomeOf, type Metrics } from './metrics.ts'

/** What must work before the service takes work; each resolves, or rejects with the reason. */
export type ReadyChecks = Record<'database' | 'migrations' | 'signer' | 'timestamp', () => Promise<void>>

/** `/health`: the process lives. `/ready`: everything it needs answers. `/metrics`: for Prometheus. */
export function healthRoutes(
  app: FastifyInstance,
  parts: { ready: ReadyChecks; database: Database; door: Door; metrics: Metrics },
): void {
  const hidden = { schema: { hide: true } }
  app.get('/health', hidden, () => ({ status: 'ok' }))

  app.get('/ready', hidden, async (request, reply) => {
    parts.door.asked()
    if (parts.door.leaving()) return reply.code(503).send({ ready: false, checks: { stopping: 'failed' } })
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

  const { metrics } = parts
  app.addHook('onResponse', async (request, reply) => {
    const answer = { route: request.routeOptions.url ?? '(none)', status: reply.statusCode }
    metrics.answered({ ...answer, seconds: reply.elapsedTime / 1000 })
    const ended = outcomeOf({ ...answer, method: request.method })
    if (ended !== undefined) metrics.affixings(ended)
  })
  const readFigures = openDatabaseFigures(parts.database, () => performance.now())
  app.get('/metrics', hidden, async (request, reply) => {
    const figures = await readFigures().catch((error: unknown) => {
      request.log.warn({ err: error }, 'no figures from the database')
      return undefined
    })
    metrics.databaseFigures(figures)
    return reply.type(metrics.contentType).send(await metrics.page())
  })
}
