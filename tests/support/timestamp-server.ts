import { createHash } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Authority } from '../../src/signing/authority.ts'
import { randomSerial } from '../../src/signing/certificates.ts'
import { containerSigner } from '../../src/signing/signed-containers.ts'
import { oids } from '../../src/stamp/cms/oids.ts'
import {
  parseTimestampRequest,
  timestampInfo,
  timestampRejection,
  timestampResponse,
} from '../../src/stamp/cms/timestamp.ts'

/** How a simulated timestamp server behaves. `silent`: it takes the request and never answers. */
export type TimestampManner = 'good' | 'silent' | 'busy' | 'refusing' | 'other bytes' | 'other nonce' | 'no token'

/** A timestamp server on loopback that answers as it is told to. */
export type SimulatedTimestampServer = {
  url: string
  /** Policy in its tokens: which server made one. */
  policy: string
  manner: TimestampManner
  /** Requests it got. */
  requests: number
  /** Resolves with the next request that comes. */
  nextRequest(): Promise<void>
  /** Answers what it was silent about. */
  answerLate(): Promise<void>
  /** Gone, port closed; and there again on the same port. */
  die(): Promise<void>
  comeBack(): Promise<void>
}

/** Starts one; its tokens are made with the authority's timestamp key, under a policy that names it. */
export async function simulateTimestampServer(authority: Authority, policy: string): Promise<SimulatedTimestampServer> {
  const { timestamp, issuing } = authority.holders
  const certificates = [timestamp.certificate.der, issuing.certificate.der]
  const sign = containerSigner({ key: timestamp.key, certificates, contentType: oids.tstInfo })
  const silences: (() => Promise<void>)[] = []
  const awaited: (() => void)[] = []

  async function token(request: Uint8Array, manner: TimestampManner): Promise<Uint8Array> {
    const { imprint, nonce = 0n } = parseTimestampRequest(request)
    const content = timestampInfo({
      policy,
      digest: manner === 'other bytes' ? new Uint8Array(32) : imprint.value,
      serialNumber: randomSerial(),
      at: new Date(),
      accuracyMilliseconds: 1_000,
      nonce: manner === 'other nonce' ? nonce + 1n : nonce,
    })
    return sign({ digest: new Uint8Array(createHash('sha256').update(content).digest()), content })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new Uint8Array(await buffer(request))
    self.requests++
    const good = async () => void response.end(timestampResponse(await token(body, self.manner)))
    if (self.manner === 'silent') silences.push(good)
    else if (self.manner === 'busy') response.writeHead(503).end()
    else if (self.manner === 'refusing') response.end(timestampRejection('no clock', 'timeNotAvailable'))
    else if (self.manner === 'no token') response.end('<!doctype html><p>Hello')
    else await good()
    for (const resolve of awaited.splice(0)) resolve()
  }

  let server: Server
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server = createServer((request, response) => void answer(request, response)).once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        const address: AddressInfo | string | null = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  const port = await listen(0)
  const self: SimulatedTimestampServer = {
    url: `http://127.0.0.1:${port}`,
    policy,
    manner: 'good',
    requests: 0,
    nextRequest: () => new Promise((resolve) => awaited.push(resolve)),
    async answerLate() {
      self.manner = 'good'
      await Promise.all(silences.splice(0).map((one) => one()))
    },
    die: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    comeBack: async () => void (await listen(port)),
  }
  return self
}
