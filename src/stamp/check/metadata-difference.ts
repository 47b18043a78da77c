import { textOf } from '../pdf/form.ts'
import { isDict, isRef, isStream, latin1Text, nameOf, type PdfDict, type PdfObject } from '../pdf/objects.ts'
import { trailerNumber } from './references.ts'
import { sameValue } from './same-value.ts'
import type { Step } from './step.ts'

/** What a reader shows of a document's description (ISO 32000-1 14.3.3); programs and dates change with every saving. */
const shownKeys = ['Title', 'Author', 'Subject', 'Keywords'] as const
/** The same in XMP (ISO 16684-1). */
const shownElements = ['dc:title', 'dc:creator', 'dc:description', 'dc:subject', 'pdf:Keywords'] as const

/** Allows a new saving's /Info: other dates and programs, the same title, author, subject and keywords. */
export function compareDescriptions(step: Step): void {
  const [oldRef, newRef] = [step.before.trailer.entries.get('Info'), step.after.trailer.entries.get('Info')]
  const [old, now] = [step.before.resolve(oldRef), step.after.resolve(newRef)]
  const isSame = sameValue(oldRef ?? null, newRef ?? null)
  if (isSame && !(isRef(newRef) && step.changed.has(newRef.number))) return
  const isShownAlike =
    isDict(now) &&
    now.repeated.length === 0 &&
    [...now.entries.values()].every((value) => !isDict(step.after.resolve(value))) &&
    shownKeys.every((key) => described(step, old, now, key))
  const isNew = isRef(newRef) && step.added.has(newRef.number)
  if (!isRef(newRef) || !isShownAlike) {
    if (!isSame) step.reasons.add('trailer_changed')
  } else if (isNew) step.use(newRef)
  else if (isSame && step.isOnlyReferredBy(newRef.number, trailerNumber)) step.allow(newRef)
  else if (!isSame) step.reasons.add('trailer_changed')
}

function described(step: Step, old: PdfObject, now: PdfDict, key: string): boolean {
  const before = isDict(old) ? textOf(step.before.lookup(old, key)) : undefined
  return (before ?? '') === (textOf(step.after.lookup(now, key)) ?? '')
}

/** True when the catalog's /Metadata is as it was but for what a new saving changes; allows that. */
export function metadataMay(step: Step, rootNumber: number | undefined): boolean {
  const oldRef = step.before.catalog().entries.get('Metadata')
  const newRef = step.after.catalog().entries.get('Metadata')
  const [old, now] = [step.before.resolve(oldRef), step.after.resolve(newRef)]
  const isSame = sameValue(oldRef ?? null, newRef ?? null)
  if (isSame && !(isRef(newRef) && step.changed.has(newRef.number))) return true
  if (!isStream(now) || !isRef(newRef) || nameOf(step.after.lookup(now.dict, 'Subtype')) !== 'XML') return false
  const shown = shownIn(latin1Text(step.after.decodeStream(now)))
  const known = isStream(old)
    ? shownIn(latin1Text(step.before.decodeStream(old)))
    : shown.map((text) => (infoText(step).includes(text) ? text : undefined))
  if (shown.some((text, i) => text !== known[i])) return false
  if (step.added.has(newRef.number)) step.use(newRef)
  else if (isSame && step.isOnlyReferredBy(newRef.number, rootNumber)) step.allow(newRef)
  else return false
  return true
}

/** Each element's or attribute's text without tags and spaces; empty where it is not there. */
function shownIn(xml: string): string[] {
  return shownElements.map((name) =>
    [...textsBetween(xml, `<${name}`, `</${name}>`), ...textsBetween(xml, `${name}="`, '"')]
      .map((text) => text.replace(/^[^<>]*>|<[^<>]*>|\s/g, ''))
      .join(''),
  )
}

/** By searching and not by a pattern: one that looks for an end from every start would take for ever where there is none. */
function textsBetween(text: string, start: string, end: string): string[] {
  const found: string[] = []
  for (let from = text.indexOf(start); from >= 0;) {
    const inside = from + start.length
    const to = text.indexOf(end, inside)
    if (to < 0) break
    found.push(text.slice(inside, to))
    from = text.indexOf(start, to)
  }
  return found
}

function infoText(step: Step): string {
  const info = step.before.resolve(step.before.trailer.entries.get('Info'))
  const texts = isDict(info) ? shownKeys.map((key) => textOf(step.before.lookup(info, key)) ?? '') : []
  return texts.join(' ').replace(/\s/g, '')
}
