import { concatBytes, equalBytes, latin1Bytes } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'
import {
  integerOf,
  isDict,
  isString,
  nameOf,
  type PdfDict,
  type PdfObject,
  PdfProblem,
  type PdfRef,
} from './objects.ts'
import { fileKeyOfRevision6 } from './encryption-key.ts'

/** How one crypt filter works. */
type Method = 'none' | 'rc4' | 'aes'

/** As PDF readers name it: the cipher of the streams and the bits of the file's key. */
export type EncryptionKind = `${'RC4' | 'AES'} ${number}` | 'none'

/** An opened lock: decrypts what the file holds and encrypts what an update adds. Standard handler, revisions 2 to 6. */
export type Encryption = {
  readonly kind: EncryptionKind
  readonly revision: number
  readonly encryptMetadata: boolean
  decryptString(bytes: Uint8Array, holder: PdfRef): Uint8Array
  /** `filter` is the crypt filter that the stream itself names, if it does. */
  decryptStream(bytes: Uint8Array, holder: PdfRef, filter?: string): Uint8Array
  /** `iv` is 16 bytes; used where the method is AES. */
  encryptString(bytes: Uint8Array, holder: PdfRef, iv: Uint8Array): Uint8Array
  encryptStream(bytes: Uint8Array, holder: PdfRef, iv: Uint8Array): Uint8Array
}

type Lock = {
  version: number
  revision: number
  keyBytes: number
  owner: Uint8Array
  user: Uint8Array
  permissions: number
  fileId: Uint8Array
  encryptMetadata: boolean
}

/** ISO 32000-1 7.6.3.3: what fills a password up to 32 bytes. */
const padding = Uint8Array.of(
  0x28,
  0xbf,
  0x4e,
  0x5e,
  0x4e,
  0x75,
  0x8a,
  0x41,
  0x64,
  0x00,
  0x4e,
  0x56,
  0xff,
  0xfa,
  0x01,
  0x08,
  0x2e,
  0x2e,
  0x00,
  0xb6,
  0xd0,
  0x68,
  0x3e,
  0x80,
  0x2f,
  0x0c,
  0xa9,
  0xfe,
  0x64,
  0x53,
  0x69,
  0x7a,
)

function unsupported(problem: string): PdfProblem {
  return new PdfProblem('encryption_unsupported', problem)
}

