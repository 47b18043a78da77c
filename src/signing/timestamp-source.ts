import { randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { equalBytes, toHex } from '../base/bytes.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { oids, timestampPolicyOid } from '../stamp/cms/oids.ts'
import { parseTimestampResponse, parseTimestampToken, timestampInfo, timestampRequest } from '../stamp/cms/timestamp.ts'
import type { Authority } from './authority.ts'
import { randomSerial } from './certificates.ts'
import { containerSigner } from './signed-containers.ts'

/** Where signature timestamps come from. */
export type TimestampSource = {
  /** A TimeStampToken (DER) over this SHA-256 digest; rejects with TimestampUnavailable. */
  timestamp(digest: Uint8Array): Promise<Uint8Array>
}

/** No timestamp now: nothing was signed with it, the same call may work later. */
export class TimestampUnavailable extends Error {
  override readonly name = 'TimestampUnavailable'
}

/** The clock of an ordinary server under NTP is within a second. */
const accuracyMilliseconds = 1_000
/** Tokens are 2 to 8 KB; a longer answer is no timestamp. */
const answerBytesMax = 64 * 1024

/** Timestamps in this process, by the specimen authority: what its clock says, under its own key and policy. */
export function developmentTimestampSource(authority: Authority, clock: Clock): TimestampSource {
  const { timestamp, issuing } = authority.holders
  const sign = containerSigner({
    key: timestamp.key,
    certificates: [timestamp.certificate.der, issuing.certificate.der],
    contentType: oids.tstInfo,
  })
  return {
    async timestamp(digest) {
      const info = timestampInfo({
        policy: timestampPolicyOid,
        digest,
        serialNumber: randomSerial(),
        at: clock.now(),
        accuracyMilliseconds,
      })
      return sign({ digest: nodePrimitives.hash('sha256').update(info).digest(), content: info })
    },
  }
}

/**
 * A token from a timestamp server over HTTP (RFC 3161 3.4). It is taken when it is for our digest and answers our nonce;
 * whether its signer is to be trusted is the checker's question. Everything else rejects with TimestampUnavailable.
 */
export async function askTimestampServer(
  url: string,
  question: { digest: Uint8Array; timeoutMilliseconds: number },
): Promise<Uint8Array> {
  const { digest, timeoutMilliseconds } = question
  const nonce = BigInt(`0x${toHex(new Uint8Array(randomBytes(16)))}`)
  try {
    const answer = await ask(url, timestampRequest(digest, nonce), timeoutMilliseconds)
    return tokenFor({ digest, nonce, answer })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new TimestampUnavailable(`No timestamp from ${url}: ${reason}`, { cause: error })
  }
}

async function ask(url: string, request: Uint8Array, timeoutMilliseconds: number): Promise<Uint8Array> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
    body: Buffer.from(request),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  })
  if (!answer.ok || answer.body === null) {
    await answer.body?.cancel()
    throw new Error(`HTTP status ${answer.status}`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body) {
    length += chunk.length
    if (length > answerBytesMax) throw new Error(`an answer of more than ${answerBytesMax} bytes`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function tokenFor(asked: { digest: Uint8Array; nonce: bigint; answer: Uint8Array }): Uint8Array {
  const response = parseTimestampResponse(asked.answer)
  if (!response.ok) throw new Error(`it refused with status ${response.status} ${response.text}`.trim())
  const { imprint, nonce } = parseTimestampToken(response.token)
  if (imprint.hash !== 'sha256' || !equalBytes(imprint.value, asked.digest))
    throw new Error('its token is for other bytes')
  if (nonce !== asked.nonce) throw new Error('its token does not answer this request (nonce)')
  return response.token
}
