import type { PdfDocument, XrefEntry } from '../pdf/document.ts'
import { readFields } from '../pdf/form.ts'
import { isArray, isDict, isRef, isStream, nameOf, PdfProblem, type PdfObject } from '../pdf/objects.ts'
import { compareForms, type SignedFields } from './form-difference.ts'
import { compareDescriptions, metadataMay } from './metadata-difference.ts'
import { comparePages } from './page-difference.ts'
import { eachReference, referrersOf } from './references.ts'
import type { CheckReason } from './report.ts'
import { sameEntries, sameValue } from './same-value.ts'
import { Step, type Deed } from './step.ts'
import type { Update } from './updates.ts'

/** Keys of the catalog that an update may add or change: the form, the store of validation data, the extensions list, ... */
const catalogKeys = ['AcroForm', 'DSS', 'Extensions', 'Metadata', 'Version'] as const

/** `reasons`: why it is another document now, whoever signed; `deeds`: what it depends on the signer whether it may be. */
export type Difference = { reasons: readonly CheckReason[]; deeds: readonly Deed[] }

/**
 * What one update made of the document that was signed: `after` is `before` with the update behind it. Nothing, when it adds
 * only validation data; deeds, when it signs (`signedBy` knows the fields), fills in or notes what some signers allow.
 */
export function compareRevisions(
  before: PdfDocument,
  after: PdfDocument,
  added: { update: Update; signedBy: SignedFields },
): Difference {
  try {
    const step = new Step(before, after, readFields(before))
    if (!readChanges(step, added.update)) return { reasons: ['update_malformed'], deeds: [] }
    if (!sameTrailer(before, after)) step.reasons.add('trailer_changed')
    compareDescriptions(step)
    compareCatalogs(step)
    const widgets = compareForms(step, added.signedBy)
    if (widgets === undefined) step.reasons.add('form_changed')
    comparePages(step, widgets ?? { added: new Set(), filled: new Set() })
    explainStores(step)
    proveFresh(step)
    if (step.reasons.size === 0 && step.unexplainedChanges().length > 0) step.reasons.add('object_changed')
    if (step.unexplainedAdditions().length > 0) step.deeds.push({ kind: 'unused' })
    return { reasons: [...step.reasons], deeds: step.deeds }
  } catch (cause) {
    if (!(cause instanceof PdfProblem)) throw cause
    return { reasons: [cause.refusal.code === 'too_complex' ? 'too_complex' : 'update_malformed'], deeds: [] }
  }
}

/**
 * Sorts what the update's cross-reference says into changed and added. False when an entry leads anywhere but to an object
 * of this update, or an object of the update has no entry: both are ways to show different readers different documents.
 */
function readChanges(step: Step, update: Update): boolean {
  const section = step.after.sections[0]
  if (section === undefined) return false
  const starts = new Map(update.objects.map((object) => [object.start, object]))
  const numbers = new Set([...section.entries.keys(), ...(section.hybrid?.entries.keys() ?? [])])
  const hidden = [section.offset, section.hybrid?.offset]
  const reached = new Set<number>(hidden.flatMap((offset) => offset ?? []))
  for (const number of numbers) {
    const now = step.after.entries.get(number)
    const old = step.before.entries.get(number)
    if (now === undefined) return false
    if (now.kind === 'free') {
      if (old !== undefined && old.kind !== 'free') step.reasons.add('object_removed')
      continue
    }
    const isSameEntry = sameEntry(old, now)
    if (now.kind === 'offset' && !isSameEntry) {
      const object = starts.get(now.offset)
      if (object === undefined || object.number !== number || step.after.locate(number)?.end !== object.end)
        return false
      reached.add(now.offset)
    }
    if (
      now.kind === 'packed' &&
      !isSameEntry &&
      !update.objects.some((object) => object.number === now.stream && object.kind === 'container')
    )
      return false
    sortObject(step, number, old)
  }
  // what only carries the update's own structure needs no other reason to be there
  for (const { number, start, kind } of update.objects)
    if (kind === 'container' || hidden.includes(start)) step.use({ kind: 'ref', number, generation: 0 })
  return update.objects.every((object) => reached.has(object.start))
}

