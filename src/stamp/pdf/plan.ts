import type { PdfDocument } from './document.ts'
import { formOf, readFields, redrawing } from './form.ts'
import { damaged, integerOf, isArray, isDict, isRef, type PdfArray, type PdfDict, type PdfRef } from './objects.ts'
import type { Page } from './pages.ts'
import { knownRef, Planner } from './planner.ts'
import type { Seed } from './seed.ts'
import { refText, Splicer } from './splice.ts'
import { planStructure, type StructureKeys } from './structure.ts'

/** What the first update changes of the document: the same for placing and for embedding. */
export type StampPlan = {
  field: PdfRef
  signature: PdfRef
  picture: PdfRef
  /** An annotation that shows the picture once more, where readers draw the form's fields themselves. */
  twin: PdfRef | undefined
  /** Where the document's structure tree finds field and twin; undefined where it is not told of them. */
  structure: StructureKeys | undefined
  /** Objects that get a new text, in the order of writing. */
  changed: { ref: PdfRef; text: string }[]
  catalog: { ref: PdfRef; dict: PdfDict }
  /** What becomes of the catalog's keys; empty when it stays. */
  catalogChanges: Map<string, string>
  /** The first object number that the plan leaves free. */
  nextNumber: number
}

/** PAdES in files below PDF 2.0 names its extension (ETSI EN 319 142-1 5.6). */
const esicExtension = '<</BaseVersion/1.7/ExtensionLevel 1>>'

/** The catalog with its reference. Throws PdfProblem when it is no object of its own. */
export function catalogOf(document: PdfDocument): { ref: PdfRef; dict: PdfDict } {
  const root = document.trailer.entries.get('Root')
  if (!isRef(root)) throw damaged('the catalog is not an object of its own')
  return { ref: knownRef(document, root), dict: document.catalog() }
}

/** Adds the annotations to the page: to its array where that is the page's own object, else in the page. */
function planPage(planner: Planner, page: Page, added: readonly PdfRef[]): void {
  const { document } = planner
  if (page.ref === undefined) throw damaged('the page is not an object of its own')
  const items = added.map(refText)
  const written = page.dict.entries.get('Annots')
  const array = document.resolve(written)
  const ref = knownRef(document, page.ref)
  const splicer = planner.splicer(ref)
  if (isRef(written) && isArray(array) && !isShared(document, page, written)) {
    const arrayRef = knownRef(document, written)
    planner.change(arrayRef, planner.splicer(arrayRef).append(array, items))
    return
  }
  const annots = isArray(array) ? splicer.append(array, items, isRef(written)) : `[${items.join(' ')}]`
  planner.change(ref, splicer.editDict(page.dict, new Map([['Annots', annots]])))
}

/** An array that several pages use would show the stamp on each of them. */
function isShared(document: PdfDocument, page: Page, annots: PdfRef): boolean {
  return document.pages().some((other) => {
    const ref = other.dict.entries.get('Annots')
    return other !== page && isRef(ref) && ref.number === annots.number
  })
}

function planForm(planner: Planner, field: PdfRef): void {
  const { document } = planner
  const form = formOf(document)
  if (form === undefined) {
    const ref = planner.newRef()
    planner.change(ref, `<</Fields[${refText(field)}]/SigFlags 3>>`)
    planner.catalogChanges.set('AcroForm', refText(ref))
    return
  }
  const written = document.catalog().entries.get('AcroForm')
  const formRef = isRef(written) ? knownRef(document, written) : undefined
  const splicer = planner.splicer(formRef ?? catalogOf(document).ref)
  const changes = formChanges(document, form)
  const fieldsWritten = form.entries.get('Fields')
  const fields = document.resolve(fieldsWritten)
  if (isRef(fieldsWritten) && isArray(fields)) {
    const fieldsRef = knownRef(document, fieldsWritten)
    planner.change(fieldsRef, planner.splicer(fieldsRef).append(fields, [refText(field)]))
  } else changes.set('Fields', isArray(fields) ? splicer.append(fields, [refText(field)]) : `[${refText(field)}]`)
  if (changes.size === 0) return
  const text = splicer.editDict(form, changes)
  if (formRef === undefined) planner.catalogChanges.set('AcroForm', text)
  else planner.change(formRef, text)
}

