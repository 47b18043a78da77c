import type { PdfDocument } from './document.ts'
import { readFields } from './form.ts'
import {
  integerOf,
  isArray,
  isDict,
  isRef,
  nameOf,
  type PdfArray,
  type PdfDict,
  type PdfObject,
  PdfProblem,
  type PdfRef,
} from './objects.ts'
import type { Page } from './pages.ts'
import { knownRef, type Planner } from './planner.ts'
import { refText } from './splice.ts'

/** Keys under which the parent tree of the document finds the stamp's element (ISO 32000-1 14.7.4.4). */
export type StructureKeys = { field: number; twin: number | undefined }

/** A tree whose arrays are longer than this to write again is left alone: a stamp must stay small. */
const rewrittenBytesMax = 4096

/** Where a text goes: an object of its own, or a key of the object above it. */
type Edits = Map<number, { ref: PdfRef; text: string }>

/**
 * Tells the structure tree of a tagged document of the stamp: an element of type Form at the end of the document, which leads
 * to the annotations and is found from them. A signed document keeps its tree, for a change there reads as a change of what
 * was signed; so does one whose tree is damaged or too long to write again. Never throws for what is in the document.
 */
export function planStructure(
  planner: Planner,
  page: Page,
  shown: { field: PdfRef; twin: PdfRef | undefined },
): StructureKeys | undefined {
  const { document } = planner
  const tree = treeOf(document)
  if (tree === undefined || page.ref === undefined || isSigned(document)) return undefined
  try {
    const first = nextKey(document, tree.dict)
    if (first === undefined) return undefined
    const element = planner.newRef()
    const edits: Edits = new Map()
    const keys = { field: first, twin: shown.twin === undefined ? undefined : first + 1 }
    const entries = [first, ...(keys.twin === undefined ? [] : [keys.twin])]
    const pair = entries.map((key) => `${key} ${refText(element)}`).join(' ')
    const parent = parentOf(document, tree)
    const rootChanges = parentTreeChanges(planner, tree, { entries, pair, edits })
    rootChanges.set('ParentTreeNextKey', String(first + entries.length))
    const parentChanges = kidsChanges(planner, parent, { item: refText(element), edits })
    if (parent.ref.number === tree.ref.number) for (const [key, text] of parentChanges) rootChanges.set(key, text)
    else if (parentChanges.size > 0)
      edit(edits, parent.ref, planner.splicer(parent.ref).editDict(parent.dict, parentChanges))
    edit(edits, tree.ref, planner.splicer(tree.ref).editDict(tree.dict, rootChanges))
    if (!isPossible(planner, edits)) return undefined
    for (const { ref, text } of edits.values()) planner.change(ref, text)
    const [onPage, where] = [refText(page.ref), `/P ${refText(parent.ref)}`]
    const links = [shown.field, ...(shown.twin === undefined ? [] : [shown.twin])].map(
      (ref) => `<</Type/OBJR/Obj ${refText(ref)}/Pg ${onPage}>>`,
    )
    planner.change(element, `<</Type/StructElem/S/Form${where}/Pg ${onPage}/K[${links.join('')}]>>`)
    return keys
  } catch (cause) {
    if (!(cause instanceof PdfProblem)) throw cause
    return undefined
  }
}

type Node = { ref: PdfRef; dict: PdfDict }

/** An object that is a dictionary. */
function nodeOf(document: PdfDocument, value: PdfObject | undefined): Node | undefined {
  const dict = document.resolve(value)
  return isRef(value) && isDict(dict) ? { ref: knownRef(document, value), dict } : undefined
}

function treeOf(document: PdfDocument): Node | undefined {
  const catalog = document.catalog()
  const mark = document.lookup(catalog, 'MarkInfo')
  if (!isDict(mark) || document.lookup(mark, 'Marked') !== true) return undefined
  return nodeOf(document, catalog.entries.get('StructTreeRoot'))
}

function isSigned(document: PdfDocument): boolean {
  return readFields(document).some(({ type, value }) => type === 'Sig' && isDict(value))
}

/** The one element that holds the whole document, where there is such; else the root. */
function parentOf(document: PdfDocument, tree: Node): Node {
  const written = document.resolve(tree.dict.entries.get('K'))
  const only = isArray(written) && written.items.length === 1 ? written.items[0] : tree.dict.entries.get('K')
  const element = nodeOf(document, only)
  const isDocument = element !== undefined && nameOf(document.lookup(element.dict, 'S')) === 'Document'
  return isDocument ? element : tree
}

/** The first key above all that are taken; undefined where the tree does not tell which are. */
function nextKey(document: PdfDocument, root: PdfDict): number | undefined {
  const told = integerOf(document.lookup(root, 'ParentTreeNextKey')) ?? 0
  const tree = document.lookup(root, 'ParentTree')
  if (tree === null) return told
  if (!isDict(tree)) return undefined
  const taken = takenKeys(document, tree)
  return taken?.reduce((highest, key) => Math.max(highest, key + 1), Math.max(0, told))
}

