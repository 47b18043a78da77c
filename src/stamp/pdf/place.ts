import { toHex } from '../../base/bytes.ts'
import type { Hash, Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import type { Recipe } from '../recipe.ts'
import type { PdfDocument } from './document.ts'
import { damaged, type PdfRef } from './objects.ts'
import type { Page } from './pages.ts'
import { boxText, pictureBox, placementBox, rectOf, uprightMatrix } from './placement.ts'
import { planStamp, type StampPlan } from './plan.ts'
import { checkPlacement, openForStamping, readFacts, refusing } from './document-facts.ts'
import { seedOf, type Seed } from './seed.ts'
import { refText, Splicer } from './splice.ts'
import { Update } from './update.ts'

/** A document with its stamp in place and room for the signature: the original and `tail` after it. */
export type Prepared = {
  /** Bytes of the original. */
  sourceLength: number
  /** What follows the original; /Contents is all zeros. */
  tail: Uint8Array
  /** Offsets in the whole file, as written in the signature. */
  byteRange: readonly [0, number, number, number]
  /** SHA-256 over the byte range, 64 lower-case hex. */
  digest: string
  /** Offset in `tail` of the first hex digit of /Contents. */
  contentsAt: number
  /** Room in /Contents; its hex is twice as long. */
  contentsBytes: number
}

export type Placed = { ok: true; prepared: Prepared } | { ok: false; refusal: Refusal<DocumentRefusal> }

/** Hashing in pieces keeps a native hash from copying a large file whole. */
const hashPieceBytes = 1024 * 1024

function hashPieces(hash: Hash, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += hashPieceBytes) hash.update(bytes.subarray(at, at + hashPieceBytes))
}

/** The hash of the recipe's original, open to go on with what follows it; or why these bytes are not that original. */
function hashOriginal(
  original: Uint8Array,
  recipe: Recipe,
  primitives: Primitives,
): { ok: true; hash: Hash } | { ok: false; refusal: Refusal<DocumentRefusal> } {
  if (original.length !== recipe.sourceLength) {
    const values = { bytes: original.length, expectedBytes: recipe.sourceLength }
    return { ok: false, refusal: { code: 'file_differs', values } }
  }
  const hash = primitives.hash('sha256')
  hashPieces(hash, original)
  const digest = toHex(hash.copy().digest())
  if (digest === recipe.sourceSha256) return { ok: true, hash }
  return { ok: false, refusal: { code: 'file_differs', values: { digest, expectedDigest: recipe.sourceSha256 } } }
}

/** The page that the recipe names. Throws PdfProblem when there is none: callers check placement before. */
export function pageOfRecipe(document: PdfDocument, recipe: Recipe): Page {
  const page = document.pages()[recipe.placement.page - 1]
  if (page === undefined) throw damaged(`page ${recipe.placement.page} is missing`)
  return page
}

/** Starts an update; an original that ends within a line gets its end of line first. */
function startUpdate(document: PdfDocument): Update {
  const update = new Update(document.bytes.length, document.base)
  const last = document.bytes.at(-1)
  if (last !== 10 && last !== 13) update.append('\n')
  return update
}

/** `[0 a b c]` is filled in later, so it gets the room of the largest: three numbers of ten digits. */
const byteRangeWidth = '[0 0000000000 0000000000 0000000000]'.length

function signatureText(recipe: Recipe, splicer: Splicer): { before: string; contents: string; after: string } {
  const time = `D:${recipe.signedAt.replaceAll(/[-:T]/g, '')}`
  return {
    before: `<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange${' '.repeat(byteRangeWidth)}/Contents<`,
    contents: '0'.repeat(recipe.contentsBytes * 2),
    after: `>/M${splicer.textString(time)}/Reason${splicer.textString(recipe.reason)}/Location${splicer.textString(recipe.location)}>>`,
  }
}

type Drawing = { document: PdfDocument; recipe: Recipe; page: Page; plan: StampPlan; seed: Seed }

function writeField(update: Update, drawing: Drawing): void {
  const { document, recipe, plan, seed } = drawing
  const splicer = new Splicer(plan.field, document.encryption, seed)
  const name = splicer.textString(`Emet${recipe.serial}`)
  const spoken = splicer.textString(`e-Meterai ${recipe.serial}`)
  // F 132: printed, and neither moved nor deleted by hand
  update.object(
    plan.field,
    `<</Type/Annot/Subtype/Widget/FT/Sig/T${name}/TU${spoken}/F 132${whereShown(drawing)}${inStructure(plan.structure?.field)}/V ${refText(plan.signature)}>>`,
  )
}

/** What field and twin have in common: page, place and picture. */
function whereShown({ recipe, page, plan }: Drawing): string {
  const onPage = page.ref === undefined ? '' : `/P ${refText(page.ref)}`
  const rect = boxText(rectOf(page, placementBox(recipe.placement)))
  return `${onPage}/Rect${rect}/AP<</N ${refText(plan.picture)}>>`
}

