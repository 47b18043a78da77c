import { errorList, type ErrorCode, type Refusal } from '../errors.ts'
import { resendMilliseconds, resendMillisecondsMax, retryAfterSecondsMax, sendsMax } from './bounds.ts'
import { isObject } from './json-fields.ts'

/** One call of the API. `path` begins with `/v1/`; header names are lower-case. */
export type Call = { method: string; path: string; headers?: Record<string, string>; json?: unknown }

/** What came back; `json` is undefined when the body was none. */
export type Answer = { status: number; headers: Record<string, string>; json: unknown }

/**
 * The way to the service: fetch with the caller's key in a browser or the command line, a direct call on the server.
 * Throws UnreachableError when no whole answer came; anything else thrown is a mistake and goes through.
 */
export type Transport = { request(call: Call): Promise<Answer> }

/** No whole answer came: the outcome of the call is unknown, and sending it again is safe. */
export class UnreachableError extends Error {
  /** Address of the service, for the refusal's sentence. */
  readonly url: string | undefined
  constructor(message: string, options?: { cause?: unknown; url?: string }) {
    super(message, options)
    this.name = 'UnreachableError'
    this.url = options?.url
  }
}

/** Ends after so many milliseconds; tests hand in one that ends at once. */
export type Wait = (milliseconds: number) => Promise<void>

/** How the service is reached. `sends`: times one call is sent at most, where fewer are wanted than usual. */
export type Connection = { transport: Transport; wait: Wait; sends?: number }

export type Called = { ok: true; answer: Answer } | { ok: false; refusal: Refusal }

/** Names of problem+json itself; all others are values of the refusal. */
const problemNames = new Set(['type', 'title', 'status', 'code', 'detail', 'instance'])

/**
 * The refusal that an answer with an error status means. Its values have the problem's own sentence as `sentence`, and
 * `requestId` where it is given. A code that this version does not know becomes `internal` or `request_malformed` by
 * its status; an answer that is no problem+json at all comes from something else than the service: `service_unreachable`.
 */
export function refusalOf({ status, json }: Answer): Refusal {
  if (!isObject(json) || typeof json['code'] !== 'string') return { code: 'service_unreachable', values: { status } }
  const values: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(json)) {
    if (!problemNames.has(name) && (typeof value === 'string' || typeof value === 'number')) values[name] = value
  }
  if (typeof json['detail'] === 'string') values['sentence'] = json['detail']
  const { code } = json
  if (isErrorCode(code)) return { code, values }
  return { code: status >= 500 ? 'internal' : 'request_malformed', values: { ...values, unknownCode: code } }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorList, code)
}

/** The whole seconds of Retry-After, at most a minute; undefined where there is none to be read. */
export function retryAfterSeconds({ headers }: Answer): number | undefined {
  const text = headers['retry-after'] ?? ''
  return /^\d{1,9}$/.test(text) ? Math.min(Number(text), retryAfterSecondsMax) : undefined
}

/** Refusals that may pass too, but not soon or not without the person. */
const lasting: ReadonlySet<ErrorCode> = new Set([
  'quota_empty',
  'signature_too_large',
  'too_many_open',
  'too_many_releases',
  'key_limit_reached',
  'member_limit_reached',
  'too_many_orders',
  'credit_exceeded',
])

/** Refusals that pass by themselves: worth asking again without the person. */
function passes(refusal: Refusal): boolean {
  return errorList[refusal.code].mayRetry && !lasting.has(refusal.code)
}

/**
 * Sends a call until it is answered for good, a bounded number of times. Only for calls that may be sent twice: reading,
 * deleting, and those with an idempotency key or a digest of their own.
 */
export async function callService(connection: Connection, call: Call): Promise<Called> {
  const { transport, wait } = connection
  for (let sends = 1; ; sends++) {
    const answer = await answerOf(transport, call)
    if (!(answer instanceof UnreachableError) && answer.status < 400) return { ok: true, answer }
    const refusal = answer instanceof UnreachableError ? unreachableRefusal(answer) : refusalOf(answer)
    if (sends >= (connection.sends ?? sendsMax) || !passes(refusal)) return { ok: false, refusal }
    const asked = answer instanceof UnreachableError ? undefined : retryAfterSeconds(answer)
    await wait(
      asked === undefined ? Math.min(resendMilliseconds * 2 ** (sends - 1), resendMillisecondsMax) : asked * 1000,
    )
  }
}

function unreachableRefusal({ url }: UnreachableError): Refusal {
  return url === undefined ? { code: 'service_unreachable' } : { code: 'service_unreachable', values: { url } }
}

async function answerOf(transport: Transport, call: Call): Promise<Answer | UnreachableError> {
  try {
    return await transport.request(call)
  } catch (error) {
    if (error instanceof UnreachableError) return error
    throw error
  }
}
