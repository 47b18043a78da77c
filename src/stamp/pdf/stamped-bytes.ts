import type { Primitives } from '../../base/primitives.ts'
import { stampPicture } from '../picture/picture.ts'
import { stampSidePoints, type Recipe } from '../recipe.ts'
import type { PdfDocument } from './document.ts'
import { writeStore } from './embed.ts'
import { PdfProblem } from './objects.ts'
import { writeUnsealed } from './place.ts'

/** What decides how much a signer adds: room for the CMS, and the lengths of the validation data, in bytes. */
export type SignerBytes = {
  contents: number
  certs: readonly number[]
  ocsps: readonly number[]
  crls: readonly number[]
}

/** Of the P-256 signer that every installation begins with (`npm run bench:stamp` prints the others). */
export const usualSigner: SignerBytes = {
  contents: 4608,
  certs: [642, 619, 627, 618, 549],
  ocsps: [917, 916],
  crls: [308],
}

/** What differs from stamp to stamp: the QR's modules, the words of reason and place, a certificate's name, the page. */
const slackBytes = 2048

/** A recipe as long as a real one: the serial number and the address of the check are what the picture grows with. */
function standIn(document: PdfDocument, page: number, signer: SignerBytes): Recipe {
  const serial = 'W'.repeat(22)
  const side = stampSidePoints.usual
  return {
    format: 1,
    pictureVersion: 1,
    artworkSha256: null,
    sourceSha256: '0'.repeat(64),
    sourceLength: document.bytes.length,
    placement: { page, left: 0, bottom: 0, width: side, height: side, unit: 'pt' },
    documentType: 'surat-pernyataan',
    reason: `[${serial}] Surat Pernyataan`,
    location: 'Jakarta',
    serial,
    checkUrl: `https://meterai.example/cek/${serial}`,
    specimen: true,
    signedAt: '2020-01-01T00:00:00Z',
    seed: '00'.repeat(32),
    signerKeyId: '',
    contentsBytes: signer.contents,
    profile: 'B-LT',
  }
}

function addedBytes(
  document: PdfDocument,
  recipe: Recipe,
  of: { signer: SignerBytes; primitives: Primitives },
): number {
  const { signer, primitives } = of
  const { written, plan } = writeUnsealed(document, { recipe, picture: stampPicture(recipe), primitives })
  const { tail, contentsAt } = written
  const { sourceLength, contentsBytes } = recipe
  const prepared = { sourceLength, tail, byteRange: [0, 0, 0, 0], digest: '', contentsAt, contentsBytes } as const
  const blank = (lengths: readonly number[]) => lengths.map((length) => new Uint8Array(length))
  const validation = { certs: blank(signer.certs), ocsps: blank(signer.ocsps), crls: blank(signer.crls) }
  const store = writeStore({ document, recipe, plan, prepared, primitives }, new Uint8Array(0), validation)
  return tail.length + store.length + slackBytes
}

/**
 * How long the stamped copy will be, found by writing it with zeros: never less than it is, some 1,000 bytes more. On the
 * last page, or the first where that takes no stamp. Throws PdfProblem where neither does.
 */
export function stampedBytes(document: PdfDocument, primitives: Primitives, signer = usualSigner): number {
  const on = (page: number) => addedBytes(document, standIn(document, page, signer), { signer, primitives })
  const pages = document.pages().length
  try {
    return document.bytes.length + on(pages)
  } catch (cause) {
    if (!(cause instanceof PdfProblem) || cause.refusal.code === 'too_complex') throw cause
    return document.bytes.length + on(1)
  }
}
