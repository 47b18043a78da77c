import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

/** A route as the OpenAPI document has it: `path` with `:id` for its parts, `body` the example that keeps its schema. */
export type RegisteredRoute = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  /** One that its schema and rules take; left out where the route takes none, or takes a file. */
  body?: unknown
  /** The type of a body that is not JSON. */
  file?: string
  /** Whether a session is good for it. */
  forSessions: boolean
}

const documented = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        requestBody: z.object({ content: z.record(z.string(), z.looseObject({})) }).optional(),
        security: z.array(z.record(z.string(), z.unknown())).default([]),
      }),
    ),
  ),
})
const methods = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const

/** A document of a batch, and what is asked for one. */
const asked = {
  facts: { documentType: 'surat-pernyataan' },
  placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
  sourceSha256: 'ab'.repeat(32),
  sourceLength: 1000,
  pageCount: 1,
}
/** Bodies where the document's example keeps its schema and not the rules behind it. */
const fitting: Readonly<Record<string, object>> = {
  'POST /v1/affixings': asked,
  'POST /v1/batches': { name: 'x', items: [] },
  'POST /v1/batches/:id/items': { items: [{ clientReference: '1', ...asked }] },
  'POST /v1/members': { contact: 'tamu@contoh.example', role: 'reader' },
  'POST /v1/quota-transfers': { to: `acc_${'0'.repeat(32)}`, quantity: 1 },
  'POST /v1/orders': { quantity: 1, method: 'qris', intent: asked },
  'POST /v1/keys': { name: 'x', kind: 'test', scopes: ['manage'] },
  'POST /v1/pin-confirmations': { pin: '402817', purpose: 'key' },
  'POST /v1/accounts': {
    ownerType: 'company',
    identity: { name: 'PT Contoh' },
    consent: { terms: '2026-11', privacy: '2026-11' },
  },
  'POST /v1/authenticators/passkeys/:id/remove': { password: 'kucing abu makan ikan' },
  'PATCH /v1/account': {},
  'PATCH /v1/registrations/:id': { ownerType: 'personal' },
}

/** Every route under /v1 that the service has registered and documents; tests/key-scopes.test.ts holds that it documents all. */
export function registeredRoutes(app: FastifyInstance): RegisteredRoute[] {
  const { paths } = documented.parse(app.swagger())
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(methods).flatMap(([name, method]): RegisteredRoute[] => {
      const operation = operations[name]
      if (operation === undefined || !path.startsWith('/v1/')) return []
      const content = operation.requestBody?.content ?? {}
      const [file] = Object.keys(content)
      const json = content['application/json']
      const route = {
        method,
        path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
        forSessions: operation.security.some((one) => 'session' in one),
      }
      if (json !== undefined) return [{ ...route, body: fitting[nameOf(route)] ?? json['example'] }]
      return [file === undefined ? route : { ...route, file }]
    }),
  )
}

/**
 * Every route there is, pages too, as `GET /cek`: from the router's own tree, each line of which is a part of a path under the one above it that
 * stands less far in, with its methods.
 */
export function printedRoutes(app: FastifyInstance): string[] {
  const above: { depth: number; path: string }[] = []
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methodsText = ''] = /^([│├└─\s]*)(\S*)(?: \((.*)\))?$/.exec(line) ?? []
      while ((above.at(-1)?.depth ?? -1) >= indent.length) above.pop()
      const path = `${above.at(-1)?.path ?? ''}${part}`
      above.push({ depth: indent.length, path })
      const verbs = methodsText.split(', ').filter((method) => method !== '' && method !== 'HEAD')
      return verbs.map((method) => `${method} ${path}`)
    })
}

/** `POST /v1/orders/:id/look`: how tables name a route. */
export const nameOf = ({ method, path }: Pick<RegisteredRoute, 'method' | 'path'>): string => `${method} ${path}`
