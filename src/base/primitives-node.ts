import { createCipheriv, createDecipheriv, createHash, createPublicKey, constants, verify } from 'node:crypto'
import { inflateSync, constants as zlibConstants } from 'node:zlib'
import type { Hash, VerifyPrimitives } from './primitives.ts'
import { rc4 } from './rc4.ts'

function nodeHash(inner: ReturnType<typeof createHash>): Hash {
  const hash: Hash = {
    update(bytes) {
      inner.update(bytes)
      return hash
    },
    copy: () => nodeHash(inner.copy()),
    digest: () => new Uint8Array(inner.digest()),
  }
  return hash
}

/** The stamp core's primitives on Node: OpenSSL and zlib. */
export const nodePrimitives: VerifyPrimitives = {
  hash: (name) => nodeHash(createHash(name)),
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
    return verify(
      hash,
      message,
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pss.saltLength },
      signature,
    )
  },
}
