import { equalBytes } from '../../base/bytes.ts'
import { isArray, isDict, isRef, isStream, isString, nameOf, type PdfDict, type PdfObject } from '../pdf/objects.ts'

/**
 * True when two values mean the same to every reader: strings by what they say once decrypted, streams by their
 * encoded bytes, references by their numbers. Dictionaries that repeat a key are never the same as anything,
 * since readers differ in which of the two counts.
 */
export function sameValue(a: PdfObject | undefined, b: PdfObject | undefined): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b
  if (isString(a)) return isString(b) && equalBytes(a.bytes, b.bytes)
  if (isRef(a)) return isRef(b) && a.number === b.number && a.generation === b.generation
  if (isArray(a))
    return isArray(b) && a.items.length === b.items.length && a.items.every((item, i) => sameValue(item, b.items[i]))
  if (isDict(a)) return isDict(b) && sameEntries(a, b, [])
  if (isStream(a)) return isStream(b) && sameEntries(a.dict, b.dict, []) && equalBytes(a.data, b.data)
  return nameOf(a) === nameOf(b)
}

/** True when both dictionaries hold the same values but for the keys in `except`. */
export function sameEntries(a: PdfDict, b: PdfDict, except: readonly string[]): boolean {
  if (a.repeated.length > 0 || b.repeated.length > 0) return false
  const keys = new Set([...a.entries.keys(), ...b.entries.keys()])
  return [...keys].every(
    (key) => except.includes(key) || sameValue(a.entries.get(key) ?? null, b.entries.get(key) ?? null),
  )
}
