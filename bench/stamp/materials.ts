import { createHash, sign } from 'node:crypto'
import { toHex } from '../../src/base/bytes.ts'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import { openAuthority } from '../../src/signing/authority.ts'
import { containerForm } from '../../src/stamp/cms/container.ts'
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
  const form = containerForm({ certificates, keyAlgorithm, primitives: nodePrimitives })
  const signBytes = (bytes: Uint8Array) => new Uint8Array(sign('sha256', bytes, privateKey))
  const serialOf = (count: number) => benchSerial(count, false)
  const drawPicture = (count: number) => {
    const serial = serialOf(count)
    const checkUrl = `https://meterai.example/cek/${serial}`
    return stampPicture({ serial, checkUrl, specimen: false, pictureVersion: 1, artworkSha256: null })
  }
  const containerOver = (digest: Uint8Array, serial: string) => {
    const attributes = form.attributes(digest, serial)
    return form.assemble({ attributes, signature: signBytes(attributes) })
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
    containerOver,
    containerOf(parts, serial) {
      const hash = createHash('sha256')
      for (const part of parts) hash.update(part)
      return containerOver(hash.digest(), serial)
    },
  }
}
