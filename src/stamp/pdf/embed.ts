import { concatBytes, latin1Bytes, toHex } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'
import type { Recipe, ValidationData } from '../recipe.ts'
import type { PdfDocument } from './document.ts'
import { isArray, isDict, isRef, type PdfRef } from './objects.ts'
import { pageOfRecipe, type Prepared } from './place.ts'
import { arrayItems, planStamp, type StampPlan } from './plan.ts'
import { knownRef } from './planner.ts'
import { openForStamping } from './document-facts.ts'
import { seedOf, type Seed } from './seed.ts'
import { refText, Splicer } from './splice.ts'
import { Update, usesXrefStream } from './update.ts'

const hexCodes = latin1Bytes('0123456789abcdef')

/** The first update with the signature in its place; the rest of /Contents stays zero. */
function fillContents(prepared: Prepared, cms: Uint8Array): Uint8Array {
  if (cms.length > prepared.contentsBytes) {
    throw new RangeError(`the signature has ${cms.length} bytes, the document has room for ${prepared.contentsBytes}`)
  }
  const tail = prepared.tail.slice()
  let at = prepared.contentsAt
  for (const byte of cms) {
    tail[at++] = hexCodes[byte >> 4] ?? 0
    tail[at++] = hexCodes[byte & 15] ?? 0
  }
  return tail
}

/** Offset in the tail that its last `startxref` names, as the file writes it. */
function writtenXref(tail: Uint8Array): number {
  const end = String.fromCharCode(...tail.subarray(-64))
  return Number(/startxref\n(\d+)\n%%EOF\n$/.exec(end)?.[1])
}

/** Upper-case hex SHA-1 of the whole /Contents, zeros included: the signature's name in the VRI (ETSI EN 319 142-1 5.4.2.3). */
function vriKey(prepared: Prepared, cms: Uint8Array, primitives: Primitives): string {
  const rest = new Uint8Array(prepared.contentsBytes - cms.length)
  return toHex(primitives.hash('sha1').update(cms).update(rest).digest()).toUpperCase()
}

/** Writes the store's streams and gives their references, kind by kind. */
class StoreWriter {
  readonly update: Update
  nextNumber: number
  private readonly document: PdfDocument
  private readonly seed: Seed

  constructor(update: Update, document: PdfDocument, seed: Seed, nextNumber: number) {
    this.update = update
    this.document = document
    this.seed = seed
    this.nextNumber = nextNumber
  }

  newRef(): PdfRef {
    return { kind: 'ref', number: this.nextNumber++, generation: 0 }
  }

  splicer(ref: PdfRef): Splicer {
    return new Splicer(ref, this.document.encryption, this.seed)
  }

  streams(contents: readonly Uint8Array[]): string {
    const refs = contents.map((bytes) => {
      const ref = this.newRef()
      this.update.stream(
        ref,
        '',
        this.document.encryption?.encryptStream(bytes, ref, this.splicer(ref).nextVector()) ?? bytes,
      )
      return refText(ref)
    })
    return refs.join(' ')
  }

  /** The store: what was in it stays, in front. Returns the catalog's new /DSS, or undefined where that stays. */
  store(validation: ValidationData, key: string): string | undefined {
    const { document } = this
    const lists = {
      Certs: this.streams(validation.certs),
      OCSPs: this.streams(validation.ocsps),
      CRLs: this.streams(validation.crls),
    }
    const written = document.catalog().entries.get('DSS')
    const old = document.resolve(written)
    const existing = isDict(old) ? old : undefined
    const own = isRef(written) && existing !== undefined ? knownRef(document, written) : undefined
    const ref = own ?? this.newRef()
    const splicer = this.splicer(ref)
    const changes = new Map<string, string>()
    for (const [name, added] of Object.entries(lists)) {
      const before = existing === undefined ? null : document.lookup(existing, name)
      if (added !== '') changes.set(name, `[${arrayItems(splicer, isArray(before) ? before : undefined)} ${added}]`)
    }
    const related = vriEntry(lists)
    const vri = existing === undefined ? null : document.lookup(existing, 'VRI')
    changes.set('VRI', isDict(vri) ? splicer.editDict(vri, new Map([[key, related]]), true) : `<</${key}${related}>>`)
    const text = existing === undefined ? dictText(changes) : splicer.editDict(existing, changes, own === undefined)
    this.update.object(ref, text)
    return own === undefined ? refText(ref) : undefined
  }
}

function vriEntry(lists: { Certs: string; OCSPs: string; CRLs: string }): string {
  const named = [
    ['Cert', lists.Certs],
    ['OCSP', lists.OCSPs],
    ['CRL', lists.CRLs],
  ] as const
  return `<<${named
    .filter(([, refs]) => refs !== '')
    .map(([name, refs]) => `/${name}[${refs}]`)
    .join('')}>>`
}

function dictText(entries: ReadonlyMap<string, string>): string {
  return `<<${[...entries].map(([key, text]) => `/${key}${text}`).join('')}>>`
}

type Second = { document: PdfDocument; recipe: Recipe; plan: StampPlan; prepared: Prepared; primitives: Primitives }

/** The second update: the document security store and the catalog that names it. */
export function writeStore(second: Second, cms: Uint8Array, validation: ValidationData): Uint8Array {
  const { document, recipe, plan, prepared, primitives } = second
  const seed = seedOf(recipe.seed, 2, primitives)
  const previous = writtenXref(prepared.tail) + document.base
  // the first update's own cross-reference stream took a number where there is one
  const tookNumber = usesXrefStream(document) ? 1 : 0
  const update = new Update(prepared.sourceLength + prepared.tail.length, document.base)
  const writer = new StoreWriter(update, document, seed, plan.nextNumber + tookNumber)
  const dss = writer.store(validation, vriKey(prepared, cms, primitives))
  if (dss !== undefined) {
    const { ref, dict } = plan.catalog
    update.object(ref, writer.splicer(ref).editDict(dict, new Map([...plan.catalogChanges, ['DSS', dss]])))
  }
  return update.finish({ document, seed, previous, nextNumber: writer.nextNumber }).bytes
}

/**
 * What to append to the original: the update that `place` made with the signature in it, then an update with the
 * validation data (DSS, ISO 32000-2 12.8.4.3), left out when there is none. Throws RangeError when the signature is
 * larger than its room, and Error when `original` is not what `prepared` was made from.
 */
export function embed(order: {
  original: Uint8Array
  prepared: Prepared
  recipe: Recipe
  /** DER of the CMS SignedData. */
  cms: Uint8Array
  validation: ValidationData
  primitives: Primitives
  /** As it was given to `place`. */
  password?: string
}): { tail: Uint8Array } {
  const { original, prepared, recipe, cms, validation, primitives, password } = order
  const first = fillContents(prepared, cms)
  const { certs, ocsps, crls } = validation
  if (certs.length + ocsps.length + crls.length === 0) return { tail: first }
  const opened = original.length === prepared.sourceLength ? openForStamping(original, primitives, password) : undefined
  if (opened?.ok !== true)
    throw new Error('the original is not the one that was placed: embed needs the same bytes and password')
  const { document } = opened
  const plan = planStamp(document, pageOfRecipe(document, recipe), seedOf(recipe.seed, 1, primitives))
  return { tail: concatBytes([first, writeStore({ document, recipe, plan, prepared, primitives }, cms, validation)]) }
}
