import { createHash, sign } from 'node:crypto'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import { openAuthority } from '../../src/signing/authority.ts'
import type { KeyAlgorithm } from '../../src/stamp/cms/algorithms.ts'
import { assembleSignedData, signedAttributes } from '../../src/stamp/cms/signed-data.ts'
import { stampPicture } from '../../src/stamp/picture/picture.ts'
import { benchSerial } from '../bench-recipe.ts'
import type { Materials } from './contender.ts'

/** Pictures drawn beforehand; each stamp has another one than the last. */
const readyPictures = 32

/** Room for a B-B container: certificates and signature come to some 2 KB. */
const contentsBytes = 4096

/** All that the contenders share, from the authority in this folder. Signing is synchronous: one core does everything. */
export async function openMaterials(
  authorityFolder: string,
  keyAlgorithm: Materials['keyAlgorithm'],
): Promise<Materials> {
  const { holders } = await openAuthority(authorityFolder, { keyAlgorithm })
  const { privateKey } = holders.stamp.key
  const certificates = [holders.stamp.certificate.der, holders.issuing.certificate.der]
  const signBytes = (bytes: Uint8Array) => new Uint8Array(sign('sha256', bytes, privateKey))
  const serialOf = (count: number) => benchSerial(count, false)
  const drawPicture = (count: number) => {
    const serial = serialOf(count)
    const checkUrl = `https://meterai.example/cek/${serial}`
    return stampPicture({ serial, checkUrl, specimen: false, pictureVersion: 1, artworkSha256: null })
  }
  const ready = Array.from({ length: readyPictures }, (_, count) => drawPicture(count))
  return {
    keyAlgorithm,
    signerKeyId: toHex(createHash('sha256').update(holders.stamp.certificate.spki).digest()).slice(0, 32),
    certificates,
    contentsBytes,
    box: [36, 36, 136, 136],
    serialOf,
    pictureOf: (count) => ready[count % ready.length] ?? drawPicture(count),
    drawPicture,
    sign: signBytes,
    containerOf(parts, serial) {
      const hash = createHash('sha256')
      for (const part of parts) hash.update(part)
      return container({ certificates, keyAlgorithm, sign: signBytes }, hash.digest('hex'), serial)
    },
  }
}

/** A detached B-B container over a digest (64 hex), without a timestamp. */
export function container(
  signer: Pick<Materials, 'certificates' | 'sign'> & { keyAlgorithm: KeyAlgorithm },
  digest: string,
  serial: string,
): Uint8Array {
  const { certificates, keyAlgorithm } = signer
  const certificate = certificates[0] ?? new Uint8Array(0)
  const attributes = signedAttributes({ digest: fromHex(digest), certificate, serial, primitives: nodePrimitives })
  return assembleSignedData({
    signedAttributes: attributes,
    signature: signer.sign(attributes),
    certificates,
    keyAlgorithm,
  })
}
