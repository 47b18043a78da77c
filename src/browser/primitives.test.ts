import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../base/primitives-node.ts'
import type { VerifyPrimitives } from '../base/primitives.ts'
import { browserVerifyPrimitives as browser } from './verify-primitives.ts'

const hashNames = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const
const bytes = fc.uint8Array({ maxLength: 300 })
const key = fc.constantFrom(16, 24, 32).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))

test.each(hashNames)('%s in pieces is the same in the browser and in Node', (name) => {
  fc.assert(
    fc.property(fc.array(bytes), (pieces) => {
      const of = (primitives: VerifyPrimitives) =>
        pieces.reduce((hash, piece) => hash.update(piece), primitives.hash(name)).digest()
      expect(of(browser)).toEqual(of(nodePrimitives))
    }),
  )
})

test('AES and RC4 are the same in the browser and in Node, with padding and without', () => {
  const iv = Uint8Array.from({ length: 16 }, (_, at) => at)
  fc.assert(
    fc.property(key, bytes, (secret, text) => {
      const whole = text.subarray(0, text.length - (text.length % 16))
      const padded = browser.aesCbc('encrypt', secret, iv, text, true)
      expect(padded).toEqual(nodePrimitives.aesCbc('encrypt', secret, iv, text, true))
      expect(browser.aesCbc('decrypt', secret, iv, padded, true)).toEqual(text)
      expect(browser.aesCbc('encrypt', secret, iv, whole, false)).toEqual(
        nodePrimitives.aesCbc('encrypt', secret, iv, whole, false),
      )
      expect(browser.aesCbc('decrypt', secret, iv, whole, false)).toEqual(
        nodePrimitives.aesCbc('decrypt', secret, iv, whole, false),
      )
      expect(browser.rc4(secret, text)).toEqual(nodePrimitives.rc4(secret, text))
    }),
  )
})

const pairs = {
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  'RSA-2048': generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'RSA-3072': generateKeyPairSync('rsa', { modulusLength: 3072 }),
  'RSA of 2047 bits': generateKeyPairSync('rsa', { modulusLength: 2047 }),
}
const spkiOf = (publicKey: KeyObject) => new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))

/** Both answers; a throw is no. */
function answers(...order: Parameters<VerifyPrimitives['verify']>): [node: boolean, browser: boolean] {
  const ask = (primitives: VerifyPrimitives) => {
    try {
      return primitives.verify(...order)
    } catch {
      return false
    }
  }
  return [ask(nodePrimitives), ask(browser)]
}

test.each(Object.entries(pairs))(
  '%s signatures are good and bad in the browser as in Node',
  (_, { privateKey, publicKey }) => {
    const spki = spkiOf(publicKey)
    const changes = fc.record({
      what: fc.constantFrom('nothing', 'message', 'signature', 'key'),
      at: fc.nat(),
      value: fc.integer({ min: 1, max: 255 }),
    })
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom('sha1', 'sha256', 'sha384', 'sha512'),
        changes,
        (message, hash, { what, at, value }) => {
          const signature = new Uint8Array(sign(hash, message, privateKey))
          const damaged = (own: string, original: Uint8Array) => {
            const copy = original.slice()
            if (what === own && copy.length > 0) copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ value
            return copy
          }
          const [node, ours] = answers(
            damaged('key', spki),
            hash,
            damaged('message', message),
            damaged('signature', signature),
          )
          // OpenSSL overlooks some damage to a key, such as unused bits; the browser may be stricter, never looser
          const may = what === 'nothing' ? [true] : what === 'key' ? [false, node] : [node]
          expect(may).toContain(ours)
        },
      ),
      { numRuns: 40 },
    )
  },
)

test.each(['RSA-2048', 'RSA of 2047 bits'] as const)(
  'PSS signatures by %s keys are good with their own salt length alone',
  (name) => {
    const { privateKey, publicKey } = pairs[name]
    for (const saltLength of [0, 20, 32]) {
      const message = Uint8Array.of(1, 2, 3)
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const signature = new Uint8Array(sign('sha256', message, { key: privateKey, padding, saltLength }))
      const spki = spkiOf(publicKey)
      expect(answers(spki, 'sha256', message, signature, { saltLength })).toEqual([true, true])
      expect(answers(spki, 'sha256', message, signature, { saltLength: saltLength + 1 })).toEqual([false, false])
      expect(answers(spki, 'sha256', message, signature)).toEqual([false, false])
      signature[7] = (signature[7] ?? 0) ^ 1
      expect(answers(spki, 'sha256', message, signature, { saltLength })).toEqual([false, false])
    }
  },
)
