import { pdfDepthMax } from '../../limits/stamping.ts'
import { readInstructions } from '../pdf/content.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { type Field, textOf } from '../pdf/form.ts'
import {
  integerOf,
  isArray,
  isDict,
  isRef,
  isStream,
  isString,
  nameOf,
  type PdfDict,
  type PdfObject,
  type PdfStream,
} from '../pdf/objects.ts'
import { sameEntries, sameValue } from './same-value.ts'
import type { Step } from './step.ts'

/** What filling in changes of a field and its widgets; where they stand and whether they show stays. */
const valueKeys = ['V', 'AP', 'AS', 'Ff', 'M'] as const
const fillingKeys = [...valueKeys, 'DA', 'Q', 'I', 'TI'] as const
/** Bit 1 of /Ff (ISO 32000-1 12.7.3.1): nobody fills this in. Signers that lock fields set it. */
const readOnlyFlag = 1
/** What paints areas, pictures and other drawings (ISO 32000-1 8.5.3, 8.7.4.2, 8.8, 8.9.7): all of it can hide what lies under. */
const hidingOperators: ReadonlySet<string> = new Set(['f', 'F', 'f*', 'B', 'B*', 'b', 'b*', 'sh', 'Do', 'ID'])

/**
 * Numbers of the widgets of fields that stood empty and were filled in; undefined where a field changed otherwise: a value that
 * was signed stays, and so does its picture. A field may also become read-only.
 */
export function filledFields(step: Step): number[] | undefined {
  const filled: number[] = []
  for (const field of step.fieldsBefore) {
    const refs = [field.ref, ...field.widgets.map((widget) => widget.ref)].flatMap((ref) => ref ?? [])
    const touched = refs.filter(({ number }) => step.changed.has(number))
    if (field.type === 'Sig' || touched.length === 0) continue
    const isShownAnew = touched.map(({ number }) => widgetChange(step, field, number))
    if (isShownAnew.includes(undefined)) return undefined
    const now = field.ref === undefined ? null : step.after.resolve(field.ref)
    const isOwnValue = field.dict.entries.has('V') || (isDict(now) && now.entries.has('V'))
    const value = isOwnValue ? (isDict(now) ? step.after.lookup(now, 'V') : null) : field.value
    const hasNewValue = !sameValue(value, field.value) && !(isEmpty(value) && isEmpty(field.value))
    if (isShownAnew.includes(true) || hasNewValue) {
      if (!isEmpty(field.value) || isReadOnly(step.before, field.dict)) return undefined
      step.deeds.push({ kind: 'filled', field: field.name })
      filled.push(...touched.map(({ number }) => number))
    }
    for (const ref of touched) step.allow(ref)
  }
  return filled
}

/** Whether the widget (or field) shows something else now; undefined where it changed in more than filling in does. */
function widgetChange(step: Step, field: Field, number: number): boolean | undefined {
  const [old, now] = [step.before.locate(number)?.value, step.after.locate(number)?.value]
  if (!isDict(old) || !isDict(now) || !sameEntries(old, now, fillingKeys)) return undefined
  const flags = (document: PdfDocument, dict: PdfDict) => integerOf(document.lookup(dict, 'Ff')) ?? 0
  const [oldFlags, newFlags] = [flags(step.before, old), flags(step.after, now)]
  if (newFlags !== oldFlags && newFlags !== (oldFlags | readOnlyFlag)) return undefined
  for (const key of ['V', 'AP']) step.use(now.entries.get(key))
  const isSameState = nameOf(step.before.lookup(old, 'AS')) === nameOf(step.after.lookup(now, 'AS'))
  const before = step.before.resolve(old.entries.get('AP'))
  const after = step.after.resolve(now.entries.get('AP'))
  if (!isChangedIn(step, before, after)) return !isSameState || !sameEntries(old, now, valueKeys)
  const mayBeRedrawn = field.type === 'Tx' || field.type === 'Ch'
  return mayBeRedrawn && isDict(after) && appearanceMay(step, { old, number, before, after }) ? true : undefined
}

