import type { Primitives } from '../../base/primitives.ts'
import type { DocumentRefusal, Refusal } from '../../errors.ts'
import { pdfBytesMax } from '../../limits/stamping.ts'
import { stampSidePoints, type Placement } from '../recipe.ts'
import { openDocument, type PdfDocument } from './document.ts'
import type { EncryptionKind } from './encryption.ts'
import {
  certificationLevel,
  forbidsChanges,
  formOf,
  readFields,
  redrawing,
  signedFields,
  type Field,
  type Widget,
} from './form.ts'
import { isArray, isDict, isRef, PdfProblem } from './objects.ts'
import { boxOf, type Page } from './pages.ts'
import { overlap, placementBox, seenBoxOf, seenSize, type SeenBox } from './placement.ts'

/** What a person should know before stamping; none of it forbids it. */
export const documentWarnings = [
  /** The file was damaged; the stamped copy carries a cross-reference that repairs it. */
  'repaired',
  /** The file carries a stamp already. */
  'stamped_already',
  /** Some readers redraw this form and do not show the stamp's picture. */
  'need_appearances',
  /** The form has an XFA twin, which some readers show instead. */
  'xfa_form',
  /** The document has layers: what shows on its pages can be switched on and off later. */
  'switchable_content',
] as const
export type DocumentWarning = (typeof documentWarnings)[number]

/** A signature that is there already: whether it holds, or `unchecked` where nobody verified it or could. */
export type HeldSignature = { fieldName: string; state: 'intact' | 'changed' | 'broken' | 'unchecked' }

/** What stamping needs to know about a document. Sizes are of the page as seen, in points. */
export type DocumentFacts = {
  version: string
  pages: { width: number; height: number; rotation: 0 | 90 | 180 | 270; userUnit: number }[]
  /** Undefined for a file that is not encrypted. */
  encryption?: EncryptionKind
  /** What a certifying signature lets others do: 2 fill in and sign, 3 also annotate; undefined without one. */
  certification?: 2 | 3
  /** Of signed fields, the last one signed at the end. */
  signatures: HeldSignature[]
  /** Of fields named as ours and signed; says nothing about who signed. */
  stamps: { serial: string }[]
  /** Where signatures show, on the page as seen in points. */
  signatureBoxes: (SeenBox & { page: number })[]
  warnings: DocumentWarning[]
}

/** Half a hundredth of a millimetre is no difference: boxes in mm come out a hair smaller or larger. */
export const tolerancePoints = 0.01

function hundredths(points: number): number {
  return Math.round(points * 100) / 100
}

/** The page a widget shows on: by its /P, else by the page that lists it. Undefined when no page does. */
function pageOfWidget(document: PdfDocument, widget: Widget): Page | undefined {
  const pages = document.pages()
  const named = widget.dict.entries.get('P')
  const byName = isRef(named) ? pages.find((page) => page.ref?.number === named.number) : undefined
  if (byName !== undefined || widget.ref === undefined) return byName
  const { number } = widget.ref
  return pages.find((page) => {
    const annotations = document.lookup(page.dict, 'Annots')
    if (isArray(annotations)) document.effort.visit(annotations.items.length)
    return isArray(annotations) && annotations.items.some((item) => isRef(item) && item.number === number)
  })
}

function signatureBoxes(document: PdfDocument, signed: readonly Field[]): DocumentFacts['signatureBoxes'] {
  return signed.flatMap((field) =>
    field.widgets.flatMap((widget) => {
      const rect = boxOf(document, widget.dict.entries.get('Rect'))
      const page = rect === undefined ? undefined : pageOfWidget(document, widget)
      if (rect === undefined || page === undefined) return []
      return [{ page: document.pages().indexOf(page) + 1, ...seenBoxOf(page, rect) }]
    }),
  )
}

function hasLayers(document: PdfDocument): boolean {
  const layers = document.lookup(document.catalog(), 'OCProperties')
  const groups = isDict(layers) ? document.lookup(layers, 'OCGs') : null
  return isArray(groups) && groups.items.length > 0
}

