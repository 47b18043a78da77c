import { z } from 'zod'
import { type Breaker, openBreaker } from '../../base/breaker.ts'
import {
  gatewayAnswerBytesMax,
  gatewayFailuresMax,
  gatewayMilliseconds,
  gatewayOpenMilliseconds,
} from '../../limits/purchases.ts'
import { GatewayUnavailable } from './gateway.ts'

/** One call of a gateway's API. `path` begins with a slash. */
export type GatewayCall = {
  method: 'GET' | 'POST'
  path: string
  headers?: Readonly<Record<string, string>>
  json?: unknown
}

/** What came back; `json` is undefined where the body was none. */
export type GatewayAnswer = { status: number; json: unknown }

/** Calls one gateway: with a time-out, a bounded answer, no redirects, and a pause where it keeps failing. */
export type GatewayCaller = (call: GatewayCall) => Promise<GatewayAnswer>

export type GatewayCallerOptions = {
  /** Without a slash at its end. */
  url: string
  /** Sent with every call. */
  headers: Readonly<Record<string, string>>
  milliseconds?: number
  breaker?: Breaker
}

/** The way to a gateway. It throws GatewayUnavailable for no answer in time, an answer that is too long, and any status from 500 on. */
export function openGatewayCaller(options: GatewayCallerOptions): GatewayCaller {
  const breaker =
    options.breaker ??
    openBreaker({
      failuresMax: gatewayFailuresMax,
      openMilliseconds: gatewayOpenMilliseconds,
      now: () => performance.now(),
    })
  return async (call) => {
    const begun = breaker.begin()
    if (begun === undefined) throw new GatewayUnavailable('it failed a moment ago and is left alone for a while')
    try {
      const answer = await askOnce(options, call)
      begun.succeeded()
      return answer
    } catch (error) {
      begun.failed()
      throw error
    }
  }
}

async function askOnce(options: GatewayCallerOptions, call: GatewayCall): Promise<GatewayAnswer> {
  const body = call.json === undefined ? undefined : JSON.stringify(call.json)
  const headers = {
    accept: 'application/json',
    ...options.headers,
    ...call.headers,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const signal = AbortSignal.timeout(options.milliseconds ?? gatewayMilliseconds)
  const asked = {
    method: call.method,
    headers,
    signal,
    redirect: 'error',
    ...(body === undefined ? {} : { body }),
  } as const
  try {
    const response = await fetch(options.url + call.path, asked)
    const text = await readBounded(response)
    if (response.status >= 500) throw new GatewayUnavailable(`${call.method} answered ${response.status}`)
    return { status: response.status, json: parsed(text) }
  } catch (error) {
    if (error instanceof GatewayUnavailable) throw error
    const why = error instanceof Error ? error.name : 'no answer'
    throw new GatewayUnavailable(`${call.method} got no answer: ${why}`, { cause: error })
  }
}

/** A payment's id as both gateways make them; it goes into addresses and tables. */
export const transactionIdSchema = z.string().regex(/^[\w-]{1,100}$/)

/** The JSON of a body; undefined where it is none. */
export function jsonOfBody(body: Buffer): unknown {
  return parsed(body.toString('utf8'))
}

async function readBounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > gatewayAnswerBytesMax)
      throw new GatewayUnavailable(`the answer is longer than ${gatewayAnswerBytesMax} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whole units of an amount such as 30000, "30000" or "30000.00"; undefined for anything else: nothing, and fractions too. */
export function wholeAmount(value: unknown): bigint | undefined {
  const text = typeof value === 'number' ? String(value) : value
  const digits = typeof text === 'string' ? /^(\d{1,15})(?:\.0{1,4})?$/.exec(text)?.[1] : undefined
  return digits === undefined || /^0+$/.test(digits) ? undefined : BigInt(digits)
}
