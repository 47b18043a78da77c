import { concatBytes, equalBytes, toHex } from '../base/bytes.ts'
import type { HashName, Primitives } from '../base/primitives.ts'
import { Fields, octetString, oid, nothing, readDer, readInteger, sequence, tags } from '../stamp/cms/der.ts'
import { oids } from '../stamp/cms/oids.ts'

/** A key larger than these has signed nothing that we look at: OpenSSL draws the line there too, and a browser must not hang. */
const modulusBitsMax = 16_384
const modulusBitsForAnyExponent = 3072
const exponentBitsMax = 64

/** An RSA signature under a public key (DER RSAPublicKey). */
export type RsaSignature = { publicKey: Uint8Array; hash: HashName; digest: Uint8Array; signature: Uint8Array }

const bitsOf = (value: bigint) => value.toString(2).length

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

/** The signature raised to the public exponent, as many bytes as the modulus has; undefined for a key or signature that cannot be. */
function opened({ publicKey, signature }: RsaSignature): { message: Uint8Array; bits: number } | undefined {
  const fields = new Fields(readDer(publicKey), 'RSAPublicKey')
  const modulus = readInteger(fields.take(tags.integer, 'modulus'))
  const exponent = readInteger(fields.take(tags.integer, 'publicExponent'))
  fields.end()
  const bits = bitsOf(modulus)
  const bytes = Math.ceil(bits / 8)
  if (modulus <= 0n || exponent <= 1n || bits > modulusBitsMax || signature.length !== bytes) return undefined
  if (bits > modulusBitsForAnyExponent && bitsOf(exponent) > exponentBitsMax) return undefined
  const value = BigInt(`0x${toHex(signature)}`)
  if (value >= modulus) return undefined
  const hex = power(value, exponent, modulus)
    .toString(16)
    .padStart(bytes * 2, '0')
  return {
    message: Uint8Array.from({ length: bytes }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16)),
    bits,
  }
}

const hashOids = {
  md5: '1.2.840.113549.2.5',
  sha1: oids.sha1,
  sha256: oids.sha256,
  sha384: oids.sha384,
  sha512: oids.sha512,
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 8.2.2): the whole padded block is made and compared, so that nothing is parsed out of it. */
export function isPkcs1Signature(signed: RsaSignature): boolean {
  const found = opened(signed)
  if (found === undefined) return false
  const told = sequence(sequence(oid(hashOids[signed.hash]), nothing()), octetString(signed.digest))
  const filling = found.message.length - told.length - 3
  if (filling < 8) return false
  const wanted = concatBytes([Uint8Array.of(0, 1), new Uint8Array(filling).fill(255), Uint8Array.of(0), told])
  return equalBytes(found.message, wanted)
}

/** RSASSA-PSS with MGF1 over the same hash (RFC 8017 8.1.2, 9.1.2). */
export function isPssSignature(signed: RsaSignature, saltLength: number, primitives: Primitives): boolean {
  const found = opened(signed)
  if (found === undefined) return false
  const { hash, digest } = signed
  // the encoded message is one bit shorter than the modulus, and a byte shorter where that is a whole one
  const bits = found.bits - 1
  const isShorter = bits % 8 === 0
  if (isShorter && found.message[0] !== 0) return false
  const encoded = isShorter ? found.message.subarray(1) : found.message
  const masked = encoded.subarray(0, encoded.length - digest.length - 1)
  const tail = encoded.subarray(masked.length, encoded.length - 1)
  if (saltLength < 0 || masked.length < saltLength + 1 || encoded.at(-1) !== 0xbc) return false
  const unused = 8 * encoded.length - bits
  if ((masked[0] ?? 0) >> (8 - unused) !== 0) return false
  const mask = maskOf(tail, masked.length, (bytes) => primitives.hash(hash).update(bytes).digest())
  const block = masked.map((byte, at) => byte ^ (mask[at] ?? 0))
  block[0] = (block[0] ?? 0) & (255 >> unused)
  const saltAt = block.length - saltLength
  const isPadded = block[saltAt - 1] === 1 && block.subarray(0, saltAt - 1).every((byte) => byte === 0)
  const again = primitives.hash(hash).update(new Uint8Array(8)).update(digest).update(block.subarray(saltAt)).digest()
  return isPadded && equalBytes(again, tail)
}

/** MGF1 (RFC 8017 B.2.1). */
function maskOf(seed: Uint8Array, length: number, hash: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  for (let made = 0, count = 0; made < length; count++) {
    const part = hash(concatBytes([seed, Uint8Array.of(count >> 24, count >> 16, count >> 8, count)]))
    parts.push(part)
    made += part.length
  }
  return concatBytes(parts).subarray(0, length)
}
