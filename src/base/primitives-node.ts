import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  constants,
  verify,
  type KeyObject,
} from 'node:crypto'
import { inflateSync, constants as zlibConstants } from 'node:zlib'
import type { Hash, VerifyPrimitives } from './primitives.ts'
import { rc4 } from './rc4.ts'

class NodeHash implements Hash {
  readonly #inner: ReturnType<typeof createHash>

  constructor(inner: ReturnType<typeof createHash>) {
    this.#inner = inner
  }

  update(bytes: Uint8Array): Hash {
    this.#inner.update(bytes)
    return this
  }

  copy(): Hash {
    return new NodeHash(this.#inner.copy())
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#inner.digest())
  }
}

/** Reading a key costs more than verifying with it, and the same few authorities stand above all stamps. */
const keysKept = new Map<string, KeyObject>()
const keysKeptMax = 200

function publicKeyOf(spki: Uint8Array): KeyObject {
  const name = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString('latin1')
  const known = keysKept.get(name)
  if (known !== undefined) return known
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  if (keysKept.size >= keysKeptMax) keysKept.clear()
  keysKept.set(name, key)
  return key
}

/** The stamp core's primitives on Node: OpenSSL and zlib. */
export const nodePrimitives: VerifyPrimitives = {
  hash: (name) => new NodeHash(createHash(name)),
  inflate: (bytes, maxOutput) =>
    new Uint8Array(inflateSync(bytes, { maxOutputLength: maxOutput, finishFlush: zlibConstants.Z_SYNC_FLUSH })),
  aesCbc(mode, key, iv, bytes, padding) {
    const name = `aes-${key.length * 8}-cbc`
    const cipher = mode === 'encrypt' ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv)
    cipher.setAutoPadding(padding)
    return new Uint8Array(Buffer.concat([cipher.update(bytes), cipher.final()]))
  },
  rc4,
  // a Buffer's search is thirty times as fast as a Uint8Array's, and takes either
  indexOf: (bytes, sought, from) => Buffer.prototype.indexOf.call(bytes, sought, from),
  verify(spki, hash, message, signature, pss) {
    const key = publicKeyOf(spki)
    if (pss === undefined) return verify(hash, message, key, signature)
    return verify(
      hash,
      message,
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pss.saltLength },
      signature,
    )
  },
}