const inStructure = (key: number | undefined): string => (key === undefined ? '' : `/StructParent ${key}`)

function writeTwin(update: Update, twin: PdfRef, drawing: Drawing): void {
  const spoken = new Splicer(twin, drawing.document.encryption, drawing.seed).textString(
    `e-Meterai ${drawing.recipe.serial}`,
  )
  // F 196: as the field, and it answers to nothing
  update.object(
    twin,
    `<</Type/Annot/Subtype/Stamp/Contents${spoken}/F 196${whereShown(drawing)}${inStructure(drawing.plan.structure?.twin)}>>`,
  )
}

function writePicture(update: Update, drawing: Drawing, picture: Uint8Array): void {
  const { document, recipe, page, plan, seed } = drawing
  const box = boxText(pictureBox(placementBox(recipe.placement)))
  const keys = `/Type/XObject/Subtype/Form/FormType 1/BBox${box}/Matrix${uprightMatrix[page.rotation]}/Resources<<>>`
  const data = document.encryption?.encryptStream(picture, plan.picture, seed.vector(plan.picture.number, 0)) ?? picture
  update.stream(plan.picture, keys, data)
}

type Unsealed = { tail: Uint8Array; rangeAt: number; contentsAt: number }

function writeTail(drawing: Drawing, picture: Uint8Array): Unsealed {
  const { document, recipe, plan, seed } = drawing
  const update = startUpdate(document)
  const text = signatureText(recipe, new Splicer(plan.signature, document.encryption, seed))
  const at = update.object(plan.signature, text.before + text.contents + text.after) - update.start
  const contentsAt = at + text.before.length
  writeField(update, drawing)
  writePicture(update, drawing, picture)
  if (plan.twin !== undefined) writeTwin(update, plan.twin, drawing)
  for (const { ref, text: changed } of plan.changed) update.object(ref, changed)
  const { bytes } = update.finish({
    document,
    seed,
    previous: document.sections[0]?.offset,
    ...(document.repaired ? { carried: document.entries } : {}),
    nextNumber: plan.nextNumber,
  })
  return { tail: bytes, rangeAt: contentsAt - '/Contents<'.length - byteRangeWidth, contentsAt }
}

/** Fills in the byte range. `hash` has taken the original already: it is read once. */
function seal(hash: Hash, written: Unsealed, { sourceLength, contentsBytes }: Recipe): Prepared {
  const { tail, rangeAt, contentsAt } = written
  const gapStart = contentsAt - 1
  const gapEnd = contentsAt + contentsBytes * 2 + 1
  const byteRange = [0, sourceLength + gapStart, sourceLength + gapEnd, tail.length - gapEnd] as const
  const text = `[${byteRange.join(' ')}]`
  for (let i = 0; i < text.length; i++) tail[rangeAt + i] = text.charCodeAt(i)
  hash.update(tail.subarray(0, gapStart)).update(tail.subarray(gapEnd))
  return { sourceLength, tail, byteRange, digest: toHex(hash.digest()), contentsAt, contentsBytes }
}

/** The update with an empty byte range, and the plan it follows. Throws PdfProblem where the document does not take the stamp. */
export function writeUnsealed(
  document: PdfDocument,
  { recipe, picture, primitives }: { recipe: Recipe; picture: Uint8Array; primitives: Primitives },
): { written: Unsealed; plan: StampPlan } {
  const page = pageOfRecipe(document, recipe)
  const seed = seedOf(recipe.seed, 1, primitives)
  const plan = planStamp(document, page, seed)
  return { written: writeTail({ document, recipe, page, plan, seed }, picture), plan }
}

/**
 * Puts the stamp in its place: an incremental update with picture, field and an empty signature. A pure function of the
 * original and the recipe, the same bytes for ever; the original is neither changed nor copied. `picture` is the
 * content stream of the square 0..100. Checks that the original is the recipe's, that it can be stamped, and the placement.
 */
export function place(order: {
  original: Uint8Array
  recipe: Recipe
  picture: Uint8Array
  primitives: Primitives
  password?: string
}): Placed {
  const { original, recipe, picture, primitives, password } = order
  const hashed = hashOriginal(original, recipe, primitives)
  if (!hashed.ok) return hashed
  const opened = openForStamping(original, primitives, password)
  if (!opened.ok) return opened
  const { document } = opened
  const facts = refusing(() => readFacts(document))
  if (!facts.ok) return facts
  const refusal = checkPlacement(facts.value, recipe.placement)
  if (refusal !== undefined) return { ok: false, refusal }
  const written = refusing(() => writeUnsealed(document, { recipe, picture, primitives }).written)
  if (!written.ok) return written
  return { ok: true, prepared: seal(hashed.hash, written.value, recipe) }
}
