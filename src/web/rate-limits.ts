import { createHmac, randomBytes } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { openLimiter, type Limiter, type RatePolicy, type Taken } from '../base/limiter.ts'
import { isPublicAddress } from '../base/public-address.ts'
import { RefusedError } from '../errors.ts'
import {
  affixCallsPerMinuteMax,
  changeCallsPerMinuteMax,
  entryCallsPerMinuteMax,
  openCallsPerMinuteMax,
  rateBucketsMax,
  rateWindowSeconds,
  readCallsPerMinuteMax,
} from '../limits/traffic.ts'

// Limits are an account's, never those of an address that thousands share. Only where nobody can be told apart, on routes without a
// caller and for calls with a bad key, an address counts: a public one alone, as a private one is a balancer's or our own network's.

/** Kinds of calls, each with a bound of its own: who polls too much must still be able to stamp. */
export const rateClasses = ['affix', 'read', 'change', 'open', 'entry'] as const
export type RateClass = (typeof rateClasses)[number]

export type RatePolicies = Record<RateClass, RatePolicy>

const perMinute = (quota: number): RatePolicy => ({ quota, windowSeconds: rateWindowSeconds })

/** The bounds of one process. */
export const ratePolicies: RatePolicies = {
  affix: perMinute(affixCallsPerMinuteMax),
  read: perMinute(readCallsPerMinuteMax),
  change: perMinute(changeCallsPerMinuteMax),
  open: perMinute(openCallsPerMinuteMax),
  entry: perMinute(entryCallsPerMinuteMax),
}

/** Counts calls and says so in every answer: fields `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10. */
export type RateLimits = {
  /** Counts a call of this account; refuses `rate_limited`. */
  countCall(request: FastifyRequest, accountId: string): void
  /** Counts a call of nobody known against its address; refuses `rate_limited`. */
  countStranger(request: FastifyRequest): void
}

const decoratorName = 'rateLimits'

/** The limits of the service that this request came to; undefined where `limitRates` was not called. */
export function rateLimitsOf({ server }: FastifyRequest): RateLimits | undefined {
  return server.hasDecorator(decoratorName) ? server.getDecorator<RateLimits>(decoratorName) : undefined
}

/** The class of a route that has a caller: what affixes, what reads, and all the rest. */
export function rateClassOf(method: string, url: string): RateClass {
  if (/^\/v1\/(?:affixings|stampings|batches)\b/.test(url) && !url.endsWith('/document'))
    return isList(method, url) ? 'read' : 'affix'
  return method === 'GET' || method === 'HEAD' ? 'read' : 'change'
}

/** The list is asked for much more rarely than one affixing, which callers poll until it is signed. */
const isList = (method: string, url: string) => method === 'GET' && url === '/v1/affixings'

/** What strangers write, by the API and by pages: rows, messages, guesses at a password. */
const writtenByStrangers = /^\/(?:v1\/(?:registrations|sessions|password-resets)|daftar|masuk|lupa|pemulihan)\b/
const leavesSomething = (method: string, url: string) =>
  method !== 'GET' && method !== 'HEAD' && writtenByStrangers.test(url)

/** Counts on every route under /v1: by account where it has a caller (`callerOf` says whose), else by address. Before any route. */
export function limitRates(app: FastifyInstance, policies: RatePolicies = ratePolicies): void {
  const now = () => performance.now() / 1000
  const open = (policy: RatePolicy): Limiter => openLimiter(policy, { bucketsMax: rateBucketsMax, now })
  const limiters: Record<RateClass, Limiter> = {
    affix: open(policies.affix),
    read: open(policies.read),
    change: open(policies.change),
    open: open(policies.open),
    entry: open(policies.entry),
  }
  const policyText = (name: RateClass) => `"${name}";q=${policies[name].quota};w=${policies[name].windowSeconds}`
  const fields: Record<RateClass, string> = {
    affix: policyText('affix'),
    read: policyText('read'),
    change: policyText('change'),
    open: policyText('open'),
    entry: policyText('entry'),
  }
  const counted = new WeakMap<FastifyRequest, { name: RateClass; taken: Taken }>()
  const classes = new Map<string, RateClass>()
  const addressKey = addressKeys()

  function count(request: FastifyRequest, name: RateClass, key: string): void {
    const taken = limiters[name].take(key)
    counted.set(request, { name, taken })
    if (taken.ok) return
    const { quota: limit, windowSeconds } = policies[name]
    throw new RefusedError({ code: 'rate_limited', values: { limit, windowSeconds, seconds: taken.waitSeconds } })
  }

  const limits: RateLimits = {
    countCall(request, accountId) {
      const { method, url = '' } = request.routeOptions
      const place = `${String(method)} ${url}`
      const name = classes.get(place) ?? rateClassOf(String(method), url)
      classes.set(place, name)
      count(request, name, accountId)
    },
    countStranger(request) {
      const key = addressKey(request.ip)
      const { method, url = '' } = request.routeOptions
      if (key !== undefined) count(request, leavesSomething(String(method), url) ? 'entry' : 'open', key)
    },
  }

  app.addHook('onRoute', (route) => {
    // a route that asks for a caller counts where it learns it
    if (!route.url.startsWith('/v1/') || route.schema?.security !== undefined) return
    const hooks = [route.onRequest ?? []].flat()
    route.onRequest = [async (request: FastifyRequest) => limits.countStranger(request), ...hooks]
  })
  app.addHook('onSend', async (request, reply) => {
    const one = counted.get(request)
    if (one === undefined) return
    const { remaining, resetSeconds } = one.taken
    void reply
      .header('ratelimit-policy', fields[one.name])
      .header('ratelimit', `"${one.name}";r=${remaining};t=${resetSeconds}`)
  })
  app.decorate(decoratorName, limits)
}

/** A public address as its bucket's name: hashed with a salt of this process, so that nothing here says who called. IPv6 by its /64. */
function addressKeys(): (address: string) => string | undefined {
  const salt = randomBytes(32)
  return (given) => {
    // how a socket for both protocols writes IPv4
    const address = given.replace(/^::ffff:(?=\d+\.)/i, '')
    if (!isPublicAddress(address)) return undefined
    return createHmac('sha256', salt)
      .update(isIPv6(address) ? networkOf(address) : address)
      .digest('base64url')
  }
}

/** The first four groups: what one customer has. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::')
  const front = head.split(':').filter((group) => group !== '')
  const back = tail?.split(':').filter((group) => group !== '') ?? []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  return [...front, ...Array.from({ length: zeros }, () => '0'), ...back]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
