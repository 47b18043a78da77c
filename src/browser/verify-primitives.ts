import { p256, p384, p521 } from '@noble/curves/nist.js'
import type { VerifyPrimitives } from '../base/primitives.ts'
import { Fields, readDer, readOid, readWholeBits, tags } from '../stamp/cms/der.ts'
import { oids } from '../stamp/cms/oids.ts'
import { browserPrimitives } from './primitives.ts'
import { isPkcs1Signature, isPssSignature } from './rsa.ts'

const curves = new Map([
  ['1.2.840.10045.3.1.7', p256],
  ['1.3.132.0.34', p384],
  ['1.3.132.0.35', p521],
])

/**
 * What `check` needs in a browser: RSA, and ECDSA on P-256, P-384 and P-521. Synchronous, which WebCrypto is not. Public keys
 * and signatures are no secrets, so nothing here has to take constant time. Throws as Node does for a key that is none.
 */
export const browserVerifyPrimitives: VerifyPrimitives = {
  ...browserPrimitives,
  verify(spki, hash, message, signature, pss) {
    const fields = new Fields(readDer(spki), 'SubjectPublicKeyInfo')
    const algorithm = new Fields(fields.take(tags.sequence, 'algorithm'), 'algorithm')
    const kind = readOid(algorithm.take(tags.oid, 'algorithm'))
    const publicKey = readWholeBits(fields.take(tags.bitString, 'subjectPublicKey'))
    fields.end()
    const digest = browserPrimitives.hash(hash).update(message).digest()
    if (kind === oids.rsaEncryption) {
      algorithm.takeIf(tags.nothing)
      algorithm.end()
      const signed = { publicKey, hash, digest, signature }
      return pss === undefined ? isPkcs1Signature(signed) : isPssSignature(signed, pss.saltLength, browserPrimitives)
    }
    const curve = kind === oids.ecPublicKey ? curves.get(readOid(algorithm.take(tags.oid, 'curve'))) : undefined
    if (curve === undefined || pss !== undefined) throw new RangeError(`a key of kind ${kind} verifies nothing here`)
    return curve.verify(signature, digest, publicKey, { prehash: false, lowS: false, format: 'der' })
  },
}
