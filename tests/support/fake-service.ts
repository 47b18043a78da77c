import { createServer } from 'node:http'
import { toBase64 } from '../../src/base/bytes.ts'
import { isObject } from '../../src/client/json-fields.ts'
import { UnreachableError, type Answer, type Call, type Transport } from '../../src/client/transport.ts'
import { errorList, type ErrorCode } from '../../src/errors.ts'
import { makeSerial } from '../../src/stamp/serial.ts'

const cms = Uint8Array.from({ length: 900 }, (_, index) => (index * 7) & 255)
const validation = { certs: [toBase64(cms.subarray(0, 300))], ocsps: [], crls: [toBase64(cms.subarray(0, 200))] }

/** An affixing as the API answers it. */
export type Row = Record<string, unknown> & {
  id: string
  state: string
  recipe: Record<string, unknown>
  digest?: string
}
/** What happens to a call instead of its answer, or after it. */
export type Fault = 'lost request' | 'lost answer' | Answer

/** An answer of application/problem+json. */
export function problem(code: ErrorCode, values: Record<string, unknown> = {}): Answer {
  const { status } = errorList[code]
  return {
    status,
    headers: {},
    json: { type: `urn:openmeterai:error:${code}`, title: code, status, code, detail: 'why', ...values },
  }
}

/** A service in memory that keeps the API's rules; `faults` happen to the calls whose method comes up, in order. */
export class FakeService implements Transport {
  readonly rows: Row[] = []
  readonly keys = new Map<string, { id: string; body: string }>()
  readonly calls: Call[] = []
  readonly faults: { method: string; fault: Fault }[] = []
  /** Signature calls and reads that answer 202 or `reserved` before the timestamp is there. */
  timestampAfter = 0
  changeRecipe: (recipe: Record<string, unknown>) => void = () => undefined

  count(method: string): number {
    return this.calls.filter((call) => call.method === method).length
  }

  reserve(body: Record<string, unknown>): Row {
    const serial = makeSerial(true, new Date('2026-11-23'), () => this.rows.length)
    const recipe: Record<string, unknown> = {
      format: 1,
      pictureVersion: 1,
      artworkSha256: null,
      sourceSha256: body['sourceSha256'],
      sourceLength: body['sourceLength'],
      placement: body['placement'],
      documentType: 'surat-pernyataan',
      reason: `[${serial}] Surat Pernyataan`,
      location: 'Jakarta',
      serial,
      checkUrl: `http://localhost/cek/${serial}`,
      specimen: true,
      signedAt: '2026-11-23T13:14:00Z',
      seed: 'ab'.repeat(32),
      signerKeyId: 'k',
      contentsBytes: 2048,
      profile: 'B-LT',
    }
    this.changeRecipe(recipe)
    const facts = { number: '0', ...(isObject(body['facts']) ? body['facts'] : {}) }
    const row: Row = {
      id: `afx_${this.rows.length}`,
      state: 'reserved',
      serial,
      recipe,
      facts,
      pageCount: 1,
      additional: body['additional'] === true,
      createdAt: '2026-11-23T13:14:00.000Z',
      expiresAt: '2026-11-23T13:29:00.000Z',
    }
    this.rows.push(row)
    return row
  }

  async request(call: Call): Promise<Answer> {
    this.calls.push(call)
    const next = this.faults.findIndex(({ method }) => method === call.method)
    const [planned] = next < 0 ? [] : this.faults.splice(next, 1)
    if (planned?.fault === 'lost request') throw new UnreachableError('connection refused')
    if (planned !== undefined && planned.fault !== 'lost answer') return planned.fault
    const answer = this.answer(call)
    if (planned?.fault === 'lost answer') throw new UnreachableError('connection lost')
    return JSON.parse(JSON.stringify({ headers: {}, ...answer }))
  }

  private answer({ method, path, headers, json }: Call): {
    status: number
    headers?: Record<string, string>
    json: unknown
  } {
    const body = isObject(json) ? json : {}
    if (method === 'POST') return this.answerPost(headers?.['idempotency-key'] ?? '', body)
    if (path.startsWith('/v1/affixings?'))
      return { status: 200, json: this.list(new URLSearchParams(path.split('?')[1])) }
    const row = this.rows.find(({ id }) => path.split('/')[3] === id)
    if (row === undefined) return problem('not_found')
    if (method === 'DELETE') {
      if (row.state === 'affixed') return problem('affixing_affixed')
      return { status: 200, json: Object.assign(row, { state: 'released', releaseReason: 'cancelled' }) }
    }
    if (method === 'PUT') {
      if (row.state === 'released') return problem('affixing_released', { reason: 'expired' })
      if (row.digest !== undefined && row.digest !== body['digest']) return problem('digest_differs')
      row.digest = String(body['digest'])
    }
    if (row.digest !== undefined && row.state === 'reserved' && this.timestampAfter-- <= 0)
      Object.assign(row, { state: 'affixed', signature: toBase64(cms), validation })
    const waits = method === 'PUT' && row.state === 'reserved'
    return { status: waits ? 202 : 200, headers: waits ? { 'retry-after': '7' } : {}, json: row }
  }

  private list(query: URLSearchParams): unknown {
    const items = this.rows
      .filter(
        ({ state, recipe }) => state === query.get('state') && recipe['sourceSha256'] === query.get('sourceSha256'),
      )
      .map((row) => ({ ...row, signature: undefined, validation: undefined }))
    return { items: items.toReversed(), nextCursor: null }
  }

  private answerPost(key: string, body: Record<string, unknown>): { status: number; json: unknown } {
    const known = this.keys.get(key)
    const row = this.rows.find(({ id }) => id === known?.id)
    if (known !== undefined && known.body !== JSON.stringify(body)) return problem('key_reused')
    if (row?.state === 'released') return problem('affixing_released', { reason: 'expired', affixingId: row.id })
    if (row !== undefined) return { status: 201, json: row }
    const same = this.rows.find(
      ({ recipe, state }) => recipe['sourceSha256'] === body['sourceSha256'] && state !== 'released',
    )
    if (same !== undefined && body['additional'] !== true) {
      return problem(same.state === 'affixed' ? 'already_stamped' : 'already_reserved', {
        affixingId: same.id,
        serial: same['serial'],
      })
    }
    const made = this.reserve(body)
    this.keys.set(key, { id: made.id, body: JSON.stringify(body) })
    return { status: 201, json: made }
  }
}

/** The fake service behind real HTTP on a free port of this computer. */
export async function listenFake(service: FakeService): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString()
      const headers: Record<string, string> = {}
      for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value)
      const json: unknown = body === '' ? undefined : JSON.parse(body)
      const call = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers,
        ...(json === undefined ? {} : { json }),
      }
      service.request(call).then(
        (answer) => response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.json)),
        () => response.destroy(),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the fake service has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
