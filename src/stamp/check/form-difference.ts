import type { PdfDocument } from '../pdf/document.ts'
import { textOf } from '../pdf/form.ts'
import { isArray, isDict, isRef, nameOf, type PdfDict, type PdfObject } from '../pdf/objects.ts'
import { boxOf, type Box } from '../pdf/pages.ts'
import { filledFields, isDrawnWhole } from './filled-fields.ts'
import { sameEntries, sameValue } from './same-value.ts'
import type { SignedBy, Step } from './step.ts'

/** What a new signature field with its widget may say: nothing that acts, hides or calculates (no /A, /AA, /OC). */
const fieldKeys: ReadonlySet<string> = new Set([
  'Type',
  'Subtype',
  'FT',
  'T',
  'TU',
  'TM',
  'Ff',
  'F',
  'P',
  'Parent',
  'Kids',
  'Rect',
  'AP',
  'AS',
  'V',
  'MK',
  'DA',
  'DR',
  'Q',
  'Border',
  'BS',
  'H',
  'M',
  'NM',
  'Lock',
  'SV',
  'StructParent',
  'Contents',
  'C',
])

/** What signing adds to a field that stood empty. The rectangle and the page stay. */
const signingKeys = ['V', 'AP', 'AS', 'F', 'M', 'MK', 'DA', 'DR', 'Type', 'P'] as const

/** Keys of the form that signing changes, and the defaults that signers add to. */
const formKeys: readonly string[] = ['Fields', 'SigFlags', 'NeedAppearances']
const defaultKeys: readonly string[] = ['DA', 'DR']

/** Numbers of the widgets that an update brought, and of those of fields that stood empty and were signed or filled in. */
export type NewWidgets = { added: ReadonlySet<number>; filled: ReadonlySet<number> }

/** Whose sound signature a field carries, where one covers the file up to the update's end. */
export type SignedFields = (fieldNumber: number) => SignedBy | undefined

/** What the update did to the form, or undefined where that is more than an update may. */
export function compareForms(step: Step, signedBy: SignedFields): NewWidgets | undefined {
  const oldValue = step.before.catalog().entries.get('AcroForm')
  const newValue = step.after.catalog().entries.get('AcroForm')
  const old = step.before.resolve(oldValue)
  const now = step.after.resolve(newValue)
  if (now === null && old === null) return { added: new Set(), filled: new Set() }
  if (!isDict(now) || !(isDict(old) || old === null)) return undefined
  if (!formEntriesMay(step, old ?? undefined, now)) return undefined
  if (isRef(newValue) && sameValue(oldValue, newValue)) step.allow(newValue)
  if (old === null || !sameValue(oldValue, newValue)) step.use(newValue)
  const fields = step.appended(old?.entries.get('Fields'), now.entries.get('Fields'))
  if (fields === undefined) return undefined
  const widgets = new Set<number>()
  for (const field of fields) {
    const found = newFieldWidgets(step, field, signedBy)
    if (found === undefined) return undefined
    for (const number of found) widgets.add(number)
  }
  const signed = signedFields(step, signedBy)
  const filled = filledFields(step)
  return signed === undefined || filled === undefined
    ? undefined
    : { added: widgets, filled: new Set([...signed, ...filled]) }
}

function formEntriesMay(step: Step, old: PdfDict | undefined, now: PdfDict): boolean {
  // a form that draws its fields anew may draw them otherwise than they were when signed
  const wasRedrawn = old !== undefined && step.before.lookup(old, 'NeedAppearances') === true
  if (step.after.lookup(now, 'NeedAppearances') === true && !wasRedrawn) return false
  if (old === undefined) return [...now.entries.keys()].every((key) => [...formKeys, ...defaultKeys].includes(key))
  if (sameEntries(old, now, formKeys)) return true
  return (
    !wasRedrawn &&
    isDrawnWhole(step) &&
    sameEntries(old, now, [...formKeys, ...defaultKeys]) &&
    defaultsMay(step, old, now)
  )
}

/**
 * Signers add the fonts they use to the form's defaults; a font that is there already stays, since what is typed later will be
 * drawn with it. Other resources may be exchanged: nothing looks them up.
 */
