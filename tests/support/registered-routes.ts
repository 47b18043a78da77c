import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

/** A route as the OpenAPI document has it: `path` with `:id` for its parts, `body` the example that keeps its schema. */
export type RegisteredRoute = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  /** Left out where the route takes none, or takes a file. */
  body?: unknown
  /** The type of a body that is not JSON. */
  file?: string
}

const documented = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ requestBody: z.object({ content: z.record(z.string(), z.looseObject({})) }).optional() }),
    ),
  ),
})
const methods = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const

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
      const body = json === undefined ? (file === undefined ? {} : { file }) : { body: json['example'] }
      return [{ method, path: path.replaceAll(/\{(\w+)\}/g, ':$1'), ...body }]
    }),
  )
}

/** `POST /v1/orders/:id/look`: how tables name a route. */
export const nameOf = ({ method, path }: RegisteredRoute): string => `${method} ${path}`
