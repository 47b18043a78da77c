import { cbc } from '@noble/ciphers/aes.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { Hash, HashName, Primitives } from '../base/primitives.ts'
import { rc4 } from '../base/rc4.ts'
import { readingPrimitives } from './reading-primitives.ts'

const hashes = { md5, sha1, sha256, sha384, sha512 } as const

type PureHash = Pick<ReturnType<(typeof hashes)[HashName]['create']>, 'update' | 'digest'> & { clone(): PureHash }

function pureHash(inner: PureHash): Hash {
  const hash: Hash = {
    update(bytes) {
      inner.update(bytes)
      return hash
    },
    copy: () => pureHash(inner.clone()),
    digest: () => inner.digest(),
  }
  return hash
}

/** The stamp core's primitives in a browser: synchronous, and the same bytes as Node's for every input. */
export const browserPrimitives: Primitives = {
  ...readingPrimitives,
  hash: (name) => pureHash(hashes[name].create()),
  aesCbc(mode, key, iv, bytes, padding) {
    const cipher = cbc(key, iv, { disablePadding: !padding })
    return mode === 'encrypt' ? cipher.encrypt(bytes) : cipher.decrypt(bytes)
  },
  rc4,
}
