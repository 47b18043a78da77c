import { cbc } from '@noble/ciphers/aes.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { Hash, HashName, Primitives } from '../base/primitives.ts'
import { rc4 } from '../base/rc4.ts'
import { inflate } from './inflate.ts'

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
  hash: (name) => pureHash(hashes[name].create()),
  inflate,
  aesCbc(mode, key, iv, bytes, padding) {
    const cipher = cbc(key, iv, { disablePadding: !padding })
    return mode === 'encrypt' ? cipher.encrypt(bytes) : cipher.decrypt(bytes)
  },
  rc4,
  indexOf(bytes, sought, from) {
    if (typeof sought === 'number') return bytes.indexOf(sought, from)
    const [first = 0] = sought
    let at = bytes.indexOf(first, from)
    while (at >= 0 && !sought.every((byte, i) => bytes[at + i] === byte)) at = bytes.indexOf(first, at + 1)
    return at
  },
}
