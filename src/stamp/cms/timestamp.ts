import { toHex } from '../../base/bytes.ts'
import type { HashName } from '../../base/primitives.ts'
import { readHash, sha256Identifier } from './algorithms.ts'
import {
  type Der,
  DerError,
  Fields,
  bitString,
  boolean,
  childrenOf,
  contextTag,
  generalizedTime,
  integer,
  octetString,
  oid,
  readBoolean,
  readDer,
  readInteger,
  readOctets,
  readOid,
  readSmall,
  readText,
  readTime,
  sequence,
  tags,
  taggedPrimitive,
  unsignedInteger,
  utf8String,
} from './der.ts'
import { oids } from './oids.ts'
import { type ParsedSignedData, parseSignedData } from './signed-data.ts'

/** What is timestamped: the hash of some bytes. */
export type Imprint = { hash: HashName | undefined; value: Uint8Array }

export type TimestampRequest = {
  imprint: Imprint
  nonce: bigint | undefined
  policy: string | undefined
  wantsCertificate: boolean
}

const imprintOf = (digest: Uint8Array): Uint8Array => sequence(sha256Identifier(), octetString(digest))

/** TimeStampReq over a SHA-256 digest (RFC 3161 2.4.1), asking for the authority's certificate. */
export function timestampRequest(digest: Uint8Array, nonce: bigint): Uint8Array {
  return sequence(integer(1), imprintOf(digest), integer(nonce), boolean(true))
}

/** Reads a TimeStampReq; throws DerError. */
export function parseTimestampRequest(der: Uint8Array): TimestampRequest {
  const fields = new Fields(readDer(der), 'TimeStampReq')
  fields.take(tags.integer, 'version')
  const imprint = readImprint(fields.take(tags.sequence, 'messageImprint'))
  const policy = fields.takeIf(tags.oid)
  const nonce = fields.takeIf(tags.integer)
  const wants = fields.takeIf(tags.boolean)
  fields.takeIf(contextTag(0))
  fields.end()
  return {
    imprint,
    policy: policy === undefined ? undefined : readOid(policy),
    nonce: nonce === undefined ? undefined : readInteger(nonce),
    wantsCertificate: wants !== undefined && readBoolean(wants),
  }
}

export type TimestampFacts = {
  policy: string
  /** SHA-256. */
  digest: Uint8Array
  /** Positive, big-endian. */
  serialNumber: Uint8Array
  at: Date
  /** How far off the clock may be. */
  accuracyMilliseconds: number
  nonce?: bigint
}

/** TSTInfo, what a timestamp authority signs (RFC 3161 2.4.2). */
export function timestampInfo(facts: TimestampFacts): Uint8Array {
  const seconds = Math.floor(facts.accuracyMilliseconds / 1000)
  const milliseconds = facts.accuracyMilliseconds % 1000
  const accuracy = [
    ...(seconds === 0 ? [] : [integer(seconds)]),
    ...(milliseconds === 0 ? [] : [taggedPrimitive(0, readDer(integer(milliseconds)).content)]),
  ]
  return sequence(
    integer(1),
    oid(facts.policy),
    imprintOf(facts.digest),
    unsignedInteger(facts.serialNumber),
    generalizedTime(facts.at),
    ...(accuracy.length === 0 ? [] : [sequence(...accuracy)]),
    ...(facts.nonce === undefined ? [] : [integer(facts.nonce)]),
  )
}

/** TimeStampResp with a token: granted. */
export const timestampResponse = (token: Uint8Array): Uint8Array => sequence(sequence(integer(0)), token)

/** Why an authority gives no timestamp, by bit of PKIFailureInfo (RFC 3161 2.4.2). */
export const timestampFailures = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  systemFailure: 25,
} as const

/** TimeStampResp without a token: rejected, with a reason for people and one for programs. */
export function timestampRejection(text: string, failure: keyof typeof timestampFailures): Uint8Array {
  const bit = timestampFailures[failure]
  const bits = new Uint8Array((bit >> 3) + 1)
  bits[bit >> 3] = 0x80 >> (bit & 7)
  return sequence(sequence(integer(2), sequence(utf8String(text)), bitString(bits, 7 - (bit & 7))))
}

export type ParsedTimestampResponse = { ok: true; token: Uint8Array } | { ok: false; status: number; text: string }

/** Reads a TimeStampResp; throws DerError. Status 0 and 1 grant (RFC 3161 2.4.2). */
export function parseTimestampResponse(der: Uint8Array): ParsedTimestampResponse {
  const fields = new Fields(readDer(der), 'TimeStampResp')
  const info = new Fields(fields.take(tags.sequence, 'status'), 'PKIStatusInfo')
  const status = readSmall(info.take(tags.integer, 'status'))
  const texts = info.takeIf(tags.sequence)
  const token = fields.takeIf(tags.sequence)
  fields.end()
  if (status === 0 || status === 1) {
    if (token === undefined) throw new DerError(`TimeStampResp: status ${status} grants a token, none is there`)
    return { ok: true, token: token.bytes }
  }
  return {
    ok: false,
    status,
    text:
      texts === undefined
        ? ''
        : childrenOf(texts)
            .map((text) => readText(text) ?? '')
            .join(' '),
  }
}

/** A timestamp as it tells itself; nothing is proven but that its parts are there. */
export type ParsedTimestamp = {
  imprint: Imprint
  at: Date
  policy: string
  /** Content of the INTEGER, hex. */
  serialNumber: string
  nonce: bigint | undefined
  /** The authority's signature around `info`. */
  signedData: ParsedSignedData
  /** TSTInfo, the signed content. */
  info: Uint8Array
}

/** Reads a TimeStampToken (a ContentInfo); throws DerError. */
export function parseTimestampToken(token: Uint8Array): ParsedTimestamp {
  const signedData = parseSignedData(token)
  const info = signedData.content
  if (signedData.trailingBytes > 0) throw new DerError('TimeStampToken: other bytes than zeros follow it')
  if (signedData.contentType !== oids.tstInfo || info === undefined)
    throw new DerError(`TimeStampToken: content type ${signedData.contentType} is not a timestamp`)
  const fields = new Fields(readDer(info), 'TSTInfo')
  fields.take(tags.integer, 'version')
  const policy = readOid(fields.take(tags.oid, 'policy'))
  const imprint = readImprint(fields.take(tags.sequence, 'messageImprint'))
  const serialNumber = toHex(fields.take(tags.integer, 'serialNumber').content)
  const at = readTime(fields.take(tags.generalizedTime, 'genTime'))
  fields.takeIf(tags.sequence)
  fields.takeIf(tags.boolean)
  const nonce = fields.takeIf(tags.integer)
  fields.takeIf(contextTag(0))
  fields.takeIf(contextTag(1))
  fields.end()
  return {
    imprint,
    at,
    policy,
    serialNumber,
    nonce: nonce === undefined ? undefined : readInteger(nonce),
    signedData,
    info,
  }
}

function readImprint(item: Der): Imprint {
  const fields = new Fields(item, 'messageImprint')
  const hash = readHash(fields.take(tags.sequence, 'hashAlgorithm'))
  const value = readOctets(fields.take(tags.octetString, 'hashedMessage'))
  fields.end()
  return { hash, value }
}