function sortObject(step: Step, number: number, old: XrefEntry | undefined): void {
  if (old === undefined || old.kind === 'free') step.added.add(number)
  else if (!sameValue(step.before.locate(number)?.value, step.after.locate(number)?.value)) step.changed.add(number)
}

function sameEntry(a: XrefEntry | undefined, b: XrefEntry): boolean {
  if (a === undefined || a.kind !== b.kind || a.generation !== b.generation) return false
  if (a.kind === 'offset' && b.kind === 'offset') return a.offset === b.offset
  return a.kind === 'packed' && b.kind === 'packed' && a.stream === b.stream && a.index === b.index
}

function sameTrailer(before: PdfDocument, after: PdfDocument): boolean {
  const same = ['Root', 'Encrypt'].every((key) =>
    sameValue(before.trailer.entries.get(key) ?? null, after.trailer.entries.get(key) ?? null),
  )
  const oldId = before.resolve(before.trailer.entries.get('ID'))
  const newId = after.resolve(after.trailer.entries.get('ID'))
  // a file that had no ID may get one; the first element is for ever (ISO 32000-1 14.4)
  return same && (!isArray(oldId) || (isArray(newId) && sameValue(oldId.items[0], newId.items[0])))
}

function compareCatalogs(step: Step): void {
  const root = step.after.trailer.entries.get('Root')
  if (!metadataMay(step, isRef(root) ? root.number : undefined)) step.reasons.add('catalog_changed')
  if (!isRef(root) || !step.changed.has(root.number)) return
  const [before, after] = [step.before.catalog(), step.after.catalog()]
  const version = after.entries.get('Version') ?? null
  const isVersion = version === null ? !before.entries.has('Version') : /^\d\.\d$/.test(nameOf(version) ?? '')
  if (isVersion && sameEntries(before, after, catalogKeys)) step.allow(root)
  else step.reasons.add('catalog_changed')
}

/**
 * Validation data and extensions say nothing that is seen, so they may be added and changed freely, as long as what
 * changes is no stream and nothing else in the document refers to it: else it would be seen elsewhere.
 */
function explainStores(step: Step): void {
  for (const key of ['DSS', 'Extensions']) {
    step.use(step.after.catalog().entries.get(key))
    const inside = new Set<number>()
    collect(step.before, step.before.catalog().entries.get(key), inside)
    const changed = [...inside].filter((number) => step.changed.has(number))
    if (changed.length === 0) continue
    const referrers = referrersOf(step.before, new Set(changed))
    for (const number of changed) {
      const own = isNamedOnlyBy(step.before, key, number) ? rootNumber(step.before) : undefined
      const others = [...(referrers.get(number) ?? [])].filter((from) => from !== own && !inside.has(from))
      if (others.length > 0 || isStream(step.after.locate(number)?.value ?? null)) continue
      step.allow({ kind: 'ref', number, generation: 0 })
      step.use(step.after.locate(number)?.value)
    }
  }
}

function rootNumber(document: PdfDocument): number | undefined {
  const root = document.trailer.entries.get('Root')
  return isRef(root) ? root.number : undefined
}

/** True when of all the catalog's keys this one alone leads to the object. */
function isNamedOnlyBy(document: PdfDocument, key: string, number: number): boolean {
  let isElsewhere = false
  for (const [other, value] of document.catalog().entries) {
    if (other !== key) eachReference(value, (found) => (isElsewhere ||= found === number))
  }
  return !isElsewhere
}

/** Numbers of the dictionaries and arrays below a value; streams are leaves that never change. */
function collect(document: PdfDocument, value: PdfObject | undefined, inside: Set<number>): void {
  const waiting: PdfObject[] = [value ?? null]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    eachReference(next, (number) => {
      const object = document.locate(number)?.value
      if (inside.has(number) || !(isDict(object) || isArray(object))) return
      inside.add(number)
      waiting.push(object)
    })
  }
}

/** New objects must be new to the signed part as well: filling in what it refers to and did not have changes what it shows. */
function proveFresh(step: Step): void {
  if (step.added.size > 0 && referrersOf(step.before, step.added).size > 0) step.reasons.add('object_filled_in')
}