function defaultsMay(step: Step, old: PdfDict, now: PdfDict): boolean {
  const hasText = old.entries.has('DA')
  if (hasText && !sameValue(old.entries.get('DA'), now.entries.get('DA'))) return false
  const [oldRef, newRef] = [old.entries.get('DR'), now.entries.get('DR')]
  const fontsOf = (document: PdfDocument, resources: PdfObject) =>
    isDict(resources) ? document.lookup(resources, 'Font') : null
  const fonts = fontsOf(step.before, step.before.resolve(oldRef))
  const fontsNow = fontsOf(step.after, step.after.resolve(newRef))
  if (isRef(newRef) && sameValue(oldRef, newRef)) step.allow(newRef)
  step.use(newRef)
  if (!isDict(fonts)) return true
  return isDict(fontsNow) && [...fonts.entries].every(([name, font]) => sameValue(font, fontsNow.entries.get(name)))
}

/**
 * Widgets of a field that may be new, under a name of its own: a signature, signed by the very update that brings it, or
 * a place for one that stands empty and shows nothing.
 */
function newFieldWidgets(step: Step, field: PdfObject, signedBy: SignedFields): number[] | undefined {
  if (!isRef(field) || !step.added.has(field.number)) return undefined
  const dict = step.after.resolve(field)
  if (!isDict(dict) || !isPlainField(dict) || nameOf(step.after.lookup(dict, 'FT')) !== 'Sig') return undefined
  const isEmpty = ['V', 'AP', 'MK', 'Kids'].every((key) => !dict.entries.has(key))
  const by = isEmpty ? 'nobody' : signedBy(field.number)
  if (by === undefined) return undefined
  const name = textOf(step.after.lookup(dict, 'T')) ?? ''
  step.after.effort.visit(step.fieldsBefore.length)
  if (name === '' || name.includes('.') || step.fieldsBefore.some((known) => known.name.split('.')[0] === name))
    return undefined
  step.use(field)
  const kids = step.after.lookup(dict, 'Kids')
  const widgets = kids === null ? [field] : isArray(kids) ? kids.items : []
  const isShown = widgets.some((widget) => boxIn(step, widget) !== undefined)
  step.deeds.push({ kind: 'signed', field: name, by, isNewlyShown: isShown })
  if (kids === null) return nameOf(step.after.lookup(dict, 'Subtype')) === 'Widget' ? [field.number] : []
  const numbers = isArray(kids)
    ? kids.items.map((kid) => (isRef(kid) && isNewWidget(step, kid, field.number) ? kid.number : undefined))
    : [undefined]
  return numbers.some((number) => number === undefined) ? undefined : numbers.filter((number) => number !== undefined)
}

function boxIn(step: Step, widget: PdfObject): Box | undefined {
  const dict = step.after.resolve(widget)
  return isDict(dict) ? boxOf(step.after, dict.entries.get('Rect')) : undefined
}

function isNewWidget(step: Step, kid: PdfObject, field: number): boolean {
  const dict = step.after.resolve(kid)
  if (!isRef(kid) || !step.added.has(kid.number) || !isDict(dict) || !isPlainField(dict)) return false
  const parent = dict.entries.get('Parent')
  return isRef(parent) && parent.number === field && !dict.entries.has('T') && !dict.entries.has('V')
}

function isPlainField(dict: PdfDict): boolean {
  return dict.repeated.length === 0 && [...dict.entries.keys()].every((key) => fieldKeys.has(key))
}

/** Signature fields that stood empty and are now signed; undefined where one changed in another way as well. */
function signedFields(step: Step, signedBy: SignedFields): number[] | undefined {
  const signed: number[] = []
  for (const field of step.fieldsBefore) {
    const number = field.ref?.number
    if (number === undefined || !step.changed.has(number) || field.type !== 'Sig' || field.value !== null) continue
    const now = step.after.locate(number)?.value
    const by = signedBy(number)
    if (!isDict(now) || by === undefined || !sameEntries(field.dict, now, signingKeys)) return undefined
    if (field.dict.entries.has('P') && !sameValue(field.dict.entries.get('P'), now.entries.get('P'))) return undefined
    step.deeds.push({ kind: 'signed', field: field.name, by, isNewlyShown: false })
    step.allow({ kind: 'ref', number, generation: 0 })
    for (const key of signingKeys) step.use(now.entries.get(key))
    signed.push(number)
  }
  return signed
}
