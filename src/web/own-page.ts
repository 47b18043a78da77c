import type { FastifyRequest } from 'fastify'
import { RefusedError } from '../errors.ts'

/**
 * Refuses what a browser sends for a page of another site: forms need no permission to be sent anywhere, so the browser's own word on
 * where one came from decides. A call that no browser made says nothing of the kind and passes.
 */
export function refuseForeignPage(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  const isOwnOrigin = origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.headers.host)
  if (site === undefined ? isOwnOrigin : site === 'same-origin' || site === 'none') return
  throw new RefusedError({ code: 'csrf_refused' })
}