/** SigFlags 3: the form has signatures and is only ever appended to (ISO 32000-1 table 219). */
function formChanges(document: PdfDocument, form: PdfDict): Map<string, string> {
  const changes = new Map<string, string>()
  const flags = integerOf(document.lookup(form, 'SigFlags')) ?? 0
  if ((flags & 3) !== 3) changes.set('SigFlags', String(flags | 3))
  if (redrawing(document, readFields(document)) === 'stopped') changes.set('NeedAppearances', 'false')
  return changes
}

function planExtension(planner: Planner): void {
  const { document } = planner
  if (document.version >= '2.0') return
  const written = document.catalog().entries.get('Extensions')
  const extensions = document.resolve(written)
  if (!isDict(extensions)) {
    planner.catalogChanges.set('Extensions', `<</ESIC${esicExtension}>>`)
    return
  }
  if (extensions.entries.has('ESIC')) return
  const changes = new Map([['ESIC', esicExtension]])
  if (!isRef(written)) {
    planner.catalogChanges.set('Extensions', planner.splicer(catalogOf(document).ref).editDict(extensions, changes))
    return
  }
  const ref = knownRef(document, written)
  planner.change(ref, planner.splicer(ref).editDict(extensions, changes))
}

/** Tries what the second update will extend: what is damaged there has to be known before anything is signed. */
function proveStore(planner: Planner, seed: Seed): void {
  const { document } = planner
  const { ref, dict } = catalogOf(document)
  planner.proveUnchanged(ref)
  const trial = new Splicer(ref, document.encryption, seed)
  // where the first update changes the catalog, that proves it can be changed
  if (planner.catalogChanges.size === 0) trial.editDict(dict, new Map([['DSS', refText(ref)]]))
  const written = dict.entries.get('DSS')
  const store = document.resolve(written)
  if (!isDict(store)) return
  if (isRef(written)) planner.proveUnchanged(written)
  if (store === dict) throw damaged('the catalog is its own store of validation data')
  for (const key of ['Certs', 'OCSPs', 'CRLs']) document.lookup(store, key)
  trial.editDict(store, new Map([['VRI', '<<>>']]))
  const related = document.lookup(store, 'VRI')
  if (isDict(related)) trial.editDict(related, new Map([['A', '<<>>']]))
}

/** Decides what the stamp on this page changes. Throws PdfProblem where page or catalog are no objects of their own. */
export function planStamp(document: PdfDocument, page: Page, seed: Seed): StampPlan {
  const planner = new Planner(document, seed)
  const [field, signature, picture] = [planner.newRef(), planner.newRef(), planner.newRef()]
  const twin = redrawing(document, readFields(document)) === 'shownTwice' ? planner.newRef() : undefined
  planPage(planner, page, twin === undefined ? [field] : [field, twin])
  planForm(planner, field)
  planExtension(planner)
  proveStore(planner, seed)
  const structure = planStructure(planner, page, { field, twin })
  const { changed, catalogChanges, nextNumber } = planner
  const catalog = catalogOf(document)
  if (catalogChanges.size > 0)
    planner.change(catalog.ref, planner.splicer(catalog.ref).editDict(catalog.dict, catalogChanges))
  return { field, signature, picture, twin, structure, changed, catalog, catalogChanges, nextNumber }
}

/** The items of an array as text, for writing them elsewhere; none for anything but an array. */
export function arrayItems(splicer: Splicer, array: PdfArray | undefined): string {
  return array === undefined ? '' : splicer.append(array, [], true).slice(1, -1).trim()
}
