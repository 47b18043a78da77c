import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  rewritten,
  sampleKinds,
  samplePdf,
  sampleRecipe,
  type SampleOptions,
} from '../../../tests/support/pdf-samples.ts'
import { concatBytes } from '../../base/bytes.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { stampPicture } from '../picture/picture.ts'
import { openDocument, type PdfDocument } from './document.ts'
import { readFields } from './form.ts'
import { integerOf, isArray, isDict, isRef, nameOf, type PdfObject } from './objects.ts'
import { place } from './place.ts'

/** What the parent tree looks like before: none, flat with its numbers here or elsewhere, or with branches. */
const parentTrees = {
  none: { root: '', objects: {} },
  direct: { root: '/ParentTree<</Nums[0 22 0 R 7 22 0 R]>>', objects: {} },
  object: { root: '/ParentTree 23 0 R', objects: { 23: '<</Nums[0 22 0 R 7 22 0 R]>>' } },
  numbers: { root: '/ParentTree 23 0 R', objects: { 23: '<</Nums 24 0 R>>', 24: '[0 22 0 R 7 22 0 R]' } },
  branches: {
    root: '/ParentTree 23 0 R',
    objects: { 23: '<</Kids[24 0 R]>>', 24: '<</Limits[0 7]/Nums[0 22 0 R 7 22 0 R]>>' },
  },
  branchesElsewhere: {
    root: '/ParentTree<</Kids 25 0 R>>',
    objects: { 24: '<</Limits[0 7]/Nums[0 22 0 R 7 22 0 R]>>', 25: '[24 0 R]' },
  },
} as const
const paragraph = '<</Type/StructElem/S/P/P 20 0 R/K 0/Pg 4 0 R>>'
/** What the root leads to. */
const children = {
  none: { root: '', objects: {} },
  one: { root: '/K 22 0 R', objects: {} },
  several: { root: '/K[22 0 R 22 0 R]', objects: {} },
  elsewhere: { root: '/K 26 0 R', objects: { 26: '[22 0 R]' } },
  inPlace: { root: `/K${paragraph}`, objects: {} },
  document: { root: '/K[27 0 R]', objects: { 27: '<</Type/StructElem/S/Document/P 20 0 R/K[22 0 R]>>' } },
} as const

type Shape = { parentTree: keyof typeof parentTrees; child: keyof typeof children; told?: number | undefined }

function tagged({ parentTree, child, told }: Shape, more: SampleOptions = {}): Uint8Array {
  const [keys, kids] = [parentTrees[parentTree], children[child]]
  const next = told === undefined ? '' : `/ParentTreeNextKey ${told}`
  return samplePdf({
    ...more,
    catalog: `/MarkInfo<</Marked true>>/StructTreeRoot 20 0 R${more.catalog ?? ''}`,
    objects: {
      20: `<</Type/StructTreeRoot${kids.root}${keys.root}${next}>>`,
      22: paragraph,
      ...keys.objects,
      ...kids.objects,
      ...more.objects,
    },
  })
}

function stamped(original: Uint8Array): { document: PdfDocument; text: string } {
  const recipe = sampleRecipe(original)
  const placed = place({ original, recipe, picture: stampPicture(recipe), primitives: nodePrimitives })
  if (!placed.ok) throw new Error(placed.refusal.code)
  const opened = openDocument(concatBytes([original, placed.prepared.tail]), nodePrimitives, { strict: true })
  if (!opened.ok) throw new Error(opened.refusal.code)
  return { document: opened.document, text: Buffer.from(placed.prepared.tail).toString('latin1') }
}

const items = (document: PdfDocument, value: PdfObject) => {
  const found = document.resolve(value)
  return isArray(found) ? found.items : found === null ? [] : [value]
}

/** Keys of the whole parent tree in their order, with what each leads to. */
function entriesOf(document: PdfDocument, node: PdfObject): [number | undefined, PdfObject][] {
  if (!isDict(node)) return []
  const numbers = items(document, document.lookup(node, 'Nums'))
  const own = numbers.flatMap((key, at): [number | undefined, PdfObject][] =>
    at % 2 === 0 ? [[integerOf(document.resolve(key)), numbers[at + 1] ?? null]] : [],
  )
  const kids = items(document, document.lookup(node, 'Kids'))
  return [...own, ...kids.flatMap((kid) => entriesOf(document, document.resolve(kid)))]
}

/** Objects of type Form under the root, with the number of the object that each is. */
function formElements(document: PdfDocument, node: PdfObject): { number: number; dict: PdfObject }[] {
  const dict = document.resolve(node)
  if (!isDict(dict) || nameOf(document.lookup(dict, 'Type')) === 'OBJR') return []
  const own = nameOf(document.lookup(dict, 'S')) === 'Form' && isRef(node) ? [{ number: node.number, dict }] : []
  return [...own, ...items(document, dict.entries.get('K') ?? null).flatMap((kid) => formElements(document, kid))]
}

