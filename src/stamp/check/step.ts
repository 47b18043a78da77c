import type { PdfDocument } from '../pdf/document.ts'
import type { Field } from '../pdf/form.ts'
import { isArray, isRef, type PdfObject } from '../pdf/objects.ts'
import { eachReference, referrersOf } from './references.ts'
import type { CheckReason } from './report.ts'
import { sameValue } from './same-value.ts'

/**
 * What an update did that only some signers allow: `signed` a field, by whom, in a field that stood there empty or in a new
 * one that shows something; `filled` in a field that was empty; `noted` something on a page; brought something `unused`.
 */
export type Deed =
  | { kind: 'signed'; field: string; by: SignedBy; isNewlyShown: boolean }
  | { kind: 'filled'; field: string }
  | { kind: 'noted' }
  | { kind: 'unused' }

/** Whose sound signature it is; `nobody`: a field made ready for one. */
export type SignedBy = 'stamp' | 'timestamp' | 'other' | 'nobody'

/**
 * One update being compared with what stood before it. Objects that exist before and mean something else after are in
 * `changed`; each rule that finds a change harmless says so with `allow`. New ones are in `added`, and each must turn
 * out to be part of something that may be added.
 */
export class Step {
  readonly before: PdfDocument
  readonly after: PdfDocument
  readonly fieldsBefore: Field[]
  readonly changed = new Set<number>()
  readonly added = new Set<number>()
  readonly reasons = new Set<CheckReason>()
  readonly deeds: Deed[] = []
  private readonly allowed = new Set<number>()
  private readonly used = new Set<number>()

  constructor(before: PdfDocument, after: PdfDocument, fieldsBefore: Field[]) {
    this.before = before
    this.after = after
    this.fieldsBefore = fieldsBefore
  }

  /** The change of this object has been looked at by the rule for its place. */
  allow(value: PdfObject | undefined): void {
    if (isRef(value)) this.allowed.add(value.number)
  }

  /** New objects within `value`, and within those, belong to something that may be added. */
  use(value: PdfObject | undefined): void {
    // a list and no recursion: objects may lead on for as long as the file is
    const waiting: PdfObject[] = [value ?? null]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      eachReference(next, (number) => {
        if (!this.added.has(number) || this.used.has(number)) return
        this.used.add(number)
        waiting.push(this.after.locate(number)?.value ?? null)
      })
    }
  }

  /** True when before the update nothing else referred to the object than `own` (`trailerNumber` for the trailer). */
  isOnlyReferredBy(number: number, own: number | undefined): boolean {
    const referrers = referrersOf(this.before, new Set([number])).get(number) ?? new Set()
    return [...referrers].every((from) => from === own)
  }

  /** Objects changed without leave. */
  unexplainedChanges(): number[] {
    return [...this.changed].filter((number) => !this.allowed.has(number))
  }

  /** Objects added that nothing allowed needs. */
  unexplainedAdditions(): number[] {
    return [...this.added].filter((number) => !this.used.has(number))
  }

  /**
   * The items that an array gained at its end, where that is all that happened to it; undefined when anything else did.
   * The array may stand in its holder or be an object of its own, and may be new.
   */
  appended(before: PdfObject | undefined, after: PdfObject | undefined): readonly PdfObject[] | undefined {
    const old = this.before.resolve(before)
    const now = this.after.resolve(after)
    if (old === null && now === null) return []
    if (!isArray(now) || !(isArray(old) || old === null)) return undefined
    const kept = old === null ? [] : old.items
    if (kept.length > now.items.length || !kept.every((item, i) => sameValue(item, now.items[i]))) return undefined
    if (isRef(after) && (old === null || sameValue(before, after))) this.allow(after)
    this.use(after)
    return now.items.slice(kept.length)
  }
}
