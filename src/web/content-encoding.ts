import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { compressedBytesMin } from '../limits/traffic.ts'

// BREACH reads a secret out of the length of compressed answers, by asking for the same secret beside many guesses of its own. None of ours
// stays the same: the token against foreign forms is another one on every page (identity/session-tokens.ts), a form's key acts once, and what
// is shown once is never shown again. Cookies do not come along with what other sites fetch (SameSite), so nobody asks in another's name.

/** How an answer is made smaller. */
export type Encoding = 'br' | 'gzip'

/** The best of ours that the browser takes; undefined where it takes none, or says that it will not have it (`br;q=0`). */
export function encodingFor(request: FastifyRequest): Encoding | undefined {
  const taken = (request.headers['accept-encoding'] ?? '')
    .split(',')
    .filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
    .map((one) => one.split(';', 1)[0]?.trim())
  return (['br', 'gzip'] as const).find((encoding) => taken.includes(encoding))
}

const brotli = promisify(brotliCompress)
const deflate = promisify(gzip)

/** Makes bytes smaller; `quality` is Brotli's, 0 to 11. */
export function encode(bytes: Uint8Array, encoding: Encoding, quality: number): Promise<Uint8Array> {
  if (encoding === 'gzip') return deflate(bytes, { level: Math.min(9, quality + 1) })
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  return brotli(bytes, { params })
}

/** Above it each step of Brotli costs more time than it saves on the way. */
const quality = 5

/**
 * Sends what people and programs read as small as they take it: pages, lists, tables. Left as they are: what streams (events, downloads),
 * files, which come encoded or cannot be, and the answers of calls that affix, where random bytes would only cost time.
 */
export function encodeAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < compressedBytesMin) return payload
    const type = String(reply.getHeader('content-type'))
    const isRead =
      ['GET', 'HEAD'].includes(request.method) &&
      /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?json|image\/svg)/.test(type)
    if (!isRead && !type.startsWith('text/html')) return payload
    const vary = String(reply.getHeader('vary') ?? '')
    if (!vary.includes('accept-encoding'))
      void reply.header('vary', vary === '' ? 'accept-encoding' : `${vary}, accept-encoding`)
    const encoding = encodingFor(request)
    if (encoding === undefined) return payload
    void reply.header('content-encoding', encoding).removeHeader('content-length')
    const { buffer, byteOffset, byteLength } = await encode(Buffer.from(payload), encoding, quality)
    return Buffer.from(buffer, byteOffset, byteLength)
  })
}
