import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** What a device is asked to do otherwise than it should. */
export type Misbehaviour = {
  origin?: string
  rpId?: string
  challenge?: string
  /** Without the owner's finger or PIN. */
  isUnverified?: boolean
  /** Instead of one more than last time. */
  counter?: number
  /** An attestation of this format, with this certificate. */
  attestation?: { format: string; certificate?: Uint8Array<ArrayBuffer> }
}

/** A security key in software, with one passkey. */
export type SoftPasskey = {
  id: string
  register(challenge: string, how?: Misbehaviour): RegistrationResponseJSON
  prove(challenge: string, how?: Misbehaviour): AuthenticationResponseJSON
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest()
const base64url = (data: string | Uint8Array) => Buffer.from(data).toString('base64url')
const plain = (bytes: Buffer): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes)

/** A new one for this site; `counts`: whether it counts its uses, as hardware does. */
export function softPasskey(site: { rpId: string; origin: string }, counts = true): SoftPasskey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const id = randomBytes(16)
  let uses = 0

  // RFC 9053 7.1.1: kty 2 (EC2), alg -7 (ES256), crv 1 (P-256), x, y
  const coseKey = isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, plain(Buffer.from(x, 'base64url'))],
      [-3, plain(Buffer.from(y, 'base64url'))],
    ]),
  )

  const clientData = (type: string, challenge: string, how: Misbehaviour) =>
    JSON.stringify({
      type,
      challenge: how.challenge ?? challenge,
      origin: how.origin ?? site.origin,
      crossOrigin: false,
    })

  /** WebAuthn 6.1: hash of the site, flags, counter, and a new key where there is one. */
  function authenticatorData(how: Misbehaviour, withKey: boolean): Buffer {
    uses = how.counter ?? (counts ? uses + 1 : 0)
    const flags = 0x01 | (how.isUnverified === true ? 0 : 0x04) | (withKey ? 0x40 : 0)
    const head = Buffer.alloc(5)
    head.writeUInt8(flags)
    head.writeUInt32BE(uses, 1)
    const length = Buffer.alloc(2)
    length.writeUInt16BE(id.length)
    const key = withKey ? [Buffer.alloc(16), length, id, Buffer.from(coseKey)] : []
    return Buffer.concat([sha256(how.rpId ?? site.rpId), head, ...key])
  }

  const shared = {
    id: base64url(id),
    rawId: base64url(id),
    type: 'public-key' as const,
    clientExtensionResults: {},
  }
  return {
    id: shared.id,
    register(challenge, how = {}) {
      const { format = 'none', certificate } = how.attestation ?? {}
      const statement = new Map<string, Uint8Array[] | Uint8Array | number>()
      if (certificate !== undefined) statement.set('alg', -7).set('sig', Uint8Array.of(1)).set('x5c', [certificate])
      const object = new Map<string, string | Map<string, Uint8Array[] | Uint8Array | number> | Uint8Array>([
        ['fmt', format],
        ['attStmt', statement],
        ['authData', plain(authenticatorData(how, true))],
      ])
      return {
        ...shared,
        response: {
          clientDataJSON: base64url(clientData('webauthn.create', challenge, how)),
          attestationObject: base64url(isoCBOR.encode(object)),
          transports: ['internal'],
        },
      }
    },
    prove(challenge, how = {}) {
      const said = clientData('webauthn.get', challenge, how)
      const data = authenticatorData(how, false)
      const signature = sign('sha256', Buffer.concat([data, sha256(said)]), privateKey)
      return {
        ...shared,
        response: {
          clientDataJSON: base64url(said),
          authenticatorData: base64url(data),
          signature: base64url(signature),
        },
      }
    },
  }
}
