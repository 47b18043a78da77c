import type { Primitives } from '../../base/primitives.ts'
import type { Effort } from './effort.ts'
import { undoFilter } from './filters.ts'
import { damaged, isArray, isDict, nameOf, type PdfDict, type PdfObject } from './objects.ts'

/** Filters of one stream; more is no real file. */
const filtersMax = 8

/** A stream's filters in the order they are undone, each with its parameters. Throws PdfProblem when they make no sense. */
export function filtersOf(
  dict: PdfDict,
  resolve: (value: PdfObject | undefined) => PdfObject = (value) => value ?? null,
): { name: string; parms: PdfDict | undefined }[] {
  const value = (long: string, short: string) => resolve(dict.entries.get(long) ?? dict.entries.get(short))
  const filter = value('Filter', 'F')
  const parms = value('DecodeParms', 'DP')
  const names = isArray(filter) ? filter.items.map(resolve) : filter === null ? [] : [filter]
  if (names.length > filtersMax) throw damaged(`a stream has ${names.length} filters`)
  return names.map((item, index) => {
    const name = nameOf(item)
    if (name === undefined) throw damaged('a stream filter is not a name')
    const own = isArray(parms) ? resolve(parms.items[index]) : parms
    return { name, parms: isDict(own) ? own : undefined }
  })
}

/** Undoes all filters of a stream whose data is already decrypted. Throws PdfProblem. */
export function decodeWithFilters(
  dict: PdfDict,
  data: Uint8Array,
  context: { primitives: Primitives; effort: Effort; resolve?: (value: PdfObject | undefined) => PdfObject },
): Uint8Array {
  return filtersOf(dict, context.resolve).reduce((bytes, { name, parms }) => {
    const decoded = undoFilter(name, { bytes, parms }, context.primitives)
    context.effort.decode(decoded.length)
    return decoded
  }, data)
}
