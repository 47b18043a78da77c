import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RefusedError } from '../../../errors.ts'
import { refuseForeignPage } from '../../own-page.ts'

/** Where the affixing page calls the API while nobody has to sign in; only in the demo, for the demo account. */
export const demoDeskPath = '/demo'

/** The calls that an affixing takes, and those of many together; no others. */
const allowed: readonly (readonly [string, RegExp])[] = [
  ['POST', /^\/v1\/affixings$/],
  ['PUT', /^\/v1\/affixings\/afx_[0-9a-f]{32}\/signature$/],
  ['GET', /^\/v1\/affixings\/afx_[0-9a-f]{32}$/],
  ['DELETE', /^\/v1\/affixings\/afx_[0-9a-f]{32}$/],
  ['GET', /^\/v1\/affixings$/],
  ['POST', /^\/v1\/affixings\/lookup$/],
  ['POST', /^\/v1\/batches(?:\/bat_[0-9a-f]{32}\/(?:items|open))?$/],
  ['GET', /^\/v1\/batches\/bat_[0-9a-f]{32}(?:\/items)?$/],
  ['GET', /^\/v1\/quota$/],
  ['GET', /^\/v1\/artworks\/[0-9a-f]{64}$/],
]

/**
 * The API with the demo account's key put in by the service: a page that anyone may open never holds a key. Calls must come from a page
 * of ours, which marks them with a header that no other site's form can send.
 */
export function demoDeskRoutes(app: FastifyInstance, demoKey: string): void {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE'] as const)
    app.route<{ Params: { '*': string } }>({
      method,
      url: `${demoDeskPath}/v1/*`,
      schema: { hide: true },
      handler: async (request, reply) => {
        const [path = '', query] = request.url.slice(demoDeskPath.length).split('?', 2)
        if (!allowed.some(([verb, form]) => verb === method && form.test(path)))
          throw new RefusedError({ code: 'not_found', values: { id: path.slice(0, 200) } })
        refuseForeignPage(request)
        if (request.headers['x-openmeterai-page'] === undefined) throw new RefusedError({ code: 'unauthenticated' })
        const { body } = request
        const answer = await app.inject({
          method,
          url: query === undefined ? path : `${path}?${query}`,
          headers: { ...passedOn(request), authorization: `Bearer ${demoKey}` },
          ...(typeof body === 'object' && body !== null ? { payload: body } : {}),
        })
        const { 'content-type': type, 'retry-after': after, location } = answer.headers
        void reply.code(answer.statusCode).header('cache-control', 'no-store')
        if (after !== undefined) void reply.header('retry-after', after)
        if (location !== undefined) void reply.header('location', location)
        return reply.type(String(type)).send(answer.rawPayload)
      },
    })
}

function passedOn(request: FastifyRequest): Record<string, string> {
  const names = ['idempotency-key', 'accept-language'] as const
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = request.headers[name]
      return value === undefined ? [] : [[name, String(value)]]
    }),
  )
}