/** True when two appearance dictionaries differ, in themselves or in a stream written over. */
function isChangedIn(step: Step, before: PdfObject, after: PdfObject): boolean {
  if (!sameValue(before, after)) return true
  const normal = isDict(after) ? after.entries.get('N') : undefined
  return isRef(normal) && step.changed.has(normal.number)
}

/** The new drawing is text: it paints nothing that could hide the page but what the field had already. */
function appearanceMay(step: Step, of: { old: PdfDict; number: number; before: PdfObject; after: PdfDict }): boolean {
  const { old, number, before, after } = of
  if (isDict(before) ? !sameEntries(before, after, ['N']) : [...after.entries.keys()].some((key) => key !== 'N'))
    return false
  const named = after.entries.get('N')
  if (!isRef(named)) return false
  if (step.changed.has(named.number)) {
    const isOwn = isDict(before) && sameValue(before.entries.get('N'), named)
    if (!isOwn || !step.isOnlyReferredBy(named.number, number)) return false
    step.allow(named)
    step.use(step.after.locate(named.number)?.value)
  } else if (!step.added.has(named.number)) return false
  const drawn = step.after.resolve(named)
  const drawnBefore = isDict(before) ? step.before.lookup(before, 'N') : null
  if (!isStream(drawn) || drawsGlyphs(step.after, drawn)) return false
  const known = isStream(drawnBefore) ? hidingIn(step.before, step.before.decodeStream(drawnBefore)) : new Set()
  const colours = step.before.lookup(old, 'MK')
  const hasBackground = isDict(colours) && colours.entries.has('BG')
  return [...hidingIn(step.after, step.after.decodeStream(drawn))].every(
    (operator) => known.has(operator) || (hasBackground && operator === 'f'),
  )
}

function hidingIn(document: PdfDocument, content: Uint8Array): Set<string> {
  const found = new Set<string>()
  for (const { operator } of readInstructions(content, document.effort))
    if (hidingOperators.has(operator)) found.add(operator)
  return found
}

/** True where a font's letters are drawings, which could hold all that the text may not. */
function drawsGlyphs(document: PdfDocument, { dict }: PdfStream): boolean {
  const resources = document.lookup(dict, 'Resources')
  const fonts = isDict(resources) ? document.lookup(resources, 'Font') : null
  const named = isDict(fonts) ? [...fonts.entries.values()].map((font) => document.resolve(font)) : []
  return named.some((font) => isDict(font) && nameOf(document.lookup(font, 'Subtype')) === 'Type3')
}

/**
 * True where what fields show does not depend on the form's defaults: each that shows something has its drawing, and each drawing
 * has its own resources or paints nothing that it would have to look up.
 */
export function isDrawnWhole({ before, fieldsBefore }: Step): boolean {
  return fieldsBefore.every((field) =>
    field.widgets.every(({ dict }) => {
      const appearance = before.lookup(dict, 'AP')
      const normal = isDict(appearance) ? before.lookup(appearance, 'N') : null
      const states = isDict(normal) ? [...normal.entries.values()].map((state) => before.resolve(state)) : [normal]
      const isDrawn = states.some(isStream) || field.type === 'Sig' || isEmpty(field.value)
      return isDrawn && states.filter(isStream).every((drawing) => standsAlone(before, drawing))
    }),
  )
}

function standsAlone(document: PdfDocument, drawing: PdfStream): boolean {
  if (drawing.dict.entries.has('Resources')) return true
  const hiding = hidingIn(document, document.decodeStream(drawing))
  return !hiding.has('Do') && !hiding.has('sh')
}

function isEmpty(value: PdfObject): boolean {
  if (value === null || nameOf(value) === 'Off') return true
  if (isString(value)) return textOf(value)?.trim() === ''
  return isArray(value) && value.items.length === 0
}

/** /Ff is inherited from the fields above. */
function isReadOnly(document: PdfDocument, dict: PdfDict): boolean {
  let at: PdfObject = dict
  for (let depth = 0; isDict(at) && depth < pdfDepthMax; depth++) {
    const flags = integerOf(document.lookup(at, 'Ff'))
    if (flags !== undefined) return (flags & readOnlyFlag) !== 0
    at = document.lookup(at, 'Parent')
  }
  return false
}
