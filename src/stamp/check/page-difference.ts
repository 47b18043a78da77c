import { isArray, isDict, isRef, nameOf, type PdfDict, type PdfObject } from '../pdf/objects.ts'
import { boxOf, type Box, type Page } from '../pdf/pages.ts'
import type { PdfDocument } from '../pdf/document.ts'
import type { NewWidgets } from './form-difference.ts'
import { sameEntries, sameValue } from './same-value.ts'
import type { Step } from './step.ts'

/** Every page that the update touched may only have gained the new signature's widget, clear of earlier signatures. */
export function comparePages(step: Step, widgets: NewWidgets): void {
  for (const page of step.before.pages()) {
    const annots = page.dict.entries.get('Annots')
    const isTouched = page.ref !== undefined && step.changed.has(page.ref.number)
    const gained =
      isTouched || (isRef(annots) && step.changed.has(annots.number)) ? gainedBy(step, page, widgets.added) : []
    proveClear(step, page, [
      ...gained,
      ...(widgets.filled.size === 0
        ? []
        : annotsOf(step.before, page.dict).filter((item) => isAmong(item, widgets.filled))),
    ])
  }
}

/** The annotations a touched page gained at the end of its list; anything else that happened to it is a reason. */
function gainedBy(step: Step, page: Page, added: ReadonlySet<number>): readonly PdfObject[] {
  const now = page.ref === undefined ? page.dict : step.after.resolve(page.ref)
  if (!isDict(now) || !sameEntries(page.dict, now, ['Annots', 'LastModified', 'Tabs'])) {
    step.reasons.add('page_changed')
    return []
  }
  const gained = step.appended(page.dict.entries.get('Annots'), now.entries.get('Annots'))
  if (gained === undefined || !gained.every((item) => isAmong(item, added) || takeNote(step, item))) {
    step.reasons.add('annotation_unexpected')
    return []
  }
  step.allow(page.ref)
  return gained
}

/** What a note, and the window it opens, may say: nothing that acts, and no drawing, which many notes could cover a page with. */
const noteKeys: ReadonlySet<string> = new Set(
  'Type Subtype Rect Contents RC NM M F C CA T Popup P Name Subj CreationDate Parent Open State StateModel IRT RT'.split(
    ' ',
  ),
)

/** True for a new note, which readers draw as an icon of their own. */
function takeNote(step: Step, item: PdfObject): boolean {
  const dict = step.after.resolve(item)
  if (!isRef(item) || !step.added.has(item.number) || !isDict(dict) || dict.repeated.length > 0) return false
  const kind = nameOf(step.after.lookup(dict, 'Subtype'))
  if ((kind !== 'Text' && kind !== 'Popup') || ![...dict.entries.keys()].every((key) => noteKeys.has(key))) return false
  step.deeds.push({ kind: 'noted' })
  step.use(item)
  return true
}

function isAmong(item: PdfObject, numbers: ReadonlySet<number>): boolean {
  return isRef(item) && numbers.has(item.number)
}

/** A new signature's picture must leave those of earlier ones to be seen. */
function proveClear(step: Step, page: Page, widgets: readonly PdfObject[]): void {
  if (widgets.length === 0) return
  const earlier = annotsOf(step.before, page.dict).filter((item) => !widgets.some((widget) => sameValue(widget, item)))
  const boxes = earlier.flatMap((item) => {
    const dict = step.before.resolve(item)
    const box =
      isDict(dict) && isSignatureWidget(step.before, dict) ? boxOf(step.before, dict.entries.get('Rect')) : undefined
    return box === undefined ? [] : [box]
  })
  const covers = widgets.some((widget) => {
    const box = widgetBox(step.after, widget)
    return box !== undefined && boxes.some((other) => overlaps(box, other))
  })
  if (covers) step.reasons.add('stamp_covered')
}

function annotsOf(document: PdfDocument, page: PdfDict): readonly PdfObject[] {
  const annots = document.lookup(page, 'Annots')
  return isArray(annots) ? annots.items : []
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