/** The keys of a flat tree, or the upper limits of the branches of another. */
function takenKeys(document: PdfDocument, tree: PdfDict): number[] | undefined {
  const [numbers, kids] = [document.lookup(tree, 'Nums'), document.lookup(tree, 'Kids')]
  const keys: (number | undefined)[] = []
  if (isArray(numbers) && kids === null) {
    for (let at = 0; at < numbers.items.length; at += 2) keys.push(integerOf(document.resolve(numbers.items[at])))
  } else if (isArray(kids) && numbers === null) {
    for (const kid of kids.items) {
      const branch = document.resolve(kid)
      const limits = isDict(branch) ? document.lookup(branch, 'Limits') : null
      keys.push(isArray(limits) ? integerOf(document.resolve(limits.items[1])) : undefined)
    }
  } else return undefined
  return keys.every((key) => key !== undefined) ? keys.filter((key) => key !== undefined) : undefined
}

/** What becomes of the root so that its parent tree has the entries; arrays of their own are edited where they are. */
function parentTreeChanges(
  planner: Planner,
  root: Node,
  added: { entries: readonly number[]; pair: string; edits: Edits },
): Map<string, string> {
  const { document } = planner
  const { pair, entries, edits } = added
  const written = root.dict.entries.get('ParentTree')
  const tree = document.resolve(written)
  if (!isDict(tree)) {
    const ref = planner.newRef()
    edit(edits, ref, `<</Nums[${pair}]>>`)
    return new Map([['ParentTree', refText(ref)]])
  }
  const isFlat = document.lookup(tree, 'Kids') === null
  let item = pair
  if (!isFlat) {
    const leaf = planner.newRef()
    edit(edits, leaf, `<</Limits[${entries[0]} ${entries.at(-1)}]/Nums[${pair}]>>`)
    item = refText(leaf)
  }
  const holder = isRef(written) ? knownRef(document, written) : root.ref
  const key = isFlat ? 'Nums' : 'Kids'
  const changes = arrayChanges(planner, { dict: tree, key, holder }, { item, edits })
  if (changes.size === 0) return new Map()
  const text = planner.splicer(holder).editDict(tree, changes)
  if (holder === root.ref) return new Map([['ParentTree', text]])
  edit(edits, holder, text)
  return new Map()
}

/** What becomes of an element so that its children end with the new one. */
function kidsChanges(planner: Planner, parent: Node, added: { item: string; edits: Edits }): Map<string, string> {
  const { document } = planner
  const written = parent.dict.entries.get('K')
  const value = document.resolve(written)
  if (isArray(value)) return arrayChanges(planner, { dict: parent.dict, key: 'K', holder: parent.ref }, added)
  if (value === null) return new Map([['K', `[${added.item}]`]])
  const only = isRef(written)
    ? refText(written)
    : isDict(value)
      ? planner.splicer(parent.ref).copy(value, parent.dict.source)
      : String(integerOf(value) ?? 'null')
  return new Map([['K', `[${only} ${added.item}]`]])
}

/** Appends to an array: in its own object where it has one, else as a change of the dictionary it stands in. */
function arrayChanges(
  planner: Planner,
  at: { dict: PdfDict; key: string; holder: PdfRef },
  added: { item: string; edits: Edits },
): Map<string, string> {
  const { document } = planner
  const written = at.dict.entries.get(at.key)
  const array: PdfObject = document.resolve(written)
  if (!isArray(array)) throw new PdfProblem('structure_damaged', `/${at.key} of the structure tree is no array`)
  if (!isRef(written)) return new Map([[at.key, appended(planner, at.holder, array, added.item)]])
  const ref = knownRef(document, written)
  edit(added.edits, ref, appended(planner, ref, array, added.item))
  return new Map()
}

const appended = (planner: Planner, holder: PdfRef, array: PdfArray, item: string): string =>
  planner.splicer(holder).append(array, [item])

/** Two texts for one object: the tree leads back into itself. */
function edit(edits: Edits, ref: PdfRef, text: string): void {
  if (edits.has(ref.number)) throw new PdfProblem('structure_damaged', `object ${ref.number} stands for two things`)
  edits.set(ref.number, { ref, text })
}

/** Whether nothing else changes these objects, in this update or the next, and all of it is short. */
function isPossible(planner: Planner, edits: Edits): boolean {
  const { document } = planner
  const catalog = document.catalog()
  const others = [document.trailer.entries.get('Root'), catalog.entries.get('DSS'), catalog.entries.get('AcroForm')]
  const taken = new Set([
    ...planner.changed.map(({ ref }) => ref.number),
    ...others.flatMap((value) => (isRef(value) ? [value.number] : [])),
  ])
  const texts = [...edits.values()]
  const bytes = texts.reduce((sum, { text }) => sum + text.length, 0)
  return bytes <= rewrittenBytesMax && texts.every(({ ref }) => !taken.has(ref.number))
}
