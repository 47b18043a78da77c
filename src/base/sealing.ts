import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/**
 * Keeps what a dump of the database must not tell: names, numbers, addresses, codes. The key lies beside the database, never in it.
 * `purpose` names the field (`person.phone`), `owner` the row: a sealed value opens only where it was sealed.
 */
export type Sealing = {
  /** AES-256-GCM under a key of this purpose: version (1 byte), nonce (12), ciphertext, tag (16). */
  seal(place: SealedPlace, plain: string | Uint8Array): Buffer
  /** The bytes again. Throws where the value was changed, moved to another place, or sealed by another key. */
  open(place: SealedPlace, sealed: Uint8Array): Buffer
  /** 32 bytes by which an equal value can be found without being read (HMAC-SHA-256); normalise the value first. */
  blindIndex(purpose: string, value: string): Buffer
  /** A secret of 32 bytes of its own for one use, such as PINs or sessions. */
  secretFor(purpose: string): Buffer
}

/** Where a sealed value lives. */
export type SealedPlace = { purpose: string; owner: string }

const version = 1
const nonceBytes = 12
const tagBytes = 16

/** Everything sealed by one service key (32 bytes); the purposes' keys come of it by HKDF-SHA-256. */
export function openSealing(serviceKey: Buffer): Sealing {
  const secrets = new Map<string, Buffer>()
  const secretFor = (purpose: string): Buffer => {
    const known = secrets.get(purpose)
    if (known !== undefined) return known
    const made = Buffer.from(hkdfSync('sha256', serviceKey, Buffer.alloc(0), `openmeterai ${purpose}`, 32))
    secrets.set(purpose, made)
    return made
  }
  return {
    secretFor,
    seal({ purpose, owner }, plain) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', secretFor(`seal ${purpose}`), nonce).setAAD(Buffer.from(owner))
      const body = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([Buffer.of(version), nonce, body, cipher.getAuthTag()])
    },
    open({ purpose, owner }, sealed) {
      const bytes = Buffer.from(sealed)
      if (bytes[0] !== version || bytes.length < 1 + nonceBytes + tagBytes)
        throw new Error(`a sealed ${purpose} has no known form`)
      const nonce = bytes.subarray(1, 1 + nonceBytes)
      const decipher = createDecipheriv('aes-256-gcm', secretFor(`seal ${purpose}`), nonce)
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(-tagBytes))
      return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes)), decipher.final()])
    },
    blindIndex: (purpose, value) =>
      createHmac('sha256', secretFor(`index ${purpose}`))
        .update(value)
        .digest(),
  }
}
