import { setTimeout as delay } from 'node:timers/promises'
import { type Breaker, openBreaker, type Try } from '../base/breaker.ts'
import {
  timestampFailuresMax,
  timestampLateMilliseconds,
  timestampOpenMilliseconds,
  timestampPauseMilliseconds,
  timestampRoundsMax,
  timestampWaitMilliseconds,
} from '../limits/stamping.ts'
import { askTimestampServer, type TimestampSource, TimestampUnavailable } from './timestamp-source.ts'

export type TimestampServersOptions = {
  /** All a call may take. Default `timestampWaitMilliseconds`. */
  waitMilliseconds?: number
  /** Silence after which the next server is asked too. Default `timestampLateMilliseconds`. */
  lateMilliseconds?: number
  /** The breakers' clock, milliseconds that only go forward. */
  now?: () => number
  /** Told of every answer and failure of a server. */
  observe?: (question: { url: string; ok: boolean; milliseconds: number }) => void
}

type Server = { url: string; breaker: Breaker }

/** One request on its way. `late`: it was silent so long that another server was asked too. */
type Question = {
  server: Server
  begun: Try
  token: Promise<Uint8Array>
  settled: boolean
  late: boolean
  failure: string | undefined
}

/**
 * Timestamps from outside servers (RFC 3161), the first named preferred. The next one is asked when one fails, and beside one
 * that is late; the first good token wins. A server that failed repeatedly is left alone for a while, then one call asks it
 * beside the others, without waiting for it. No call takes longer than `waitMilliseconds`; then, and at once where every
 * server is left alone, it is TimestampUnavailable.
 */
export function timestampServers(urls: readonly string[], options: TimestampServersOptions = {}): TimestampSource {
  const {
    waitMilliseconds = timestampWaitMilliseconds,
    lateMilliseconds = timestampLateMilliseconds,
    observe,
  } = options
  const now = options.now ?? (() => performance.now())
  const servers: Server[] = urls.map((url) => ({
    url,
    breaker: openBreaker({ failuresMax: timestampFailuresMax, openMilliseconds: timestampOpenMilliseconds, now }),
  }))

  return {
    async timestamp(digest) {
      const questions: Question[] = []
      const deadline = performance.now() + waitMilliseconds
      const token = await askInTurn(servers, questions, { digest, deadline, lateMilliseconds, observe })
      if (token === undefined) throw new TimestampUnavailable(failuresOf(questions))
      for (const question of questions) if (question.late && !question.settled) question.begun.failed()
      return token
    },
  }
}

type Call = {
  digest: Uint8Array
  /** Of `performance.now()`. */
  deadline: number
  lateMilliseconds: number
  observe: TimestampServersOptions['observe']
}

/** Asks until there is a token; undefined when there is none in time. What was asked is left in `questions`. */
async function askInTurn(
  servers: readonly Server[],
  questions: Question[],
  call: Call,
): Promise<Uint8Array | undefined> {
  const left = () => Math.max(0, call.deadline - performance.now())
  for (let round = 1; round <= timestampRoundsMax && left() > 0; round++) {
    for (const server of servers) {
      if (questions.some((one) => one.server === server && !one.settled)) continue
      const begun = server.breaker.begin()
      if (begun === undefined) continue
      const question = ask(server, begun, call)
      questions.push(question)
      // A call that tries for all whether a server is back does not wait for it where there is another.
      const patience = begun.probe && servers.length > 1 ? 0 : Math.min(call.lateMilliseconds, left())
      const token = await firstToken(questions, patience)
      if (token !== undefined) return token
      question.late = !question.settled && !begun.probe
    }
    if (questions.length === 0) return undefined
    if (round < timestampRoundsMax) {
      const pause = Math.min(timestampPauseMilliseconds, left())
      const token = await firstToken(questions, pause, { wholePause: true })
      if (token !== undefined) return token
    }
  }
  return firstToken(questions, left())
}

function ask(server: Server, begun: Try, call: Call): Question {
  const { digest, deadline, observe } = call
  const started = performance.now()
  const token = askTimestampServer(server.url, {
    digest,
    timeoutMilliseconds: Math.max(1, Math.ceil(deadline - started)),
  })
  const question: Question = { server, begun, token, settled: false, late: false, failure: undefined }
  const settle = (failure: string | undefined) => {
    Object.assign(question, { settled: true, failure })
    if (failure === undefined) begun.succeeded()
    else begun.failed()
    observe?.({ url: server.url, ok: failure === undefined, milliseconds: performance.now() - started })
  }
  token.then(
    () => settle(undefined),
    (error: unknown) => settle(error instanceof Error ? error.message : String(error)),
  )
  return question
}

/** The first token there is within so many milliseconds; undefined then, and as soon as all have failed unless `wholePause`. */
async function firstToken(
  questions: readonly Question[],
  milliseconds: number,
  { wholePause = false } = {},
): Promise<Uint8Array | undefined> {
  const over = new AbortController()
  const pause = delay(milliseconds, undefined, { signal: over.signal }).catch(() => undefined)
  const token = Promise.any(questions.map((question) => question.token)).catch(() => (wholePause ? pause : undefined))
  try {
    return await Promise.race([token, pause])
  } finally {
    over.abort()
  }
}

function failuresOf(questions: readonly Question[]): string {
  if (questions.length === 0) return 'No timestamp: every server failed a moment ago and is left alone'
  return questions.map(({ server, failure }) => failure ?? `No timestamp from ${server.url}: it is silent`).join('; ')
}
