import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64, toBase64 } from '../base/bytes.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { signedSequence } from '../stamp/cms/algorithms.ts'
import { revocationList } from '../stamp/cms/crl.ts'
import { ocspGood, ocspResponse } from '../stamp/cms/ocsp.ts'
import type { ValidationData } from '../stamp/recipe.ts'
import type { Authority, HolderName } from './authority.ts'
import type { Holder } from './certificates.ts'
import { readIfThere, syncFolder, systemCodeOf, writeDurably } from '../base/durable-files.ts'
import { signWith } from './keys.ts'

/** OCSP answers and CRLs hold this long ... */
export const validMilliseconds = 7 * 86_400_000
/** ... and are made anew for every half of it, so what goes into a stamp has at least half its life left. */
const periodMilliseconds = validMilliseconds / 2

/**
 * The certificates, OCSP answers and CRLs that prove a stamp of this authority and its timestamp: made once for each period of
 * 3.5 days and kept in `<folder>/validation`, so all processes put the very same bytes into all stamps of that time.
 */
export async function validationAt(authority: Authority, now: Date): Promise<ValidationData> {
  const folder = join(authority.folder, 'validation')
  const period = Math.floor(now.getTime() / periodMilliseconds)
  const file = `${period}.json`
  const kept = await readIfThere(join(folder, file))
  if (kept !== undefined) return fromJson(kept)

  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `draft-${randomBytes(6).toString('hex')}`)
  try {
    await writeDurably(draft, toJson(await issueValidation(authority, now)))
    // Unlike a rename, a link never replaces what another process made first.
    await link(draft, join(folder, file)).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(folder)
  await removeOld(folder, period)
  const made = await readIfThere(join(folder, file))
  if (made === undefined) throw new Error(`${join(folder, file)} disappeared while it was made`)
  return fromJson(made)
}

/**
 * Earlier periods are stored with the stamps that used them; here only the present one is needed. The one before stays for a
 * process whose clock is a little behind.
 */
async function removeOld(folder: string, period: number): Promise<void> {
  const old = (await readdir(folder)).filter(
    (entry) => /^\d+\.json$/.test(entry) && Number.parseInt(entry, 10) < period - 1,
  )
  await Promise.all(old.map((entry) => rm(join(folder, entry), { force: true })))
}

/** New proofs at this moment: OCSP for the two that sign, the root's CRL for the issuing authority. */
async function issueValidation(authority: Authority, now: Date): Promise<ValidationData> {
  const { root, issuing, stamp, timestamp, ocsp } = authority.holders
  const times = { thisUpdate: wholeSecond(now), nextUpdate: wholeSecond(new Date(now.getTime() + validMilliseconds)) }
  const good = async (subject: Holder): Promise<Uint8Array> => {
    const responseData = ocspGood({
      certificate: subject.certificate,
      issuer: issuing.certificate,
      responder: ocsp.certificate,
      producedAt: times.thisUpdate,
      ...times,
      primitives: nodePrimitives,
    })
    return ocspResponse({
      responseData,
      signature: await signWith(ocsp.key, responseData),
      keyAlgorithm: ocsp.key.algorithm,
      certificates: [ocsp.certificate.der],
    })
  }
  return {
    certs: [stamp, timestamp, ocsp, issuing, root].map(({ certificate }) => certificate.der),
    ocsps: [await good(stamp), await good(timestamp)],
    crls: [await revocationListOf(authority, ['issuing'], { issuer: root, now })],
  }
}

/**
 * Since when a holder's certificate is revoked, undefined while it is not: what an operator wrote into `<folder>/<holder>.revoked`,
 * a moment such as 2026-11-24T09:00:00Z. Throws for a file that holds anything else: silence would call stamps good.
 */
export async function revokedAt(authority: Authority, holder: HolderName): Promise<Date | undefined> {
  const path = join(authority.folder, `${holder}.revoked`)
  const text = (await readIfThere(path))?.trim()
  if (text === undefined) return undefined
  const at = new Date(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : Number.NaN)
  if (Number.isNaN(at.getTime()))
    throw new Error(`${path} holds "${text.slice(0, 40)}"; write the moment of revocation as 2026-11-24T09:00:00Z`)
  return at
}

/** The revocation lists of the root and of the issuing authority, DER, made now: who is revoked and since when. */
export async function revocationLists(authority: Authority, now: Date): Promise<Uint8Array[]> {
  const { root, issuing } = authority.holders
  return Promise.all([
    revocationListOf(authority, ['issuing'], { issuer: root, now }),
    revocationListOf(authority, ['stamp', 'timestamp', 'ocsp'], { issuer: issuing, now }),
  ])
}

async function revocationListOf(
  authority: Authority,
  subjects: readonly HolderName[],
  by: { issuer: Holder; now: Date },
): Promise<Uint8Array> {
  const { issuer, now } = by
  const revoked: { certificate: Holder['certificate']; at: Date }[] = []
  for (const subject of subjects) {
    const at = await revokedAt(authority, subject)
    if (at !== undefined) revoked.push({ certificate: authority.holders[subject].certificate, at: wholeSecond(at) })
  }
  const tbs = revocationList({
    issuer: issuer.certificate,
    keyAlgorithm: issuer.key.algorithm,
    number: BigInt(now.getTime()),
    thisUpdate: wholeSecond(now),
    nextUpdate: wholeSecond(new Date(now.getTime() + validMilliseconds)),
    revoked,
  })
  return signedSequence(tbs, issuer.key.algorithm, await signWith(issuer.key, tbs))
}

const wholeSecond = (at: Date): Date => new Date(Math.floor(at.getTime() / 1000) * 1000)

const kinds = ['certs', 'ocsps', 'crls'] as const

function toJson(validation: ValidationData): string {
  return JSON.stringify(Object.fromEntries(kinds.map((kind) => [kind, validation[kind].map(toBase64)])))
}

/** Reads only what `toJson` wrote. */
function fromJson(text: string): ValidationData {
  const parsed: unknown = JSON.parse(text)
  const list = (kind: (typeof kinds)[number]): Uint8Array[] => {
    const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, kind) : undefined
    if (!Array.isArray(value)) throw new Error(`validation data without ${kind}; remove the file, it is made again`)
    return value.map((item) => fromBase64(String(item)))
  }
  return { certs: list('certs'), ocsps: list('ocsps'), crls: list('crls') }
}
