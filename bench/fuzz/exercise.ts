import { concatBytes, equalBytes, toHex } from '../../src/base/bytes.ts'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import type { Hash, VerifyPrimitives } from '../../src/base/primitives.ts'
import { documentRefusals } from '../../src/errors.ts'
import { check } from '../../src/stamp/check/check.ts'
import type { Trust } from '../../src/stamp/check/report.ts'
import { parseCertificate } from '../../src/stamp/cms/certificate.ts'
import { parseCrl } from '../../src/stamp/cms/crl.ts'
import { DerError } from '../../src/stamp/cms/der.ts'
import { parseOcspResponse } from '../../src/stamp/cms/ocsp.ts'
import { parseSignedData } from '../../src/stamp/cms/signed-data.ts'
import { parseTimestampRequest, parseTimestampResponse, parseTimestampToken } from '../../src/stamp/cms/timestamp.ts'
import { embed } from '../../src/stamp/pdf/embed.ts'
import { place } from '../../src/stamp/pdf/place.ts'
import { preflight } from '../../src/stamp/pdf/preflight.ts'
import { stampPicture } from '../../src/stamp/picture/picture.ts'
import { benchRecipe, benchSerial } from '../bench-recipe.ts'
import { chooseSpot } from '../corpus/spot.ts'

/** What the primitives had to do for one file: bytes hashed, encrypted and inflated, and signatures verified. */
export type Work = { bytes: number; inflated: number; verified: number }
/**
 * How much of it a file may cause: so many bytes for each of its own, and so many besides. The largest share is `check`
 * hashing up to each of 128 signatures; inflated, `documentInflatedMax` for each document opened from the file.
 */
const workMax = { bytesPerByte: 600, bytes: 512 * 1024 * 1024, inflated: 512 * 1024 * 1024, verified: 20_000 }

const serial = benchSerial(1)
const signer = { signerKeyId: 'fuzz', contentsBytes: 2048 }
const filler = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7) & 255)
const cms = filler(1500)
const validation = { certs: [filler(300)], ocsps: [filler(200)], crls: [filler(100)] }

/** Node's primitives, counting. */
function counting(work: Work): VerifyPrimitives {
  const counted = (hash: Hash): Hash => {
    const own: Hash = {
      update(bytes) {
        work.bytes += bytes.length
        hash.update(bytes)
        return own
      },
      copy: () => counted(hash.copy()),
      digest: () => hash.digest(),
    }
    return own
  }
  return {
    indexOf: (bytes, byte, from) => nodePrimitives.indexOf(bytes, byte, from),
    hash: (name) => counted(nodePrimitives.hash(name)),
    inflate(bytes, maxOutput) {
      const out = nodePrimitives.inflate(bytes, maxOutput)
      work.inflated += out.length
      return out
    },
    aesCbc(mode, key, iv, bytes, padding) {
      work.bytes += bytes.length
      return nodePrimitives.aesCbc(mode, key, iv, bytes, padding)
    },
    rc4(key, bytes) {
      work.bytes += bytes.length
      return nodePrimitives.rc4(key, bytes)
    },
    verify(spki, hash, message, signature, pss) {
      work.verified++
      return nodePrimitives.verify(spki, hash, message, signature, pss)
    },
  }
}

function proveRefusal(code: string): string {
  if (!documentRefusals.some((known) => known === code)) throw new Error(`refused as ${code}, which is not in the list`)
  return code
}

/** Stamps the file if it can be stamped; says how far it came. Throws where what was stamped cannot be read again. */
function stamp(original: Uint8Array, primitives: VerifyPrimitives): { outcome: string; stamped?: Uint8Array } {
  const read = preflight(original, primitives)
  if (!read.ok) return { outcome: proveRefusal(read.refusal.code) }
  const recipe = benchRecipe(original, signer, { serial, placement: chooseSpot(read.document) })
  const order = { original, recipe, primitives }
  const placed = place({ ...order, picture: stampPicture(recipe) })
  if (!placed.ok) return { outcome: proveRefusal(placed.refusal.code) }
  const { prepared } = placed
  const { tail } = embed({ ...order, prepared, cms, validation })
  const stamped = concatBytes([original, tail])
  const again = preflight(stamped, primitives)
  if (!again.ok) throw new Error(`stamped, but then refused: ${JSON.stringify(again.refusal)}`)
  if (again.document.signatures <= read.document.signatures)
    throw new Error('stamped, but the stamp is not in the form')
  return { outcome: 'stamped', stamped }
}

/** The same file, looked at again, tells the same. */
function proveRepeats(bytes: Uint8Array, first: { stamped?: Uint8Array }, primitives: VerifyPrimitives): void {
  const { stamped } = stamp(bytes, primitives)
  const isSame =
    first.stamped === undefined ? stamped === undefined : stamped !== undefined && equalBytes(first.stamped, stamped)
  if (!isSame) throw new Error('stamped twice, with different bytes')
}

/**
 * Runs a file through preflight, place, embed and check. Throws on whatever ought not to happen: an exception, a refusal that
 * is not in the list, an unreadable result, more work than its bound.
 */
export function exercisePdf(bytes: Uint8Array, trust: Trust): { outcome: string; work: Work } {
  const work: Work = { bytes: 0, inflated: 0, verified: 0 }
  const primitives = counting(work)
  const before = toHex(nodePrimitives.hash('sha256').update(bytes).digest())
  const found = stamp(bytes, primitives)
  if (bytes.length % 16 === 0) proveRepeats(bytes, found, primitives)
  const { signatures } = check(bytes, trust, primitives)
  if (found.stamped !== undefined) check(found.stamped, trust, primitives)
  if (toHex(nodePrimitives.hash('sha256').update(bytes).digest()) !== before)
    throw new Error('the file itself was changed')
  proveWork(work, bytes.length)
  const intact = signatures.filter(({ integrity }) => integrity === 'intact').length
  return {
    outcome:
      signatures.length === 0 ? found.outcome : `${found.outcome}, ${intact > 0 ? 'some' : 'no'} signature intact`,
    work,
  }
}

function proveWork(work: Work, length: number): void {
  if (work.bytes > workMax.bytes + length * workMax.bytesPerByte)
    throw new Error(`${work.bytes} bytes hashed or decrypted`)
  if (work.inflated > workMax.inflated) throw new Error(`${work.inflated} bytes inflated`)
  if (work.verified > workMax.verified) throw new Error(`${work.verified} signatures verified`)
}

const derReaders = [
  parseSignedData,
  parseCertificate,
  parseOcspResponse,
  parseCrl,
  parseTimestampToken,
  parseTimestampRequest,
  parseTimestampResponse,
]

/** Runs bytes through every DER reader. Throws what they throw, DerError apart. */
export function exerciseDer(bytes: Uint8Array): { outcome: string } {
  let read = 0
  for (const parse of derReaders) {
    try {
      parse(bytes)
      read++
    } catch (cause) {
      if (!(cause instanceof DerError)) throw cause
    }
  }
  return { outcome: read > 0 ? 'DER read' : 'DER refused' }
}
