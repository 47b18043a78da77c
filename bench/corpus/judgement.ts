import { openSync, readSync, closeSync, writeFileSync, readFileSync } from 'node:fs'
import { changedOutside, differenceWithin, type Image, type PixelBox } from './image.ts'
import { drawPage, judgeSignatures, judgeStructure, type SeenSignature } from './judges.ts'
import type { StampingResult } from './stamping-messages.ts'

export type Stamped = Extract<StampingResult, { kind: 'stamped' }>

/** Where the files of one stamping lie; `cut` is written here: the stamped file as far as its signature covers it. */
export type Paths = { original: string; stamped: string; blank: string; cut: string }

/** What the outside judges hold against a stamped file, and what they could not judge. */
export type Judgement = { problems: string[]; unjudged: string[] }

/** Stamps drawn over different paper differ by rounding; a stamp against an empty box differs by 60 and more. */
const sameStampMean = 30
/** At least one pixel a point, and no page larger than some 10 million pixels. */
const pixelsMin = 800
const pixelsMax = 3_200
/** How often a page is drawn again before what differs is called a change. */
const redrawings = 5

export async function judge(paths: Paths, stamped: Stamped): Promise<Judgement> {
  const judgement: Judgement = { problems: [], unjudged: [] }
  judgePrefix(paths, stamped, judgement)
  await judgeFileStructure(paths, judgement)
  await judgeAllSignatures(paths, stamped, judgement)
  await judgeDrawing(paths, stamped, judgement)
  return judgement
}

function judgePrefix(paths: Paths, stamped: Stamped, { problems }: Judgement): void {
  const original = readFileSync(paths.original)
  const file = openSync(paths.stamped, 'r')
  const head = Buffer.alloc(stamped.signedEnd)
  readSync(file, head, 0, head.length, 0)
  closeSync(file)
  if (original.compare(head, 0, original.length) !== 0) problems.push('the original is not a prefix')
  writeFileSync(paths.cut, head)
}

async function judgeFileStructure(paths: Paths, { problems }: Judgement): Promise<void> {
  const before = await judgeStructure(paths.original)
  const after = await judgeStructure(paths.stamped)
  const added = [...after.complaints].filter((complaint) => !before.complaints.has(complaint))
  // of a file that was refused before, what it says afterwards is news and no loss
  if (after.rank > before.rank || (before.rank < 2 && added.length > 0))
    problems.push(`qpdf finds more: ${added[0] ?? 'a worse status'}`)
}

async function judgeAllSignatures(paths: Paths, stamped: Stamped, judgement: Judgement): Promise<void> {
  const before = await judgeSignatures(paths.original)
  const cut = await judgeSignatures(paths.cut)
  const after = await judgeSignatures(paths.stamped)
  const { problems, unjudged } = judgement
  if (cut === undefined || after === undefined) {
    if (before === undefined) unjudged.push('pdfsig cannot open the original')
    else problems.push('pdfsig cannot open the stamped file')
    return
  }
  const own = (list: readonly SeenSignature[]) => list.filter(({ field }) => field.startsWith('Emet')).at(-1)
  if (own(cut)?.isTotal !== true) problems.push('pdfsig: the stamp does not cover the whole file')
  if (own(cut)?.isValid !== true || own(after)?.isValid !== true) problems.push('pdfsig: the signature is not valid')
  const earlier = (before ?? []).filter(({ isValid }) => isValid).map(({ field }) => field)
  const still = after.filter(({ isValid }) => isValid).map(({ field }) => field)
  const lost = earlier.filter((field) => !still.includes(field))
  if (lost.length > 0) problems.push(`pdfsig: earlier signatures are no longer valid: ${lost.join(', ')}`)
  if (after.length < (before ?? []).length + 1) problems.push('pdfsig: a signature is missing')
}

async function judgeDrawing(paths: Paths, stamped: Stamped, { problems, unjudged }: Judgement): Promise<void> {
  const { page, box } = stamped
  const longer = Math.round(Math.min(pixelsMax, Math.max(pixelsMin, page.width, page.height)))
  const before = await drawPage(paths.original, longer)
  const after = await drawPage(paths.stamped, longer)
  const blank = await drawPage(paths.blank, longer)
  if (blank === undefined) throw new Error('pdftoppm did not draw the blank page')
  if (after === undefined) {
    if (before === undefined) unjudged.push('pdftoppm does not draw the original')
    else problems.push('pdftoppm does not draw the stamped file')
    return
  }
  const [across, down] = [after.width / page.width, after.height / page.height]
  const pixelBox: PixelBox = {
    left: box.left * across,
    right: (box.left + box.width) * across,
    top: (page.height - box.bottom - box.height) * down,
    bottom: (page.height - box.bottom) * down,
  }
  if (Math.abs(blank.width - after.width) > 2 || Math.abs(blank.height - after.height) > 2)
    problems.push(`the page is drawn ${after.width} by ${after.height}, not ${blank.width} by ${blank.height}`)
  const apart = differenceWithin(after, blank, pixelBox)
  if (apart > sameStampMean) problems.push(`the stamp is not seen in its box (difference ${apart.toFixed(0)})`)
  if (before === undefined) {
    unjudged.push('pdftoppm does not draw the original')
    return
  }
  const outside = changedOutside(before, after, pixelBox)
  if (outside > 0 && !(await isDrawnOtherwise(paths.original, { longer, after, pixelBox })))
    problems.push(`${outside} pixels outside the box changed`)
}

/** pdftoppm draws some fonts now so, now otherwise; whether one more drawing of the original is as the stamped file's. */
async function isDrawnOtherwise(
  original: string,
  { longer, after, pixelBox }: { longer: number; after: Image; pixelBox: PixelBox },
): Promise<boolean> {
  for (let again = 0; again < redrawings; again++) {
    const drawn = await drawPage(original, longer)
    if (drawn !== undefined && changedOutside(drawn, after, pixelBox) === 0) return true
  }
  return false
}
