import { lookup as lookUp, type LookupAddress } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** `public`: https to the public Internet alone. `any`: whatever there is, for development. */
export type Targets = 'public' | 'any'

/** Why no answer came. Closed: people see these words. */
export const outgoingProblems = [
  'address_refused',
  'name_unknown',
  'connection_failed',
  'certificate_bad',
  'timed_out',
  'answer_too_large',
] as const
export type OutgoingProblem = (typeof outgoingProblems)[number]

/** The answer's status, of which nothing else is kept; or why there is none. */
export type Posted = { status: number } | { problem: OutgoingProblem }

export type OutgoingPost = {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
  targets: Targets
  milliseconds: number
  /** Bytes of the answer's body that are read before it is let go. */
  answerBytesMax: number
  signal?: AbortSignal
}

class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

/** Why this is no address to send to; undefined where it is one. Names are looked at when they are dialled. */
export function targetProblem(
  url: string,
  targets: Targets,
): 'not_https' | 'address_refused' | 'not_a_url' | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || parsed.username !== '' || parsed.password !== '' || parsed.hash !== '') return 'not_a_url'
  if (targets === 'any') return parsed.protocol === 'https:' || parsed.protocol === 'http:' ? undefined : 'not_a_url'
  if (parsed.protocol !== 'https:') return 'not_https'
  const host = hostOf(parsed)
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'address_refused'
  // names without a dot, and those that no public server answers for (RFC 6761, RFC 6762)
  return /\.(?!local\.?$|localhost\.?$|internal\.?$)[^.]+\.?$/i.test(host) ? undefined : 'address_refused'
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/**
 * Posts once and follows no redirect. The name is resolved once, and the address that was looked at is the one that is dialled, so
 * that a name cannot change its meaning in between. Never rejects for what the other side does.
 */
export async function postOut(post: OutgoingPost): Promise<Posted> {
  if (targetProblem(post.url, post.targets) !== undefined) return { problem: 'address_refused' }
  const url = new URL(post.url)
  const time = AbortSignal.timeout(post.milliseconds)
  const signal = post.signal === undefined ? time : AbortSignal.any([time, post.signal])
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve) => {
    const fail = (error: unknown) => resolve({ problem: signal.aborted ? 'timed_out' : problemOf(error) })
    const request = send(
      url,
      {
        method: 'POST',
        agent: false,
        signal,
        headers: { ...post.headers, 'content-length': Buffer.byteLength(post.body) },
        lookup: lookUpFor(post.targets),
      },
      (answer) => {
        let read = 0
        answer.on('data', (piece: Buffer) => {
          read += piece.length
          if (read <= post.answerBytesMax) return
          resolve({ problem: 'answer_too_large' })
          answer.destroy()
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0 }))
        answer.on('error', fail)
      },
    )
    request.on('error', fail)
    request.end(post.body)
  })
}

/** Resolves a name and refuses it where any of its addresses is not allowed: one good address must not lead to a bad one. */
function lookUpFor(targets: Targets): LookupFunction {
  return (host, options, done) => {
    lookUp(host, { ...options, all: true }, (error, found) => {
      const addresses: LookupAddress[] = Array.isArray(found) ? found : []
      const [first] = addresses
      const problem =
        error ??
        (targets === 'public' && addresses.some(({ address }) => !isPublicAddress(address))
          ? new AddressRefused(host)
          : null)
      if (problem !== null || first === undefined) done(problem ?? new AddressRefused(host), '', 4)
      else if (options.all === true) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

function problemOf(error: unknown): OutgoingProblem {
  if (error instanceof AddressRefused) return 'address_refused'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name_unknown'
  if (/CERT|SIGNED|ISSUER|ALTNAME|^ERR_TLS|^ERR_SSL/.test(code)) return 'certificate_bad'
  return 'connection_failed'
}
