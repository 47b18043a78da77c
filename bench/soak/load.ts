import { createHash, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { performance } from 'node:perf_hooks'

/** What one stretch of the load met: stamps done, what went wrong, and each stamp's time from when it was due (ms). */
export type Stretch = { stamps: number; failures: Map<string, number>; milliseconds: number[] }

/** A load that goes on by itself. */
export type Load = {
  /** What happened since the last call. */
  take(): Stretch
  /** Takes no more arrivals and waits for those under way. */
  stop(): Promise<void>
}

/** Stamps under way at once; a service that is this far behind has lost, and more would only fill our own memory. */
const underWayMax = 2_000
/** How often arrivals that are due are sent. */
const tickMilliseconds = 5

/** An open loop: `rate` stamps a second arrive whether or not the service keeps up, in turn for each of the keys. */
export function openLoad(options: { url: string; keys: readonly string[]; rate: number }): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  let stretch = emptyStretch()
  let arrivals = 0
  const underWay = new Set<Promise<void>>()
  const began = performance.now()

  async function stampOnce(key: string, dueAt: number): Promise<void> {
    const failure = await takeStamp({ ...options, agent, key }).catch((error: unknown) => String(error))
    if (failure !== undefined) stretch.failures.set(failure, (stretch.failures.get(failure) ?? 0) + 1)
    else {
      stretch.stamps++
      stretch.milliseconds.push(performance.now() - dueAt)
    }
  }

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * options.rate)
    for (; arrivals < due; arrivals++) {
      const key = options.keys[arrivals % options.keys.length] ?? ''
      if (underWay.size >= underWayMax) {
        stretch.failures.set('not sent', (stretch.failures.get('not sent') ?? 0) + 1)
        continue
      }
      const one = stampOnce(key, began + (arrivals / options.rate) * 1000).finally(() => underWay.delete(one))
      underWay.add(one)
    }
  }, tickMilliseconds)

  return {
    take() {
      const taken = stretch
      stretch = emptyStretch()
      return taken
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
      agent.destroy()
    },
  }
}

/** Stamps a second that so many clients reach who each wait for their answer, after a third of the time to warm up. */
export async function measurePeak(options: {
  url: string
  keys: readonly string[]
  clients: number
  seconds: number
}): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.clients })
  const began = performance.now()
  const warm = began + (options.seconds * 1000) / 3
  const end = began + options.seconds * 1000
  let stamps = 0
  const client = async (_: unknown, index: number) => {
    const key = options.keys[index % options.keys.length] ?? ''
    while (performance.now() < end) {
      const failure = await takeStamp({ url: options.url, agent, key })
      if (failure !== undefined) throw new Error(`the service answered ${failure} while its peak was measured`)
      if (performance.now() > warm && performance.now() < end) stamps++
    }
  }
  await Promise.all(Array.from({ length: options.clients }, client))
  agent.destroy()
  return stamps / ((end - warm) / 1000)
}

function emptyStretch(): Stretch {
  return { stamps: 0, failures: new Map(), milliseconds: [] }
}

type Caller = { url: string; agent: Agent; key: string }

/** Reserves and signs as a client does that has placed the stamp; undefined, or what it was answered instead. */
async function takeStamp(caller: Caller): Promise<string | undefined> {
  const name = randomUUID()
  const digest = createHash('sha256').update(name).digest('hex')
  const reserved = await call(caller, {
    method: 'POST',
    path: '/v1/affixings',
    key: name,
    json: orderFor(name, digest),
  })
  if (reserved.status !== 201) return `reserve ${reserved.status}`
  const id = /"id":"(afx_[0-9a-f]+)"/.exec(reserved.text)?.[1] ?? ''
  const path = `/v1/affixings/${id}/signature`
  const signed = await call(caller, { method: 'PUT', path, key: name, json: { digest } })
  return signed.status === 200 ? undefined : `sign ${signed.status}`
}

/** Every fact filled in, as long as real ones: what they take on disk is what the soak measures. */
function orderFor(name: string, digest: string): unknown {
  return {
    facts: {
      documentType: 'surat-pernyataan',
      number: `SP/${name.slice(0, 8)}/XI/2026`,
      date: '2026-11-24',
      fileName: `surat-pernyataan-${name.slice(0, 13)}.pdf`,
      valueRupiah: '125000000',
      identityType: 'KTP',
      identityNumber: '0000000000000000',
      payerName: 'Contoh Nama Pembayar',
    },
    placement: { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' },
    sourceSha256: digest,
    sourceLength: 182_344,
    pageCount: 3,
  }
}

function call(
  { url, agent, key }: Caller,
  wanted: { method: string; path: string; key: string; json: unknown },
): Promise<{ status: number; text: string }> {
  const body = Buffer.from(JSON.stringify(wanted.json))
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': body.length,
      'idempotency-key': wanted.key,
    }
    const sent = request(new URL(wanted.path, url), { method: wanted.method, agent, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
