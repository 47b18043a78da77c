import type { PdfDocument } from './document.ts'
import { damaged, type PdfRef } from './objects.ts'
import { firstNewNumber } from './referred.ts'
import type { Seed } from './seed.ts'
import { Splicer } from './splice.ts'

/** Collects the changes of one update. Of two changes to one object the first would be lost. */
export class Planner {
  readonly changed: { ref: PdfRef; text: string }[] = []
  readonly catalogChanges = new Map<string, string>()
  readonly document: PdfDocument
  private readonly seed: Seed
  private readonly splicers = new Map<number, Splicer>()
  private next: number

  constructor(document: PdfDocument, seed: Seed) {
    this.document = document
    this.seed = seed
    this.next = firstNewNumber(document)
  }

  get nextNumber(): number {
    return this.next
  }

  newRef(): PdfRef {
    return { kind: 'ref', number: this.next++, generation: 0 }
  }

  /** One for each object, so that no vector is used twice. */
  splicer(ref: PdfRef): Splicer {
    const splicer = this.splicers.get(ref.number) ?? new Splicer(ref, this.document.encryption, this.seed)
    this.splicers.set(ref.number, splicer)
    return splicer
  }

  change(ref: PdfRef, text: string): void {
    this.proveUnchanged(ref)
    this.changed.push({ ref, text })
  }

  proveUnchanged(ref: PdfRef): void {
    if (this.changed.some((other) => other.ref.number === ref.number))
      throw damaged(`object ${ref.number} stands for two things`)
  }
}

/** The reference with the generation that the file gives the object: keys depend on it. */
export function knownRef(document: PdfDocument, ref: PdfRef): PdfRef {
  return document.locate(ref.number)?.ref ?? ref
}
