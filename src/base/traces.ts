import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import {
  traceAnswerMilliseconds,
  traceBatchMax,
  traceQueueMax,
  tracesPerSecondMax,
  traceSendMilliseconds,
} from '../limits/traffic.ts'
import { spansRequest } from './otlp.ts'

/** Numbers and words of ours alone: never a key, a code, an identity number, a file's name or text of a caller. */
export type SpanAttributes = Record<string, string | number>

/** One piece of work, ended. Times in milliseconds since 1970, with fractions. */
export type Span = {
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  name: string
  kind: 'server' | 'internal' | 'client'
  startedAt: number
  endedAt: number
  failed: boolean
  attributes: SpanAttributes
}

/** Work that is being traced. `end` may be called once. */
export type OpenSpan = { traceId: string; spanId: string; end(failed: boolean, attributes?: SpanAttributes): void }

type Tracer = {
  begin(span: {
    name: string
    kind: Span['kind']
    traceparent?: string | undefined
    root?: boolean
  }): OpenSpan | undefined
  within<T>(span: OpenSpan, work: () => T): T
}

let tracer: Tracer | undefined

/**
 * Runs `work` as a span of the trace it belongs to. Where nothing is traced it is the plain call. A span that is no `root` and
 * has no trace around it is not recorded; a root begins a trace of its own, whoever happened to start it.
 */
export async function traced<T>(
  span: { name: string; kind?: Span['kind']; root?: boolean; attributes?: SpanAttributes },
  work: () => Promise<T>,
): Promise<T> {
  const open = tracer?.begin({ kind: 'internal', ...span })
  if (tracer === undefined || open === undefined) return work()
  try {
    const value = await tracer.within(open, work)
    open.end(false, span.attributes)
    return value
  } catch (error) {
    open.end(true, span.attributes)
    throw error
  }
}

/**
 * Begins the trace of a request, or goes on with its caller's (W3C Trace Context, `traceparent`); `goOn` runs inside it.
 * Undefined, and `goOn` run plainly, where nothing is traced or this second has had its share.
 */
export function traceRequest(
  request: { name: string; traceparent: string | undefined },
  goOn: () => void,
): OpenSpan | undefined {
  const open = tracer?.begin({ name: request.name, kind: 'server', traceparent: request.traceparent, root: true })
  if (tracer === undefined || open === undefined) goOn()
  else tracer.within(open, goOn)
  return open
}

/** Whether spans are recorded at all: callers that need to prepare ask first. */
export function isTracing(): boolean {
  return tracer !== undefined
}

/**
 * From now on spans are sent to `<url>/v1/traces` (OTLP over HTTP, as JSON), some at a time, beside the work: what cannot be sent
 * in time, or exceeds the queue, is dropped and counted. `stop` sends what is left and switches tracing off.
 */
export function startTracing(options: { url: string; service: string; version: string }): {
  dropped(): number
  stop(): Promise<void>
} {
  const queue: Span[] = []
  let dropped = 0
  const around = new AsyncLocalStorage<OpenSpan>()
  const share = sharePerSecond(tracesPerSecondMax)

  async function send(): Promise<void> {
    while (queue.length > 0) {
      const spans = queue.splice(0, traceBatchMax)
      const sent = await fetch(`${options.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(spansRequest(spans, options)),
        signal: AbortSignal.timeout(traceAnswerMilliseconds),
      }).then(
        async (answer) => {
          await answer.body?.cancel()
          return answer.ok
        },
        () => false,
      )
      if (!sent) dropped += spans.length
    }
  }

  let sending: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    sending = sending.then(send)
  }, traceSendMilliseconds)
  timer.unref()

  const own: Tracer = {
    within: (span, work) => around.run(span, work),
    begin({ name, kind, traceparent, root = false }) {
      const given = parentOf(traceparent)
      const parent = root ? given : around.getStore()
      if (parent === undefined && (!root || !share())) return undefined
      const traceId = parent?.traceId ?? randomBytes(16).toString('hex')
      const spanId = randomBytes(8).toString('hex')
      const startedAt = performance.timeOrigin + performance.now()
      return {
        traceId,
        spanId,
        end(failed, attributes = {}) {
          if (queue.length >= traceQueueMax) {
            dropped++
            return
          }
          const endedAt = performance.timeOrigin + performance.now()
          const parentSpanId = parent?.spanId
          queue.push({ traceId, spanId, parentSpanId, name, kind, startedAt, endedAt, failed, attributes })
        },
      }
    },
  }
  tracer = own
  return {
    dropped: () => dropped,
    async stop() {
      if (tracer === own) tracer = undefined
      clearInterval(timer)
      await sending
      await send()
    },
  }
}

/** The caller's span by its `traceparent`; undefined where there is none, or it does not want to be recorded. */
function parentOf(traceparent: string | undefined): { traceId: string; spanId: string } | undefined {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined || (Number.parseInt(flags ?? '0', 16) & 1) === 0) return undefined
  return { traceId, spanId }
}

/** True so many times in each second. */
function sharePerSecond(most: number): () => boolean {
  let second = -1
  let taken = 0
  return () => {
    const present = Math.floor(performance.now() / 1000)
    if (present !== second) {
      second = present
      taken = 0
    }
    return ++taken <= most
  }
}