function md5(primitives: Primitives, ...parts: Uint8Array[]): Uint8Array {
  const hash = primitives.hash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function padded(password: Uint8Array): Uint8Array {
  return concatBytes([password, padding]).subarray(0, 32)
}

/** Algorithm 2: the file key from the user password. */
function fileKeyOf(lock: Lock, password: Uint8Array, primitives: Primitives): Uint8Array {
  const permissions = new Uint8Array(4)
  new DataView(permissions.buffer).setInt32(0, lock.permissions | 0, true)
  const parts = [padded(password), lock.owner.subarray(0, 32), permissions, lock.fileId]
  if (lock.revision >= 4 && !lock.encryptMetadata) parts.push(Uint8Array.of(255, 255, 255, 255))
  let key = md5(primitives, ...parts)
  if (lock.revision >= 3) for (let i = 0; i < 50; i++) key = md5(primitives, key.subarray(0, lock.keyBytes))
  return key.subarray(0, lock.keyBytes)
}

function rc4Rounds(key: Uint8Array, bytes: Uint8Array, rounds: readonly number[], primitives: Primitives): Uint8Array {
  return rounds.reduce(
    (text, round) =>
      primitives.rc4(
        key.map((byte) => byte ^ round),
        text,
      ),
    bytes,
  )
}

const twentyRounds = Array.from({ length: 20 }, (_, round) => round)

/** Algorithms 4 to 6: the file key when `password` is the user's. */
function openAsUser(lock: Lock, password: Uint8Array, primitives: Primitives): Uint8Array | undefined {
  const key = fileKeyOf(lock, password, primitives)
  if (lock.revision === 2) return equalBytes(primitives.rc4(key, padding), lock.user.subarray(0, 32)) ? key : undefined
  const proof = rc4Rounds(key, md5(primitives, padding, lock.fileId), twentyRounds, primitives)
  return equalBytes(proof, lock.user.subarray(0, 16)) ? key : undefined
}

/** Algorithm 7: the owner's password hides the user's. */
function openAsOwner(lock: Lock, password: Uint8Array, primitives: Primitives): Uint8Array | undefined {
  let key = md5(primitives, padded(password))
  if (lock.revision >= 3) for (let i = 0; i < 50; i++) key = md5(primitives, key)
  const rounds = lock.revision >= 3 ? twentyRounds.toReversed() : [0]
  const user = rc4Rounds(key.subarray(0, lock.keyBytes), lock.owner.subarray(0, 32), rounds, primitives)
  return openAsUser(lock, user, primitives)
}

function fileKey(lock: Lock, dict: PdfDict, unlock: Unlock): Uint8Array {
  const { primitives, password } = unlock
  for (const tried of password === undefined ? [''] : [password, '']) {
    if (lock.revision >= 5) {
      const key = fileKeyOfRevision6(
        { dict, revision: lock.revision, password: new TextEncoder().encode(tried) },
        primitives,
      )
      if (key !== undefined) return key
      continue
    }
    // old handlers take bytes of PDFDocEncoding, which is Latin-1 for what people type; UTF-8 is what some makers wrote
    for (const bytes of [latin1Bytes(tried), new TextEncoder().encode(tried)]) {
      const key = openAsUser(lock, bytes, primitives) ?? openAsOwner(lock, bytes, primitives)
      if (key !== undefined) return key
    }
  }
  throw new PdfProblem(password === undefined ? 'password_needed' : 'password_wrong', 'no password opens the document')
}

/** What opening a lock needs besides its dictionary. `fileId` is the first element of the trailer's /ID, empty without. */
export type Unlock = {
  primitives: Primitives
  fileId: Uint8Array
  password?: string | undefined
  resolve(value: PdfObject | undefined): PdfObject
}

function methodOf(dict: PdfDict, name: string, unlock: Unlock): Method {
  if (name === 'Identity') return 'none'
  const filters = unlock.resolve(dict.entries.get('CF'))
  const filter = unlock.resolve(isDict(filters) ? filters.entries.get(name) : undefined)
  const method = isDict(filter) ? nameOf(unlock.resolve(filter.entries.get('CFM'))) : undefined
  if (method === 'V2') return 'rc4'
  if (method === 'AESV2' || method === 'AESV3') return 'aes'
  if (method === 'None') return 'none'
  throw unsupported(`the crypt filter ${name} uses ${method ?? 'nothing known'}`)
}

function readLock(dict: PdfDict, unlock: Unlock): Lock {
  const value = (key: string) => unlock.resolve(dict.entries.get(key))
  const handler = nameOf(value('Filter'))
  if (handler !== 'Standard') throw unsupported(`the security handler is ${handler ?? 'missing'}, not Standard`)
  const version = integerOf(value('V')) ?? 0
  const revision = integerOf(value('R')) ?? 0
  if (![1, 2, 4, 5].includes(version) || revision < 2 || revision > 6) {
    throw unsupported(`encryption version ${version} revision ${revision}`)
  }
  const [owner, user] = [value('O'), value('U')]
  if (!isString(owner) || !isString(user)) throw unsupported('the encryption dictionary lacks /O or /U')
  const bits = integerOf(value('Length')) ?? 40
  // /Length counts bits, yet some makers wrote bytes; version 4 always means 128 bits
  const keyBytes = version === 4 ? 16 : version === 1 ? 5 : Math.min(16, Math.max(5, bits < 40 ? bits : bits >> 3))
  const encryptMetadata = value('EncryptMetadata') !== false
  const permissions = integerOf(value('P')) ?? 0
  return {
    version,
    revision,
    keyBytes,
    owner: owner.raw,
    user: user.raw,
    permissions,
    fileId: unlock.fileId,
    encryptMetadata,
  }
}

/** Opens the lock that the trailer's /Encrypt names. Throws PdfProblem: encryption_unsupported, password_needed or password_wrong. */
export function openEncryption(dict: PdfDict, unlock: Unlock): Encryption {
  const { primitives } = unlock
  const lock = readLock(dict, unlock)
  const named = (key: string) => nameOf(unlock.resolve(dict.entries.get(key))) ?? 'Identity'
  const method = (filter: string): Method => (lock.version < 4 ? 'rc4' : methodOf(dict, filter, unlock))
  const strings = method(named('StrF'))
  const streams = method(named('StmF'))
  const key = fileKey(lock, dict, unlock)

  /** Algorithm 1 and 1.A: the key of one object. */
  const objectKey = (holder: PdfRef, how: Method): Uint8Array => {
    if (lock.version === 5) return key
    const { number, generation } = holder
    const salt = [number, number >> 8, number >> 16, generation, generation >> 8]
    if (how === 'aes') salt.push(0x73, 0x41, 0x6c, 0x54)
    return md5(primitives, key, Uint8Array.from(salt)).subarray(0, Math.min(16, key.length + 5))
  }
  const decrypt = (bytes: Uint8Array, holder: PdfRef, how: Method): Uint8Array => {
    if (how === 'none') return bytes
    if (how === 'rc4') return primitives.rc4(objectKey(holder, how), bytes)
    return decryptAes(bytes, objectKey(holder, how), primitives)
  }
  const encrypt = (bytes: Uint8Array, holder: PdfRef, use: { how: Method; iv: Uint8Array }): Uint8Array => {
    if (use.how === 'none') return bytes
    if (use.how === 'rc4') return primitives.rc4(objectKey(holder, use.how), bytes)
    return concatBytes([use.iv, primitives.aesCbc('encrypt', objectKey(holder, use.how), use.iv, bytes, true)])
  }
  const bits = key.length * 8
  return {
    kind: streams === 'none' ? 'none' : streams === 'rc4' ? `RC4 ${bits}` : `AES ${bits}`,
    revision: lock.revision,
    encryptMetadata: lock.encryptMetadata,
    decryptString: (bytes, holder) => decrypt(bytes, holder, strings),
    decryptStream: (bytes, holder, filter) => decrypt(bytes, holder, filter === undefined ? streams : method(filter)),
    encryptString: (bytes, holder, iv) => encrypt(bytes, holder, { how: strings, iv }),
    encryptStream: (bytes, holder, iv) => encrypt(bytes, holder, { how: streams, iv }),
  }
}

/** The vector stands in front. What is too short or ill padded comes out as far as it goes: readers differ, none refuses. */
function decryptAes(bytes: Uint8Array, key: Uint8Array, primitives: Primitives): Uint8Array {
  const length = bytes.length - (bytes.length % 16)
  if (length < 32) return new Uint8Array(0)
  const text = primitives.aesCbc('decrypt', key, bytes.subarray(0, 16), bytes.subarray(16, length), false)
  const pad = text[text.length - 1] ?? 0
  return pad >= 1 && pad <= 16 ? text.subarray(0, text.length - pad) : text
}
