import type { FastifyInstance } from 'fastify'

// Stands in for src/web/api/affixings.ts: the same server with its hooks, and nothing behind them.

const id = `afx_${'0'.repeat(32)}`

/** The two calls of one affixing, each answered at once with a few bytes. */
export function affixingRoutes(app: FastifyInstance): void {
  app.post('/v1/affixings', (_, reply) => reply.code(201).send({ id }))
  app.put('/v1/affixings/:id/signature', () => ({ id, signature: '' }))
}
