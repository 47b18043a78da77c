import type { CheckReason } from '../../src/stamp/check/report.ts'
import { objectText, type Objects, type Stamped as WholeStamped } from './stamped-pdf.ts'

/** A forger has the file and nothing else. */
type Stamped = Pick<WholeStamped, 'bytes'>

/** The text with its first `from` replaced; throws where there is none, so that no forgery is one of nothing. */
export function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`"${from}" is not in "${text}"`)
  return text.replace(from, to)
}

/** Numbers and texts that the forgeries need of the stamped file. */
export function partsOf(stamped: Stamped) {
  const catalog = objectText(stamped.bytes, 1)
  const page = objectText(stamped.bytes, 3)
  const field = Number(/\/Annots\s*\[(\d+) 0 R/.exec(page)?.[1])
  const form = Number(/\/AcroForm (\d+) 0 R/.exec(catalog)?.[1])
  const store = Number(/\/DSS (\d+) 0 R/.exec(catalog)?.[1])
  const picture = Number(/\/AP<<\/N (\d+) 0 R/.exec(objectText(stamped.bytes, field))?.[1])
  const certificate = Number(/\/Certs\s*\[\s*(\d+) 0 R/.exec(objectText(stamped.bytes, store))?.[1])
  return { catalog, page, field, form, store, picture, certificate, annotation: 190 }
}

/** A stream object's text. */
export const stream = (text: string) => `<</Length ${text.length}>>\nstream\n${text}\nendstream`
/** An update as a forger would write it: what `append` takes. */
export type Forgery = { objects: Objects; root?: number; extra?: string }

/** Updates that change what was stamped, each with the reason that must be given. The page must refer to a missing object 150. */
export const forgedUpdates: [string, CheckReason, (stamped: Stamped) => Forgery][] = [
  ['the page drawn anew', 'object_changed', () => ({ objects: { 4: stream('BT (Rp 9.000.000) Tj ET') } })],
  [
    'other content for the page',
    'page_changed',
    (stamped) => ({
      objects: { 3: replaced(partsOf(stamped).page, '/Contents 4 0 R', '/Contents 190 0 R'), 190: stream('q Q') },
    }),
  ],
  [
    'a larger page',
    'page_changed',
    (stamped) => ({ objects: { 3: replaced(partsOf(stamped).page, '[0 0 595 842]', '[0 0 595 400]') } }),
  ],
  [
    'other pages',
    'catalog_changed',
    (stamped) => ({
      objects: {
        1: replaced(partsOf(stamped).catalog, '/Pages 2 0 R', '/Pages 190 0 R'),
        190: '<</Type/Pages/Kids[]/Count 0>>',
      },
    }),
  ],
  [
    'an action on opening',
    'catalog_changed',
    (stamped) => ({
      objects: { 1: replaced(partsOf(stamped).catalog, '<<', '<</OpenAction<</S/JavaScript/JS(app.alert)>>') },
    }),
  ],
  ['another font', 'object_changed', () => ({ objects: { 5: '<</Type/Font/Subtype/Type1/BaseFont/Courier>>' } })],
  [
    'a note over the page',
    'annotation_unexpected',
    (stamped) => ({
      objects: {
        3: replaced(partsOf(stamped).page, '/Annots [', '/Annots [190 0 R '),
        190: '<</Type/Annot/Subtype/FreeText/Rect[0 0 595 842]>>',
      },
    }),
  ],
  [
    'a note after the stamp',
    'annotation_unexpected',
    (stamped) => ({
      objects: {
        3: replaced(partsOf(stamped).page, `${partsOf(stamped).field} 0 R]`, `${partsOf(stamped).field} 0 R 190 0 R]`),
        190: '<</Type/Annot/Subtype/FreeText/Rect[0 0 595 842]>>',
      },
    }),
  ],
  ['another catalog', 'trailer_changed', () => ({ objects: { 190: '<</Type/Catalog/Pages 2 0 R>>' }, root: 190 })],
  ['another title', 'object_changed', () => ({ objects: { 6: '<</Title(Something else)>>' } })],
  [
    'another picture in the stamp',
    'object_changed',
    (stamped) => ({ objects: { [partsOf(stamped).picture]: stream('0 0 100 100 re f') } }),
  ],
  [
    'the stamp moved away',
    'object_changed',
    (stamped) => ({
      objects: {
        [partsOf(stamped).field]: replaced(
          objectText(stamped.bytes, partsOf(stamped).field),
          '[36 36 136 136]',
          '[0 0 1 1]',
        ),
      },
    }),
  ],
  [
    'a form that draws itself anew',
    'form_changed',
    (stamped) => ({
      objects: {
        [partsOf(stamped).form]: replaced(
          objectText(stamped.bytes, partsOf(stamped).form),
          '<<',
          '<</NeedAppearances true',
        ),
      },
    }),
  ],
  [
    'a text field',
    'form_changed',
    (stamped) => ({
      objects: {
        [partsOf(stamped).form]: replaced(
          objectText(stamped.bytes, partsOf(stamped).form),
          '/Fields[',
          '/Fields[190 0 R ',
        ),
        190: '<</FT/Tx/T(amount)>>',
      },
    }),
  ],
  [
    'a signature field that nobody signed',
    'form_changed',
    (stamped) => ({
      objects: {
        [partsOf(stamped).form]: replaced(objectText(stamped.bytes, partsOf(stamped).form), '0 R]', '0 R 190 0 R]'),
        190: '<</FT/Sig/T(S2)/V 191 0 R>>',
        191: '<</Type/Sig/Contents<00>/ByteRange[0 1 3 4]>>',
      },
    }),
  ],
  [
    'the stamp taken out of the form',
    'form_changed',
    (stamped) => ({ objects: { [partsOf(stamped).form]: '<</Fields[]/SigFlags 3>>' } }),
  ],
  ['a font taken away', 'object_removed', () => ({ objects: { 5: null } })],
  [
    'what the page had referred to in vain',
    'object_filled_in',
    () => ({ objects: { 150: stream('BT (Rp 9.000.000) Tj ET') } }),
  ],
  ['an object nobody needs', 'object_unexpected', () => ({ objects: { 190: stream('BT (Rp 9.000.000) Tj ET') } })],
  [
    'other bytes for a certificate of the store',
    'object_changed',
    (stamped) => ({ objects: { [partsOf(stamped).certificate]: stream('BT (Rp 9.000.000) Tj ET') } }),
  ],
  [
    'an object that the table does not name',
    'update_malformed',
    (stamped) => ({
      objects: { 1: partsOf(stamped).catalog },
      extra: `4 0 obj\n${stream('BT (Rp 9) Tj ET')}\nendobj\n`,
    }),
  ],
  [
    'words between its objects',
    'update_malformed',
    (stamped) => ({ objects: { 1: partsOf(stamped).catalog }, extra: 'anything at all\n' }),
  ],
]