function widgetOf(document: PdfDocument) {
  const [field] = readFields(document).filter(({ name }) => name.startsWith('Emet'))
  if (field?.ref === undefined) throw new Error('no field')
  return { number: field.ref.number, key: integerOf(document.lookup(field.dict, 'StructParent')) }
}

test('the stamp is found in the tree from both ends, and all that was there is there still', () => {
  const shapes = fc.record({
    parentTree: fc.constantFrom('none', 'direct', 'object', 'numbers', 'branches', 'branchesElsewhere'),
    child: fc.constantFrom('none', 'one', 'several', 'elsewhere', 'inPlace', 'document'),
    told: fc.constantFrom(undefined, 3, 8, 40),
    kind: fc.constantFrom(...sampleKinds),
  })
  fc.assert(
    fc.property(shapes, ({ kind, ...shape }) => {
      const { document } = stamped(tagged(shape, { kind }))
      const root = document.resolve(document.catalog().entries.get('StructTreeRoot'))
      if (!isDict(root)) throw new Error('no root')
      const { number, key } = widgetOf(document)
      expect(key).toBe(Math.max(shape.told ?? 0, shape.parentTree === 'none' ? 0 : 8))
      expect(document.lookup(root, 'ParentTreeNextKey')).toBe((key ?? 0) + 1)

      const [element, ...others] = formElements(document, document.catalog().entries.get('StructTreeRoot') ?? null)
      expect(others).toEqual([])
      const [link] = isDict(element?.dict) ? items(document, element.dict.entries.get('K') ?? null) : []
      const target = isDict(link) ? link.entries.get('Obj') : undefined
      expect(isRef(target) && target.number).toBe(number)

      const entries = entriesOf(document, document.lookup(root, 'ParentTree'))
      expect(entries.map(([at]) => at)).toEqual(shape.parentTree === 'none' ? [key] : [0, 7, key])
      const found = entries.at(-1)?.[1]
      expect(isRef(found) && found.number).toBe(element?.number)
    }),
    { numRuns: 150 },
  )
})

test('in a locked file strings of the tree keep what they say', () => {
  const plain = tagged({ parentTree: 'direct', child: 'inPlace' }, { objects: { 28: '(x)' } })
  const locked = rewritten(plain, ['--encrypt', '', 'owner', '256', '--'])
  const { document } = stamped(locked)
  expect(widgetOf(document).key).toBe(8)
})

test('an annotation shown twice stands twice in one element, each under its own key', () => {
  const form = { catalog: '/AcroForm<</Fields[30 0 R]/NeedAppearances true>>' }
  const field = { 30: '<</FT/Tx/T(Name)/Subtype/Widget/Rect[0 0 9 9]>>' }
  const { document, text } = stamped(tagged({ parentTree: 'direct', child: 'one' }, { ...form, objects: field }))
  expect(text.match(/\/StructParent \d+/g)).toEqual(['/StructParent 8', '/StructParent 9'])
  expect(text.match(/\/Type\/OBJR/g)).toHaveLength(2)
  const root = document.resolve(document.catalog().entries.get('StructTreeRoot'))
  const entries = isDict(root) ? entriesOf(document, document.lookup(root, 'ParentTree')) : []
  expect(entries.map(([key]) => key)).toEqual([0, 7, 8, 9])
})

const long = Array.from({ length: 1000 }, (_, at) => `${at} 22 0 R`).join(' ')
test.each([
  ['is not marked as tagged', samplePdf({ catalog: '/StructTreeRoot 20 0 R', objects: { 20: '<</K[]>>' } })],
  [
    'has keys that are no numbers',
    tagged({ parentTree: 'object', child: 'one' }, { objects: { 23: '<</Nums[/A 22 0 R]>>' } }),
  ],
  [
    'has numbers and branches at once',
    tagged({ parentTree: 'object', child: 'one' }, { objects: { 23: '<</Nums[]/Kids[]>>' } }),
  ],
  [
    'leads back into itself',
    tagged({ parentTree: 'object', child: 'elsewhere' }, { objects: { 23: '<</Nums 26 0 R>>' } }),
  ],
  [
    'is too long to write again',
    tagged({ parentTree: 'object', child: 'one' }, { objects: { 23: `<</Nums[${long}]>>` } }),
  ],
  [
    'belongs to a signed document',
    tagged(
      { parentTree: 'object', child: 'one' },
      { catalog: '/AcroForm<</Fields[30 0 R]>>', objects: { 30: '<</FT/Sig/T(Board)/V<</Type/Sig>>>>' } },
    ),
  ],
])('a tree that %s is left as it is', (_, original) => {
  const { text } = stamped(original)
  expect(text).not.toContain('StructParent')
  expect(text).not.toContain('StructElem')
})
