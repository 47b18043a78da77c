import { X509Certificate, randomBytes } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Clock, systemClock } from '../base/clock.ts'
import type { KeyAlgorithm } from '../stamp/cms/algorithms.ts'
import { parseCertificate } from '../stamp/cms/certificate.ts'
import { oids, stampPolicyOid } from '../stamp/cms/oids.ts'
import { type CertificateOrder, type Holder, issueCertificate, name } from './certificates.ts'
import { readIfThere, syncFolder, systemCodeOf, writeDurably } from '../base/durable-files.ts'
import { generateKey, keyPem, readKey } from './keys.ts'

/** Everyone of an authority, by the name of their files. */
export const holderNames = ['root', 'issuing', 'stamp', 'timestamp', 'ocsp'] as const
export type HolderName = (typeof holderNames)[number]

/**
 * The specimen authority of one installation: a root, an issuing authority below it, and below that the signer of stamps,
 * the timestamp authority and the OCSP responder. Its root is in nobody's trust list but the installation's own.
 */
export type Authority = { folder: string; keyAlgorithm: KeyAlgorithm; holders: Readonly<Record<HolderName, Holder>> }

export type AuthorityOptions = {
  /** Of every key. Default: what is there, ec-p256 for a new authority. */
  keyAlgorithm?: KeyAlgorithm
  clock?: Clock
}

const yearMilliseconds = 365.25 * 86_400_000
/** A certificate may be checked on a machine whose clock is a little behind ours. */
const backdatedMilliseconds = 60 * 60 * 1000
/** The root outlives all it certifies, and stamps are checked for ten years (UU 8/1997 art. 11). */
const validYears = { root: 20, issuing: 19, stamp: 10, timestamp: 15, ocsp: 15 } as const

/**
 * The authority in `folder`; made there when the folder is missing or empty. The folder (0700, files 0600) appears whole or not
 * at all, so of several processes that open it at once all get the same keys. Throws when another kind of key is asked than
 * is there, or when a file is missing or damaged.
 */
export async function openAuthority(folder: string, options: AuthorityOptions = {}): Promise<Authority> {
  const path = resolve(folder)
  const present = await readAuthority(path)
  const authority = present ?? (await makeAuthority(path, options))
  const asked = options.keyAlgorithm ?? authority.keyAlgorithm
  if (asked !== authority.keyAlgorithm)
    throw new Error(
      `The authority in ${path} has ${authority.keyAlgorithm} keys, ${asked} was asked; choose another folder, or ask for what is there.`,
    )
  return authority
}

/** Undefined: there is no authority yet. */
async function readAuthority(folder: string): Promise<Authority | undefined> {
  const read = (holder: HolderName) => readHolder(join(folder, holder))
  const [root, issuing, stamp, timestamp, ocsp] = await Promise.all([
    read('root'),
    read('issuing'),
    read('stamp'),
    read('timestamp'),
    read('ocsp'),
  ])
  if (!root && !issuing && !stamp && !timestamp && !ocsp) return undefined
  if (!root || !issuing || !stamp || !timestamp || !ocsp)
    throw new Error(
      `The authority in ${folder} is incomplete (files of ${holderNames.join(', ')} belong there); restore it from a backup, or move the folder away for a new one.`,
    )
  return authorityOf(folder, { root, issuing, stamp, timestamp, ocsp })
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const [key, certificate] = await Promise.all([readIfThere(`${path}.key`), readIfThere(`${path}.crt`)])
  if (key === undefined && certificate === undefined) return undefined
  if (key === undefined || certificate === undefined)
    throw new Error(`${path}.${key === undefined ? 'key' : 'crt'} is missing; restore it from a backup.`)
  const x509 = new X509Certificate(certificate)
  const holder = { key: readKey(key), certificate: parseCertificate(new Uint8Array(x509.raw)) }
  if (!x509.checkPrivateKey(holder.key.privateKey))
    throw new Error(`${path}.key is not the key of ${path}.crt; restore both from one backup.`)
  return holder
}

const authorityOf = (folder: string, holders: Authority['holders']): Authority => ({
  folder,
  keyAlgorithm: holders.stamp.key.algorithm,
  holders,
})

/** Makes the authority beside `folder` and moves it there in one step; when another process was first, its authority counts. */
async function makeAuthority(folder: string, options: AuthorityOptions): Promise<Authority> {
  await mkdir(dirname(folder), { recursive: true })
  const draft = `${folder}.new-${randomBytes(6).toString('hex')}`
  const holders = await makeHolders(options.keyAlgorithm ?? 'ec-p256', (options.clock ?? systemClock).now())
  try {
    await mkdir(draft, { mode: 0o700 })
    for (const holder of holderNames) {
      const { key, certificate } = holders[holder]
      await writeDurably(join(draft, `${holder}.key`), keyPem(key))
      await writeDurably(join(draft, `${holder}.crt`), pemOf(certificate.der))
    }
    await syncFolder(draft)
    await rename(draft, folder)
    await syncFolder(dirname(folder))
    return authorityOf(folder, holders)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    const winner = await readAuthority(folder)
    if (winner !== undefined) return winner
    if (systemCodeOf(error) !== 'ENOTEMPTY' && systemCodeOf(error) !== 'EEXIST') throw error
    throw new Error(`${folder} has other files and no authority; choose a folder that is empty or not there yet.`, {
      cause: error,
    })
  }
}

const pemOf = (der: Uint8Array): string => new X509Certificate(der).toString()

async function makeHolders(algorithm: KeyAlgorithm, now: Date): Promise<Authority['holders']> {
  // Installations must not be taken for one another: each has a mark of its own in every name.
  const organisation = `OpenMeterai SPESIMEN, not valid (${randomBytes(4).toString('hex')})`
  const make = async (holder: HolderName, common: string, order: Partial<CertificateOrder>, issuer?: Holder) => {
    const key = await generateKey(algorithm)
    const certificate = await issueCertificate(
      {
        subject: name(organisation, common),
        key,
        notBefore: new Date(now.getTime() - backdatedMilliseconds),
        notAfter: new Date(now.getTime() + validYears[holder] * yearMilliseconds),
        usages: ['digitalSignature'],
        ...order,
      },
      issuer,
    )
    return { key, certificate }
  }
  const authorityUsages = ['keyCertSign', 'crlSign'] as const
  const root = await make('root', 'OpenMeterai SPESIMEN root: not valid', { usages: authorityUsages, authority: {} })
  const issuing = await make(
    'issuing',
    'OpenMeterai SPESIMEN issuing authority: not valid',
    { usages: authorityUsages, authority: { pathLength: 0 }, policy: oids.anyPolicy },
    root,
  )
  const [stamp, timestamp, ocsp] = await Promise.all([
    make(
      'stamp',
      'OpenMeterai SPESIMEN duty stamp: says nothing about the content',
      { usages: ['digitalSignature', 'nonRepudiation'], policy: stampPolicyOid },
      issuing,
    ),
    make(
      'timestamp',
      'OpenMeterai SPESIMEN timestamp authority: not valid',
      { onlyPurpose: { purpose: oids.timeStamping, critical: true } },
      issuing,
    ),
    make(
      'ocsp',
      'OpenMeterai SPESIMEN OCSP responder: not valid',
      { onlyPurpose: { purpose: oids.ocspSigning, critical: false }, ocspNoCheck: true },
      issuing,
    ),
  ])
  return { root, issuing, stamp, timestamp, ocsp }
}
