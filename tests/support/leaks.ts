import { constants, deflateRawSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

/** One request as it went over the wire: its line, its headers by lower-case name, its body out of chunks. */
export type SentRequest = { method: string; path: string; headers: Record<string, string>; body: Buffer }

/** The requests that these connections of HTTP/1.1 carried. */
export function requestsIn(sent: readonly Buffer[]): SentRequest[] {
  return sent.flatMap(requestsOf)
}

function requestsOf(connection: Buffer): SentRequest[] {
  const requests: SentRequest[] = []
  for (let at = 0; at < connection.length;) {
    const end = connection.indexOf('\r\n\r\n', at)
    if (end < 0) break
    const [line = '', ...fields] = connection.toString('latin1', at, end).split('\r\n')
    const [method = '', path = ''] = line.split(' ')
    const headers = Object.fromEntries(
      fields.map((field) => [field.split(':', 1)[0]?.toLowerCase() ?? '', field.slice(field.indexOf(':') + 1).trim()]),
    )
    const from = end + 4
    const { body, next } =
      headers['transfer-encoding'] === 'chunked'
        ? chunksFrom(connection, from)
        : { body: connection.subarray(from, from + Number(headers['content-length'] ?? 0)), next: undefined }
    requests.push({ method, path, headers, body })
    at = next ?? from + body.length
  }
  return requests
}

function chunksFrom(connection: Buffer, from: number): { body: Buffer; next: number } {
  const chunks: Buffer[] = []
  for (let at = from; ;) {
    const end = connection.indexOf('\r\n', at)
    const length = Number.parseInt(connection.toString('latin1', at, end), 16)
    if (end < 0 || !(length > 0)) return { body: Buffer.concat(chunks), next: end < 0 ? connection.length : end + 4 }
    chunks.push(connection.subarray(end + 2, end + 2 + length))
    at = end + 4 + length
  }
}

type Form = { text: string; run: number }

/** These bytes as they are, in hex and in base64; of each the run that holds 16 of them wherever they begin. */
function formsOf(bytes: Buffer): Form[] {
  return [
    { text: bytes.toString('latin1'), run: 16 },
    { text: bytes.toString('hex'), run: 32 },
    { text: bytes.toString('hex').toUpperCase(), run: 32 },
    // base64 of the same bytes differs by where in a group of three they begin
    ...[0, 1, 2].flatMap((from) =>
      (['base64', 'base64url'] as const).map((form) => ({ text: bytes.subarray(from).toString(form), run: 20 })),
    ),
  ]
}

const levels = [1, 2, 3, 4, 5, 6, 7, 8, 9]

/** What these bytes are once they are inflated, as far as they go; none where they are not deflated. */
function inflated(bytes: Buffer): Buffer[] {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * 1024 * 1024 }
  return [gunzipSync, inflateSync, inflateRawSync].flatMap((inflate) => {
    try {
      return [inflate(bytes, options)]
    } catch {
      return []
    }
  })
}

const percentDecoded = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** All that was sent, and all that it can be read as: lines, headers and bodies, out of chunks, out of URLs, out of base64, inflated. */
function readingsOf(sent: readonly Buffer[]): string[] {
  const wires = sent.map((one) => one.toString('latin1'))
  const bodies = requestsIn(sent).flatMap(({ body }) => [body, Buffer.from(body.toString('latin1'), 'base64')])
  const texts = [...bodies, ...bodies.flatMap(inflated)].map((one) => one.toString('latin1'))
  return [...wires, ...wires.map(percentDecoded), ...texts]
}

/**
 * Where 16 bytes in a row of the file are in what was sent: as they are, in base64, in hex, or deflated, from either side; none is what
 * we want. What was ciphered first is not found.
 */
export function leaks(file: Uint8Array, sent: readonly Buffer[]): string[] {
  const bytes = Buffer.from(file)
  const deflated = levels.map((level) => deflateRawSync(bytes, { level }))
  const forms = [bytes, ...deflated].flatMap(formsOf)
  const runs = new Map<number, Set<string>>()
  for (const { text, run } of forms) {
    const known = runs.get(run) ?? new Set()
    for (let at = 0; at + run <= text.length; at++) known.add(text.slice(at, at + run))
    runs.set(run, known)
  }
  return readingsOf(sent).flatMap((reading) =>
    [...runs].flatMap(([run, known]) => {
      for (let at = 0; at + run <= reading.length; at++)
        if (known.has(reading.slice(at, at + run))) return [reading.slice(at, at + run)]
      return []
    }),
  )
}
