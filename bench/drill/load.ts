import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { callService, UnreachableError, type Answer, type Call, type Transport } from '../../src/client/transport.ts'
import { isObject } from '../../src/client/json-fields.ts'
import { fetchTransport } from '../../tests/support/fetch-transport.ts'

/** A stamp that the service said is affixed, and how long both calls took together. */
export type Acknowledged = { id: string; serial: string; signature: string; milliseconds: number; phase: string }

/** A second's worth may be under way, and eight at least: what arrives beyond that on a busy machine is not begun. */
const underWayMax = (perSecond: number) => Math.max(8, perSecond)
/** A phase with less than this many stamps proves little; a machine that needs longer for them is no place for the drill. */
const phaseStamps = { least: 5, secondsMax: 60 } as const

/** What clients saw. `skipped`: not begun, for too many were under way. `repeats`: failed sends, by what they got. */
export type LoadOutcome = {
  started: number
  skipped: number
  acknowledged: Acknowledged[]
  refused: { code: string; phase: string }[]
  repeats: Map<string, number>
}

/** A load that goes on until it is stopped. */
export type Load = {
  /** What begins from now on belongs to this phase of the drill. */
  enter(phase: string): void
  /** Ends after these seconds, and not before the phase has its stamps. */
  goOn(seconds: number): Promise<void>
  /** Begins nothing more and waits for what runs. */
  stop(): Promise<LoadOutcome>
}

const placement = { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' }

/**
 * Affixings at a constant rate, however slow the answers: each reserves and signs as our clients do, and sends a call again
 * with the same key only where our clients would.
 */
export function startLoad(to: { url: string; key: string; perSecond: number; entered: (phase: string) => void }): Load {
  const outcome: LoadOutcome = { started: 0, skipped: 0, acknowledged: [], refused: [], repeats: new Map() }
  const running = new Set<Promise<void>>()
  const transport = countingTransport(fetchTransport(to.url, to.key), outcome.repeats)
  let phase = ''
  const stopping = new AbortController()

  async function affix(): Promise<void> {
    const began = performance.now()
    const mine = phase
    const reserved = await call('POST', '/v1/affixings', {
      facts: { documentType: 'surat-pernyataan' },
      placement,
      sourceSha256: digestOf(randomUUID()),
      sourceLength: 1_000,
      pageCount: 1,
    })
    const signed =
      reserved &&
      (await call('PUT', `/v1/affixings/${String(reserved['id'])}/signature`, {
        digest: digestOf(String(reserved['serial'])),
      }))
    if (signed === undefined) return
    outcome.acknowledged.push({
      id: String(signed['id']),
      serial: String(signed['serial']),
      signature: String(signed['signature']),
      milliseconds: performance.now() - began,
      phase: mine,
    })
  }

  async function call(method: string, path: string, json: unknown): Promise<Record<string, unknown> | undefined> {
    const mine = phase
    const headers: Record<string, string> = method === 'POST' ? { 'idempotency-key': randomUUID() } : {}
    const called = await callService(
      { transport, wait: (milliseconds) => delay(milliseconds) },
      { method, path, headers, json },
    )
    if (called.ok && isObject(called.answer.json) && called.answer.json['signature'] !== null) return called.answer.json
    outcome.refused.push({ code: called.ok ? `answer ${called.answer.status}` : called.refusal.code, phase: mine })
    return undefined
  }

  async function arrive(): Promise<void> {
    const began = performance.now()
    while (!stopping.signal.aborted) {
      const due = Math.floor(((performance.now() - began) / 1000) * to.perSecond)
      while (outcome.started + outcome.skipped < due) {
        if (running.size >= underWayMax(to.perSecond)) {
          outcome.skipped++
          continue
        }
        outcome.started++
        const one: Promise<void> = affix().finally(() => running.delete(one))
        running.add(one)
      }
      await delay(5)
    }
  }
  const arriving = arrive()
  return {
    enter(next) {
      phase = next
      to.entered(next)
    },
    async goOn(seconds) {
      await delay(seconds * 1000)
      const enough = () => outcome.acknowledged.filter((one) => one.phase === phase).length >= phaseStamps.least
      for (const end = Date.now() + phaseStamps.secondsMax * 1000; !enough() && Date.now() < end;) await delay(50)
    },
    async stop() {
      stopping.abort()
      await arriving
      await Promise.all(running)
      return outcome
    },
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Counts what makes a client send again. */
function countingTransport(transport: Transport, repeats: Map<string, number>): Transport {
  const count = (reason: string) => repeats.set(reason, (repeats.get(reason) ?? 0) + 1)
  return {
    async request(call: Call): Promise<Answer> {
      try {
        const answer = await transport.request(call)
        if (answer.status >= 500) count(`status ${answer.status}`)
        return answer
      } catch (error) {
        if (error instanceof UnreachableError) count('connection')
        throw error
      }
    },
  }
}
