import type { Primitives, Remembering } from '../../base/primitives.ts'
import { DerError } from '../cms/der.ts'
import { PdfProblem } from '../pdf/objects.ts'

/** What `read` gives, or undefined where the PDF or the DER it reads is damaged; all else that is thrown goes on. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof PdfProblem || cause instanceof DerError) return undefined
    throw cause
  }
}

/** A reader of DER that gives undefined for damage, and remembers where the surroundings do. */
export function readerOf<Made>(
  parse: (der: Uint8Array) => Made,
): (der: Uint8Array, primitives: Pick<Primitives, 'remembering'>) => Made | undefined {
  const read = (der: Uint8Array) => unlessDamaged(() => parse(der))
  const readers = new WeakMap<Remembering, typeof read>()
  return (der, { remembering }) => {
    if (remembering === undefined) return read(der)
    const reader = readers.get(remembering) ?? remembering(read)
    readers.set(remembering, reader)
    return reader(der)
  }
}
