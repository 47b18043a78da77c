import { isArray, isDict, isRef, nameOf, type PdfDict, type PdfObject } from '../pdf/objects.ts'
import { boxOf, type Box, type Page } from '../pdf/pages.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { sameEntries } from './same-value.ts'
import type { Step } from './step.ts'

/** Every page that the update touched may only have gained the new signature's widget, clear of earlier signatures. */
export function comparePages(step: Step, widgets: ReadonlySet<number>): void {
  for (const page of step.before.pages()) {
    const annots = page.dict.entries.get('Annots')
    const touched = page.ref !== undefined && step.changed.has(page.ref.number)
    const arrayTouched = isRef(annots) && step.changed.has(annots.number)
    if (touched || arrayTouched) comparePage(step, page, widgets)
  }
}

function comparePage(step: Step, page: Page, widgets: ReadonlySet<number>): void {
  const now = page.ref === undefined ? page.dict : step.after.resolve(page.ref)
  if (!isDict(now) || !sameEntries(page.dict, now, ['Annots'])) {
    step.reasons.add('page_changed')
    return
  }
  const gained = step.appended(page.dict.entries.get('Annots'), now.entries.get('Annots'))
  if (gained === undefined || !gained.every((item) => isRef(item) && widgets.has(item.number))) {
    step.reasons.add('annotation_unexpected')
    return
  }
  step.allow(page.ref)
  const earlier = signatureBoxes(step.before, page.dict)
  const covered = gained.some((item) => {
    const box = widgetBox(step.after, item)
    return box !== undefined && earlier.some((other) => overlaps(box, other))
  })
  if (covered) step.reasons.add('stamp_covered')
}

function signatureBoxes(document: PdfDocument, page: PdfDict): Box[] {
  const annots = document.lookup(page, 'Annots')
  if (!isArray(annots)) return []
  return annots.items.flatMap((item) => {
    const dict = document.resolve(item)
    const box = isDict(dict) && isSignatureWidget(document, dict) ? boxOf(document, dict.entries.get('Rect')) : undefined
    return box === undefined ? [] : [box]
  })
}

function isSignatureWidget(document: PdfDocument, dict: PdfDict): boolean {
  const parent = document.lookup(dict, 'Parent')
  const own = nameOf(document.lookup(dict, 'FT'))
  return (own ?? (isDict(parent) ? nameOf(document.lookup(parent, 'FT')) : undefined)) === 'Sig'
}

function widgetBox(document: PdfDocument, widget: PdfObject): Box | undefined {
  const dict = document.resolve(widget)
  return isDict(dict) ? boxOf(document, dict.entries.get('Rect')) : undefined
}

/** True when the inside of both shares a point; touching edges do not. */
function overlaps(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
