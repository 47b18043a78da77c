import { nodePrimitives } from '../base/primitives-node.ts'
import { containerForm } from '../stamp/cms/container.ts'
import { type SigningKey, signWith } from './keys.ts'

/** What one container signs. */
export type ContainerOrder = {
  /** SHA-256 of the content. */
  digest: Uint8Array
  /** A stamp's. */
  serial?: string
  /** Carried inside; left out, the signature is detached. */
  content?: Uint8Array
  /** A timestamp token (DER) over this signature; left out, there is none. */
  timestamp?: (signature: Uint8Array) => Promise<Uint8Array>
}

/** Signs containers (CMS, DER) with one key. Rejects as `timestamp` does. */
export function containerSigner(signer: {
  key: SigningKey
  /** DER; the signer's own first. */
  certificates: readonly Uint8Array[]
  contentType?: string
}): (order: ContainerOrder) => Promise<Uint8Array> {
  const { key, ...named } = signer
  const form = containerForm({ ...named, keyAlgorithm: key.algorithm, primitives: nodePrimitives })
  return async ({ digest, serial, content, timestamp }) => {
    const attributes = form.attributes(digest, serial)
    const signature = await signWith(key, attributes)
    return form.assemble({ attributes, signature, timestampToken: await timestamp?.(signature), content })
  }
}
