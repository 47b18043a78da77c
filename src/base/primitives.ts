/** Incremental hash. `digest` ends it; `update` returns the same hash; `copy` is another that goes on from here. */
export type Hash = { update(bytes: Uint8Array): Hash; copy(): Hash; digest(): Uint8Array }

export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** Makes a function of bytes that remembers what it made of them. What it hands out is shared, so nobody changes it. */
export type Remembering = <Made>(make: (bytes: Uint8Array) => Made) => (bytes: Uint8Array) => Made

/**
 * Everything the stamp core needs from its surroundings, synchronous and without I/O.
 * Native in Node (`primitives-node.ts`), pure JavaScript in the browser.
 */
export type Primitives = {
  hash(name: HashName): Hash
  /** Zlib stream to bytes; never more than `maxOutput` bytes; throws on damage or when it would be longer. */
  inflate(bytes: Uint8Array, maxOutput: number): Uint8Array
  /** AES-CBC; `padding` says whether PKCS#7 padding is added or removed. Key of 16, 24 or 32 bytes, iv of 16. */
  aesCbc(mode: 'encrypt' | 'decrypt', key: Uint8Array, iv: Uint8Array, bytes: Uint8Array, padding: boolean): Uint8Array
  rc4(key: Uint8Array, bytes: Uint8Array): Uint8Array
  /** Offset of a byte, or of several in a row, at or after `from`, or -1; a native search takes many bytes at a time. */
  indexOf(bytes: Uint8Array, sought: number | Uint8Array, from: number): number
  /** Only where many files are looked at in a row: most of their certificates are the same. */
  readonly remembering?: Remembering
}

/** What `check` needs in addition: public-key verification. */
export type VerifyPrimitives = Primitives & {
  /**
   * True when `signature` over `message` is good under the public key `spki` (DER SubjectPublicKeyInfo).
   * ECDSA signatures are DER; RSA is PKCS#1 v1.5, or PSS when `pss` gives the salt length.
   */
  verify(
    spki: Uint8Array,
    hash: HashName,
    message: Uint8Array,
    signature: Uint8Array,
    pss?: { saltLength: number },
  ): boolean
}
