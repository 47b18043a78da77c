import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { encode, encodingFor, type Encoding } from '../content-encoding.ts'

/** A file that pages load. Its address names its content, so what lies there never changes. */
export type Asset = { path: string; type: string; bytes: Uint8Array; headers?: Record<string, string> }

/** The files of public/ that pages load. */
const files = [
  { name: 'portal.css', type: 'text/css; charset=utf-8' },
  { name: 'reference.css', type: 'text/css; charset=utf-8' },
  { name: 'mark.svg', type: 'image/svg+xml' },
  { name: 'rule.svg', type: 'image/svg+xml' },
  // the mark as Android installs it; maskable ones keep it inside the inner 80 % that every mask leaves
  { name: 'icon-192.png', type: 'image/png' },
  { name: 'icon-512.png', type: 'image/png' },
  { name: 'icon-maskable-192.png', type: 'image/png' },
  { name: 'icon-maskable-512.png', type: 'image/png' },
] as const
export type AssetName = (typeof files)[number]['name']

/** `portal.css` -> `/aset/portal.<hash>.css`. */
export function hashedPath(name: string, bytes: Uint8Array): string {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const dot = name.lastIndexOf('.')
  return `/aset/${name.slice(0, dot)}.${hash}${name.slice(dot)}`
}

const assets = new Map<string, Asset>(
  files.map(({ name, type }) => {
    const bytes = readFileSync(new URL(`../../../public/${name}`, import.meta.url))
    return [name, { path: hashedPath(name, bytes), type, bytes }]
  }),
)

/** The address of a file under public/. */
export function assetPath(name: AssetName): string {
  return assets.get(name)?.path ?? `/aset/${name}`
}

/** Every asset at its own address, to be kept for ever; any other hash is not found. */
export function assetRoutes(app: FastifyInstance): void {
  for (const asset of assets.values()) {
    const send = assetSender(asset)
    app.get(asset.path, { schema: { hide: true } }, (request, reply) => send(request, reply))
  }
  // Browsers ask for this one by name; the mark moves with each version, so it is only pointed at.
  app.get('/favicon.ico', { schema: { hide: true } }, (_, reply) => reply.redirect(assetPath('mark.svg'), 302))
}

/** Brotli's last steps take ten times as long for some hundredths; a large file is squeezed while somebody waits for it. */
const brotliQuality = { small: 11, large: 9, largeFrom: 200_000 } as const

/** Sends an asset as small as the browser takes it; each form is made once, when it is first asked for. */
export function assetSender(asset: Asset): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  const made = new Map<Encoding, Promise<Uint8Array>>()
  const quality = asset.bytes.length < brotliQuality.largeFrom ? brotliQuality.small : brotliQuality.large
  const formIn = (encoding: Encoding) => {
    const known = made.get(encoding) ?? encode(asset.bytes, encoding, quality)
    made.set(encoding, known)
    return known
  }
  return async (request, reply) => {
    const encoding = encodingFor(request)
    const body = encoding === undefined ? asset.bytes : await formIn(encoding)
    void reply
      .type(asset.type)
      .headers({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding', ...asset.headers })
    if (encoding !== undefined) void reply.header('content-encoding', encoding)
    return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  }
}
