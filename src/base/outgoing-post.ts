import { lookup, Resolver } from 'node:dns/promises'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
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
  /** The addresses of a name; by default as `targets` asks. */
  resolveName?: (host: string, signal: AbortSignal) => Promise<string[]>
}

class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}
class NameUnknown extends Error {
  override readonly name = 'NameUnknown'
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
 * Posts once and follows no redirect. The name is resolved once, and the addresses that were looked at are the ones that are dialled,
 * so that a name cannot change its meaning in between. Settles within its time whatever the other side does; never rejects for it.
 */
export async function postOut(post: OutgoingPost): Promise<Posted> {
  if (targetProblem(post.url, post.targets) !== undefined) return { problem: 'address_refused' }
  const signal = AbortSignal.timeout(post.milliseconds)
  const late = new Promise<Posted>((resolve) => {
    signal.addEventListener('abort', () => resolve({ problem: 'timed_out' }), { once: true })
  })
  const posted = sendTo(post, signal).catch((error: unknown): Posted => ({ problem: problemOf(error) }))
  return Promise.race([posted, late])
}

async function sendTo(post: OutgoingPost, signal: AbortSignal): Promise<Posted> {
  const url = new URL(post.url)
  const addresses = await allowedAddresses(hostOf(url), post, signal)
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: 'POST',
        agent: false,
        signal,
        headers: { ...post.headers, 'content-length': Buffer.byteLength(post.body) },
        lookup: lookUpIn(addresses),
      },
      (answer) => {
        resolve({ status: answer.statusCode ?? 0 })
        // read to its end for the other side's peace, but not for ever
        let read = 0
        answer.on('data', (piece: Buffer) => {
          read += piece.length
          if (read > post.answerBytesMax) answer.destroy()
        })
        answer.on('error', () => undefined)
      },
    )
    request.on('upgrade', (answer, socket) => {
      socket.destroy()
      resolve({ status: answer.statusCode ?? 0 })
    })
    request.on('error', reject)
    request.end(post.body)
  })
}

/** The host's addresses. One that is not allowed refuses them all: a good address must not lead to a bad one. */
async function allowedAddresses(host: string, post: OutgoingPost, signal: AbortSignal): Promise<string[]> {
  if (isIP(host) !== 0) return [host]
  const resolveName = post.resolveName ?? (post.targets === 'public' ? askNameServers : askSystem)
  const addresses = await resolveName(host, signal)
  if (addresses.length === 0) throw new NameUnknown(host)
  if (post.targets === 'public' && !addresses.every(isPublicAddress)) throw new AddressRefused(host)
  return addresses
}

/** By DNS alone, without the system's list of hosts, and without its threads: slow name servers must hold up nobody else. */
async function askNameServers(host: string, signal: AbortSignal): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  signal.addEventListener('abort', () => resolver.cancel(), { once: true })
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}

async function askSystem(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

function lookUpIn(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_, options, done) => {
    if (options.all === true) done(null, found)
    else done(null, found[0]?.address ?? '', found[0]?.family ?? 0)
  }
}

function problemOf(error: unknown): OutgoingProblem {
  if (error instanceof AddressRefused) return 'address_refused'
  if (error instanceof NameUnknown) return 'name_unknown'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name_unknown'
  if (/CERT|SIGNED|ISSUER|ALTNAME|^ERR_TLS|^ERR_SSL/.test(code)) return 'certificate_bad'
  return 'connection_failed'
}
