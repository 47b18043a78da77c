import { randomBytes, X509Certificate } from 'node:crypto'
import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { toBase64 } from '../base/bytes.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { bundleBytes, type TrustBundle } from '../client/trust-bundle.ts'
import { parseCertificate } from '../stamp/cms/certificate.ts'
import { bundlePolicyOid } from '../stamp/cms/oids.ts'
import type { Authority } from './authority.ts'
import { type Holder, issueCertificate, name } from './certificates.ts'
import { readIfThere, syncFolder, systemCodeOf, writeDurably } from '../base/durable-files.ts'
import { generateKey, keyPem, readKey } from './keys.ts'
import { validMilliseconds } from './revocation.ts'
import { containerSigner } from './signed-containers.ts'
import type { StampSigner } from './stamp-signer.ts'

/** Who is revoked is looked at this often; the bundle stays the same, byte for byte, while nobody new is. */
const lookMilliseconds = 60_000
/** A bundle is made anew after so long, so whoever fetches one has at least six of its seven days. */
const renewMilliseconds = 86_400_000

export type TrustBundleOptions = {
  /** Signs the bundle. */
  authority: Authority
  /** Whose roots and lists go in. */
  signers: readonly Pick<StampSigner, 'trustRoots' | 'revocationLists' | 'revokedAt'>[]
  /** The service's public address. */
  service: string
  clock?: Clock
}

/** The service's trust bundle of the moment. Throws what reading the authority's files throws. */
export function openTrustBundle(options: TrustBundleOptions): () => Promise<TrustBundle> {
  const { authority, signers, service, clock = systemClock } = options
  let kept: { bundle: TrustBundle; revoked: string; madeAt: number; lookedAt: number } | undefined

  async function look(now: number): Promise<TrustBundle> {
    const moments = await Promise.all(signers.map((signer) => signer.revokedAt()))
    const revoked = moments.map((at) => at?.toISOString() ?? '').join()
    if (kept?.revoked === revoked && Math.abs(now - kept.madeAt) < renewMilliseconds) {
      kept.lookedAt = now
      return kept.bundle
    }
    const lists = await Promise.all(signers.map((signer) => signer.revocationLists()))
    const facts = {
      format: 1,
      service,
      issuedAt: new Date(now).toISOString(),
      validUntil: new Date(now + validMilliseconds).toISOString(),
      roots: signers.flatMap((signer) =>
        signer.trustRoots().map(({ certificate, standing }) => ({ certificate: toBase64(certificate), standing })),
      ),
      crls: lists.flat().map(toBase64),
    } as const
    const bundle = { ...facts, signature: toBase64(await signBundle(authority, bundleBytes(facts), new Date(now))) }
    kept = { bundle, revoked, madeAt: now, lookedAt: now }
    return bundle
  }

  let looking: Promise<TrustBundle> | undefined
  return () => {
    const now = clock.now().getTime()
    if (kept !== undefined && Math.abs(now - kept.lookedAt) < lookMilliseconds) return Promise.resolve(kept.bundle)
    looking ??= look(now).finally(() => (looking = undefined))
    return looking
  }
}

async function signBundle(authority: Authority, content: Uint8Array, now: Date): Promise<Uint8Array> {
  const { key, certificate } = await bundleSigner(authority, now)
  const digest = nodePrimitives.hash('sha256').update(content).digest()
  return containerSigner({ key, certificates: [certificate.der] })({ digest })
}

/**
 * The key that signs bundles and nothing else, certified by the root, in `<folder>/bundle.pem`: made when first needed, so that
 * an authority from before it has one too. Of several processes at once all get the same.
 */
async function bundleSigner(authority: Authority, now: Date): Promise<Holder> {
  const path = join(authority.folder, 'bundle.pem')
  const known = await readIfThere(path)
  if (known !== undefined) return readBundleSigner(known)
  const { root } = authority.holders
  const key = await generateKey(authority.keyAlgorithm)
  const organisation = `OpenMeterai SPESIMEN, not valid (${randomBytes(4).toString('hex')})`
  const certificate = await issueCertificate(
    {
      subject: name(organisation, 'OpenMeterai SPESIMEN trust bundle: not valid'),
      key,
      notBefore: new Date(now.getTime() - 3_600_000),
      notAfter: root.certificate.notAfter,
      usages: ['digitalSignature'],
      policy: bundlePolicyOid,
    },
    root,
  )
  const draft = `${path}.new-${randomBytes(6).toString('hex')}`
  try {
    await writeDurably(draft, keyPem(key) + new X509Certificate(certificate.der).toString())
    // unlike a rename, a link never replaces what another process made first
    await link(draft, path).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(authority.folder)
  return readBundleSigner((await readIfThere(path)) ?? '')
}

/** Both parts of the PEM text; each reader finds its own. */
function readBundleSigner(pem: string): Holder {
  return { key: readKey(pem), certificate: parseCertificate(new Uint8Array(new X509Certificate(pem).raw)) }
}
