import { createServer } from 'node:http'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import type { TrustBundle } from '../../src/client/trust-bundle.ts'
import { pictureSha256 } from '../../src/stamp/picture/picture.ts'
import type { Stamped } from '../../tests/support/stamped-pdf.ts'

/** The two public calls of a service that knows these stamps, on a free port of this computer. */
export async function openBenchRegistry(
  stamps: readonly Pick<Stamped, 'serial' | 'digest' | 'recipe'>[],
  bundle: TrustBundle,
): Promise<{ url: string; asked(): { calls: number; pairs: number }; close(): void }> {
  const known = new Map(
    stamps.map(({ serial, digest, recipe }) => [`${serial}${digest}`, pictureSha256(recipe, nodePrimitives)]),
  )
  const asked = { calls: 0, pairs: 0 }
  const answer = (body: string): unknown => {
    const { items }: { items: { serial: string; digest: string }[] } = JSON.parse(body)
    asked.calls++
    asked.pairs += items.length
    return {
      items: items.map(({ serial, digest }) => {
        const picture = known.get(`${serial}${digest}`)
        if (picture === undefined) return { serial, digest, standing: 'unknown' }
        return { serial, digest, standing: 'specimen', pictureSha256: picture }
      }),
    }
  }
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const json = request.method === 'GET' ? bundle : answer(Buffer.concat(pieces).toString())
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the registry has no port')
  return { url: `http://127.0.0.1:${address.port}`, asked: () => asked, close: () => void server.close() }
}
