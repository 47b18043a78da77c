import { createCipheriv, createDecipheriv, createHash, createPublicKey, constants, verify } from 'node:crypto'
import { inflateSync, constants as zlibConstants } from 'node:zlib'
import type { Hash, HashName, VerifyPrimitives } from './primitives.ts'

function nodeHash(name: HashName): Hash {
  const inner = createHash(name)
  const hash: Hash = {
    update(bytes) {
      inner.update(bytes)
      return hash
    },
    digest: () => new Uint8Array(inner.digest()),
  }
  return hash
}

/** RC4 (needed only to read old encrypted PDFs); OpenSSL 3 no longer offers it. */
function rc4(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index)
  const at = (index: number) => state[index] ?? 0
  for (let i = 0, j = 0; i < 256; i++) {
    const value = at(i)
    j = (j + value + (key[i % key.length] ?? 0)) & 255
    state[i] = at(j)
    state[j] = value
  }
  const out = new Uint8Array(bytes.length)
  for (let n = 0, i = 0, j = 0; n < bytes.length; n++) {
    i = (i + 1) & 255
    const value = at(i)
    j = (j + value) & 255
    state[i] = at(j)
    state[j] = value
    out[n] = (bytes[n] ?? 0) ^ at((at(i) + value) & 255)
  }
  return out
}

/** The stamp core's primitives on Node: OpenSSL and zlib. */
export const nodePrimitives: VerifyPrimitives = {
  hash: nodeHash,
  inflate: (bytes, maxOutput) =>
    new Uint8Array(inflateSync(bytes, { maxOutputLength: maxOutput, finishFlush: zlibConstants.Z_SYNC_FLUSH })),
  aesCbc(mode, key, iv, bytes, padding) {
    const name = `aes-${key.length * 8}-cbc`
    const cipher = mode === 'encrypt' ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv)
    cipher.setAutoPadding(padding)
    return new Uint8Array(Buffer.concat([cipher.update(bytes), cipher.final()]))
  },
  rc4,
  verify(spki, hash, message, signature, pss) {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    if (pss === undefined) return verify(hash, message, key, signature)
    return verify(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pss.saltLength }, signature)
  },
}
