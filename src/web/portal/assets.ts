import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

/** The files pages load, from public/. */
const files = [
  { name: 'portal.css', type: 'text/css; charset=utf-8' },
  { name: 'reference.css', type: 'text/css; charset=utf-8' },
  { name: 'mark.svg', type: 'image/svg+xml' },
] as const
export type AssetName = (typeof files)[number]['name']

const assets = files.map(({ name, type }) => {
  const bytes = readFileSync(new URL(`../../../public/${name}`, import.meta.url))
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  return { name, type, bytes, path: `/assets/${hash}/${name}` }
})
const pathByName = new Map<string, string>(assets.map(({ name, path }) => [name, path]))

/** The address of a file under public/: it names the content, so what lies there never changes. */
export function assetPath(name: AssetName): string {
  return pathByName.get(name) ?? `/assets/none/${name}`
}

/** Every asset at its own address, to be kept for ever; any other hash is not found. */
export function assetRoutes(app: FastifyInstance): void {
  for (const { path, type, bytes } of assets) {
    app.get(path, { schema: { hide: true } }, (_, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(bytes),
    )
  }
  // Browsers ask for this one by name; the mark moves with each version, so it is only pointed at.
  app.get('/favicon.ico', { schema: { hide: true } }, (_, reply) => reply.redirect(assetPath('mark.svg'), 302))
}
