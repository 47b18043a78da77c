import { createHash, randomBytes } from 'node:crypto'

/** Prefixes that say what an id names. */
export const idKinds = {
  affixing: 'afx',
  account: 'acc',
  key: 'key',
  transfer: 'trf',
  webhook: 'whk',
  delivery: 'dlv',
  event: 'evt',
  listener: 'lsn',
  person: 'per',
  session: 'ses',
  registration: 'reg',
  invitation: 'inv',
  code: 'otp',
  passkey: 'psk',
  challenge: 'chl',
  message: 'msg',
  confirmation: 'pin',
  order: 'ord',
  payment: 'pay',
  refund: 'ref',
  batch: 'bat',
  batchItem: 'bit',
  recovery: 'rcv',
} as const
export type IdKind = keyof typeof idKinds

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Random bytes for some hundred ids: drawn one by one they take longer than all the rest of an id. */
let drawn = Buffer.alloc(0)
const drawnBytes = 4096

/** UUIDv7 (RFC 9562 5.7): 48 bits of milliseconds, the rest random. */
export function newUuid(now: Date): string {
  if (drawn.length < 16) drawn = randomBytes(drawnBytes)
  const bytes = drawn.subarray(0, 16)
  drawn = drawn.subarray(16)
  bytes.writeUIntBE(now.getTime(), 0, 6)
  return stampVersion(bytes)
}

/** The id that `purpose` always has for `parent`: the parent's time, the rest from SHA-256(parent, purpose). */
export function derivedUuid(parent: string, purpose: string): string {
  const parentBytes = Buffer.from(parent.replaceAll('-', ''), 'hex')
  const bytes = createHash('sha256').update(parentBytes).update(purpose).digest().subarray(0, 16)
  parentBytes.copy(bytes, 0, 0, 6)
  return stampVersion(bytes)
}

function stampVersion(bytes: Buffer): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return uuidText(bytes)
}

/** `afx_0190...`: what people and programs see of a UUID. */
export function publicId(kind: IdKind, uuid: string): string {
  return `${idKinds[kind]}_${uuid.replaceAll('-', '')}`
}

/** The UUID behind a public id; undefined when it is not one of that kind. */
export function parsePublicId(kind: IdKind, text: string): string | undefined {
  const match = new RegExp(`^${idKinds[kind]}_([0-9a-f]{32})$`).exec(text)
  return match?.[1] === undefined ? undefined : uuidText(Buffer.from(match[1], 'hex'))
}
