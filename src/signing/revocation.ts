import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64, toBase64 } from '../base/bytes.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { signedSequence } from '../stamp/cms/algorithms.ts'
import { emptyCrl } from '../stamp/cms/crl.ts'
import { ocspGood, ocspResponse } from '../stamp/cms/ocsp.ts'
import type { ValidationData } from '../stamp/recipe.ts'
import type { Authority } from './authority.ts'
import type { Holder } from './certificates.ts'
import { readIfThere, syncFolder, systemCodeOf, writeDurably } from './durable-files.ts'
import { signWith } from './keys.ts'

/** OCSP answers and CRLs hold this long ... */
const validMilliseconds = 7 * 86_400_000
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
  const tbs = emptyCrl({
    issuer: root.certificate,
    keyAlgorithm: root.key.algorithm,
    number: BigInt(now.getTime()),
    ...times,
  })
  return {
    certs: [stamp, timestamp, ocsp, issuing, root].map(({ certificate }) => certificate.der),
    ocsps: [await good(stamp), await good(timestamp)],
    crls: [signedSequence(tbs, root.key.algorithm, await signWith(root.key, tbs))],
  }
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