/** Reads the facts of an opened document. Throws PdfProblem where it cannot be stamped. */
export function readFacts(document: PdfDocument): DocumentFacts {
  const pages = document.pages()
  if (pages.length === 0) throw new PdfProblem('structure_damaged', 'the document has no pages')
  const fields = readFields(document)
  const signed = signedFields(fields)
  // a rebuilt cross-reference is a guess, and no guess may stand under somebody's signature
  if (document.repaired && signed.length > 0) throw new PdfProblem('structure_damaged', 'a signed document is damaged')
  if (forbidsChanges(document, signed)) throw new PdfProblem('certified_no_changes', 'a signature forbids changes')
  const certification = certificationLevel(document)
  const form = formOf(document)
  const xfa = form !== undefined && document.lookup(form, 'XFA') !== null
  if (xfa && document.lookup(document.catalog(), 'NeedsRendering') === true)
    throw new PdfProblem('xfa_dynamic', 'the form is dynamic XFA')
  const stamps = signed.flatMap(({ name }) => {
    const serial = /^Emet([0-9A-Z]{22})$/.exec(name)?.[1]
    return serial === undefined ? [] : [{ serial }]
  })
  const found: Record<DocumentWarning, boolean> = {
    repaired: document.repaired,
    stamped_already: stamps.length > 0,
    need_appearances: redrawing(document, fields) === 'hides',
    xfa_form: xfa,
    switchable_content: hasLayers(document),
  }
  return {
    version: document.version,
    pages: pages.map((page) => {
      const { width, height } = seenSize(page)
      return { width, height, rotation: page.rotation, userUnit: page.userUnit }
    }),
    ...(document.encryption === undefined ? {} : { encryption: document.encryption.kind }),
    ...(certification === 2 || certification === 3 ? { certification } : {}),
    signatures: signed.map(({ name }) => ({ fieldName: name, state: 'unchecked' })),
    stamps,
    signatureBoxes: signatureBoxes(document, signed),
    warnings: documentWarnings.filter((warning) => found[warning]),
  }
}

/** Runs a step of reading; what the reader throws about the document comes back as the refusal it is. */
export function refusing<Value>(
  step: () => Value,
): { ok: true; value: Value } | { ok: false; refusal: Refusal<DocumentRefusal> } {
  try {
    return { ok: true, value: step() }
  } catch (cause) {
    if (cause instanceof PdfProblem) return { ok: false, refusal: cause.refusal }
    throw cause
  }
}

/** Opens within the size we stamp. Refusals as `openDocument`, and file_too_large. */
export function openForStamping(bytes: Uint8Array, primitives: Primitives, password: string | undefined) {
  if (bytes.length > pdfBytesMax) {
    return {
      ok: false,
      refusal: { code: 'file_too_large', values: { bytes: bytes.length, max: pdfBytesMax } },
    } as const
  }
  return openDocument(bytes, primitives, { password })
}

/** Why the stamp cannot stand there: page_out_of_range, box_too_small, box_outside_page or box_over_signature. */
export function checkPlacement(document: DocumentFacts, placement: Placement): Refusal<DocumentRefusal> | undefined {
  const pages = document.pages.length
  const page = document.pages[placement.page - 1]
  if (page === undefined) return { code: 'page_out_of_range', values: { page: placement.page, pages } }
  const box = placementBox(placement)
  const side = Math.min(box.width, box.height)
  const smallest = Math.min(stampSidePoints.smallest, page.width, page.height)
  if (!(side >= smallest - tolerancePoints))
    return { code: 'box_too_small', values: { side: hundredths(side), smallest: hundredths(smallest) } }
  const inside =
    box.left >= -tolerancePoints &&
    box.bottom >= -tolerancePoints &&
    box.left + box.width <= page.width + tolerancePoints &&
    box.bottom + box.height <= page.height + tolerancePoints
  if (!inside)
    return { code: 'box_outside_page', values: { page: placement.page, width: page.width, height: page.height } }
  const covered = document.signatureBoxes.some((other) => other.page === placement.page && overlap(box, other))
  return covered ? { code: 'box_over_signature', values: { page: placement.page } } : undefined
}
