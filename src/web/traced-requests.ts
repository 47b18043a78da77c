import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isTracing, type OpenSpan, traceRequest } from '../base/traces.ts'

/** Asked all day by machines, about nobody's stamp. */
const untraced = new Set(['/health', '/ready', '/metrics'])

/** A span for each request, named after its route: never its path, query or body, which may name things of people. */
export function traceRequests(app: FastifyInstance): void {
  if (!isTracing()) return
  const open = new WeakMap<FastifyRequest, OpenSpan>()
  app.addHook('onRequest', (request, _, done) => {
    const route = request.routeOptions.url ?? '(none)'
    if (untraced.has(route)) return done()
    const header = request.headers['traceparent']
    const traceparent = typeof header === 'string' ? header : undefined
    const span = traceRequest({ name: `${request.method} ${route}`, traceparent }, done)
    if (span !== undefined) open.set(request, span)
  })
  app.addHook('onResponse', async (request, reply) => {
    open.get(request)?.end(reply.statusCode >= 500, {
      'http.request.method': request.method,
      'http.route': request.routeOptions.url ?? '(none)',
      'http.response.status_code': reply.statusCode,
    })
  })
}
