import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import type { StampSigner } from '../src/signing/stamp-signer.ts'
import { developmentTimestampSource } from '../src/signing/timestamp-source.ts'
import { openStampSigner } from '../src/signing/stamp-signer.ts'
import { check } from '../src/stamp/check/check.ts'
import type { CheckReason, SignatureReport } from '../src/stamp/check/report.ts'
import {
  agreement,
  asCertification,
  certifies,
  fieldNumbers,
  foreignSigner,
  locks,
  sign,
  textAppearance,
  type Signing,
} from './support/foreign-signer.ts'
import { replaced, stream } from './support/forged-updates.ts'
import {
  append,
  objectText,
  removeAuthorities,
  specimenSerial,
  stampPdf,
  temporaryAuthority,
  type Objects,
} from './support/stamped-pdf.ts'

/*
 * What a signer allows others to do to the document behind the signature (ISO 32000-2 12.8.2): by a certification (DocMDP),
 * by locks on fields (FieldMDP), or by saying nothing. Each document is signed once; then something happens to it.
 */

const notary = foreignSigner('ec-p256')
const buyer = foreignSigner('ec-p256')
let stamps: StampSigner
let timestamp: (digest: Uint8Array) => Promise<Uint8Array>

beforeAll(async () => {
  const authority = await temporaryAuthority()
  stamps = await openStampSigner({ authority })
  const source = developmentTimestampSource(authority, { now: () => new Date() })
  timestamp = (digest) => source.timestamp(digest)
})

afterAll(async () => {
  notary.remove()
  buyer.remove()
  await removeAuthorities()
})

const sha256 = (bytes: Uint8Array) => nodePrimitives.hash('sha256').update(bytes).digest()
const { amount, place, agreed, buyer: buyerField } = fieldNumbers

/** The first signature's report once `happens` has happened to the agreement. */
async function afterwards(
  how: Partial<Signing>,
  happens: (signed: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<SignatureReport | undefined> {
  const isCertified = how.keys?.includes('DocMDP') === true
  const signed = await sign(agreement(), {
    sign: notary.sign,
    ...(isCertified ? { catalog: asCertification(151) } : {}),
    ...how,
  })
  const report = check(await happens(signed), { roots: stamps.trustRoots() }, nodePrimitives)
  return report.signatures.find(({ fieldName }) => fieldName === 'Signature150')
}

const update = (objects: (bytes: Uint8Array) => Objects) => (bytes: Uint8Array) => append(bytes, objects(bytes))

/** The page with object 170 at the end of its annotations, and the objects. */
function annotated(bytes: Uint8Array, objects: Objects): Objects {
  return { 3: objectText(bytes, 3).replace(/(\/Annots\s*\[[^\]]*)\]/, '$1 170 0 R]'), ...objects }
}

function filledPlace(appearance: string, change = '(Jakarta)') {
  return update((bytes) => ({
    [place]: replaced(objectText(bytes, place), '/V()', `/V${change}/AP<</N 170 0 R>>`),
    170: appearance,
  }))
}

const happenings = {
  'the place is filled in': filledPlace(textAppearance('Jakarta')),
  'the box is ticked': update((bytes) => ({
    [agreed]: replaced(objectText(bytes, agreed), '/V/Off/AS/Off', '/V/Yes/AS/Yes'),
  })),
  'the buyer signs in the field made for it': (bytes: Uint8Array) =>
    sign(bytes, { sign: buyer.sign, at: 160, into: buyerField }),
  'the buyer signs unseen in a field of its own': (bytes: Uint8Array) => sign(bytes, { sign: buyer.sign, at: 160 }),
  'the buyer signs in a field of its own that shows': (bytes: Uint8Array) =>
    sign(bytes, { sign: buyer.sign, at: 160, box: [300, 300, 390, 340] }),
  'a stamp is affixed': async (bytes: Uint8Array) =>
    (await stampPdf(bytes, stamps, { serial: specimenSerial(1) })).bytes,
  'validation data is added': update((bytes) => ({
    1: objectText(bytes, 1).replace('<<', '<</DSS<</Certs[170 0 R]>>'),
    170: stream('30'),
  })),
  'the document is timestamped': (bytes: Uint8Array) =>
    sign(bytes, {
      sign: (content) => timestamp(sha256(content)),
      at: 160,
      kind: '/Type/DocTimeStamp/SubFilter/ETSI.RFC3161',
    }),
  'a note is left': update((bytes) =>
    annotated(bytes, {
      170: '<</Type/Annot/Subtype/Text/Rect[400 700 420 720]/Contents(Please look)/P 3 0 R/Popup 171 0 R>>',
      171: '<</Type/Annot/Subtype/Popup/Rect[420 600 520 700]/Parent 170 0 R>>',
    }),
  ),
} as const
type Happening = keyof typeof happenings

const always = ['validation data is added', 'the document is timestamped'] as const
const forms = [
  ...always,
  'the place is filled in',
  'the box is ticked',
  'the buyer signs in the field made for it',
  'the buyer signs unseen in a field of its own',
  'a stamp is affixed',
] as const
const signers: [string, Partial<Signing>, readonly Happening[]][] = [
  ['a certification without changes', { keys: certifies(1) }, always],
  ['a certification for forms', { keys: certifies(2) }, forms],
  ['a certification for notes', { keys: certifies(3) }, [...forms, 'a note is left']],
  ['a signature that says nothing', {}, [...forms, 'the buyer signs in a field of its own that shows']],
]
const happeningList = Object.entries(happenings)

const cases = signers.flatMap(([who, how, allowed]) =>
  happeningList
    // placing refuses a document that allows no changes
    .filter(([what]) => what !== 'a stamp is affixed' || allowed !== always)
    .map(([what, happen]) => ({ who, how, what, happen, isAllowed: allowed.some((one) => one === what) })),
)

test.each(cases.filter(({ isAllowed }) => isAllowed))('$who allows that $what', async ({ how, happen }) => {
  const report = await afterwards(how, happen)

  expect(report).toMatchObject({ integrity: 'intact' })
})

/** The three ways to say that the signer would not have it; any other reason would be an accident of the test. */
const refusals: readonly CheckReason[] = ['change_forbidden', 'form_changed', 'annotation_unexpected']

test.each(cases.filter(({ isAllowed }) => !isAllowed))('$who does not allow that $what', async ({ how, happen }) => {
  const report = await afterwards(how, happen)

  expect(report?.integrity).toBe('changed')
  expect(report?.reasons.filter((reason) => reason !== 'later_signature')).toEqual([expect.toBeOneOf([...refusals])])
})

test.each<[string, string, Happening, CheckReason | undefined]>([
  ['locks the place', '/Action/Include/Fields[(place)]', 'the place is filled in', 'form_changed'],
  ['locks the amount only', '/Action/Include/Fields[(amount)]', 'the place is filled in', undefined],
  ['locks all but the place', '/Action/Exclude/Fields[(place)]', 'the place is filled in', undefined],
  ['locks all but the place', '/Action/Exclude/Fields[(place)]', 'the box is ticked', 'form_changed'],
  ['locks all fields', '/Action/All', 'the box is ticked', 'form_changed'],
  ['locks all fields', '/Action/All', 'the buyer signs in the field made for it', 'change_forbidden'],
  ['locks all fields', '/Action/All', 'a stamp is affixed', undefined],
  ['locks all fields', '/Action/All', 'the document is timestamped', undefined],
  ['locks in a way that nobody knows', '/Action/Perhaps', 'the box is ticked', 'form_changed'],
  [
    'locks all fields and the document',
    '/Action/All/P 1',
    'the buyer signs unseen in a field of its own',
    'change_forbidden',
  ],
])('after a signature that %s (%s), %s', async (_, params, what, reason) => {
  const report = await afterwards({ keys: locks(params) }, happenings[what])

  expect(report?.reasons.filter((one) => one !== 'later_signature')).toEqual(reason === undefined ? [] : [reason])
})

test('the lock of the signed field counts as well', async () => {
  const report = await afterwards(
    { fieldKeys: '/Lock<</Type/SigFieldLock/Action/All/P 1>>' },
    happenings['the buyer signs unseen in a field of its own'],
  )

  expect(report?.reasons).toContain('change_forbidden')
})

test('a signer may lock the fields it found', async () => {
  const report = await afterwards({}, (signed) =>
    sign(signed, {
      sign: buyer.sign,
      at: 160,
      keys: locks('/Action/All'),
      objects: {
        [amount]: objectText(signed, amount).replace('<<', '<</Ff 1'),
        [place]: objectText(signed, place).replace('<<', '<</Ff 1'),
      },
    }),
  )

  expect(report).toMatchObject({ integrity: 'intact', reasons: ['later_signature'] })
})

const painted = (drawn: string, keys = '') =>
  `<</Type/XObject/Subtype/Form/BBox[0 0 100 20]${keys}/Length ${drawn.length}>>\nstream\n${drawn}\nendstream`

test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
  [
    'another amount',
    update((bytes) => ({
      [amount]: replaced(objectText(bytes, amount), '5.000.000)', '9.000.000)').replace('14 0 R', '170 0 R'),
      170: textAppearance('Rp 9.000.000'),
    })),
  ],
  [
    'another picture of the same amount',
    update((bytes) => ({
      [amount]: replaced(objectText(bytes, amount), '14 0 R', '170 0 R'),
      170: textAppearance('Rp 9.000.000'),
    })),
  ],
  ['an amount written over', update(() => ({ 14: textAppearance('Rp 9.000.000') }))],
  [
    'an amount deleted',
    update((bytes) => ({ [amount]: replaced(objectText(bytes, amount), '/V(Rp 5.000.000)', '/V()') })),
  ],
  ['a place that paints over the page', filledPlace(painted('1 g -500 -500 2000 2000 re f'))],
  ['a place that shows a picture', filledPlace(painted('/Im0 Do', '/Resources<</XObject<</Im0 4 0 R>>>>'))],
  ['a place that shades the page', filledPlace(painted('/Sh0 sh'))],
  ['a place with an image in its text', filledPlace(painted('BI /W 1/H 1/BPC 8/CS/G ID \xff EI Q Q Q Q Q Q Q'))],
  ['a place that hides its drawing in a comment', filledPlace(painted('%(\n0 0 9 9 re f\n%) Tj'))],
  [
    'a place that shows what stood elsewhere',
    update((bytes) => ({ [place]: replaced(objectText(bytes, place), '/V()', '/V(x)/AP<</N 14 0 R>>') })),
  ],
  [
    'a place moved over the page',
    update((bytes) => ({
      [place]: replaced(objectText(bytes, place), '[72 560 172 580]', '[0 0 595 842]').replace('/V()', '/V(x)'),
    })),
  ],
  [
    'a place with an action',
    update((bytes) => ({
      [place]: replaced(objectText(bytes, place), '/V()', '/V(x)/A<</S/URI/URI(http://x.example)>>'),
    })),
  ],
  [
    'a box with other drawings for its states',
    update((bytes) => ({
      [agreed]: replaced(objectText(bytes, agreed), '/Yes 15 0 R', '/Yes 14 0 R').replace('/AS/Off', '/AS/Yes'),
    })),
  ],
  [
    'a place in letters that are drawings',
    update((bytes) => ({
      [place]: replaced(objectText(bytes, place), '/V()', '/V(x)/AP<</N 170 0 R>>'),
      170: textAppearance('x').replace('5 0 R', '171 0 R'),
      171: '<</Type/Font/Subtype/Type3/CharProcs<</x 4 0 R>>>>',
    })),
  ],
  [
    'an amount in other colours',
    update((bytes) => ({ [amount]: objectText(bytes, amount).replace('<<', '<</DA(/F1 9 Tf 1 g)') })),
  ],
  ['other defaults for a font', update((bytes) => ({ 9: replaced(objectText(bytes, 9), '/F1 5 0 R', '/F1 4 0 R') }))],
])('%s is no filling in', async (_, happen) => {
  const report = await afterwards({}, happen)

  expect(report?.integrity).toBe('changed')
  expect(report?.reasons).not.toContain('update_malformed')
})

test('a form that readers draw anew takes no more fonts', async () => {
  const redrawn = append(agreement(), {
    9: objectText(agreement(), 9).replace('<<', '<</NeedAppearances true'),
  })
  const bare = append(agreement(), { [amount]: replaced(objectText(agreement(), amount), '/AP<</N 14 0 R>>', '') })
  for (const original of [redrawn, bare]) {
    const signed = await sign(original, { sign: notary.sign })
    const more = append(signed, {
      9: replaced(objectText(signed, 9), '/F1 5 0 R', '/F1 5 0 R/Evil 170 0 R'),
      170: '<</Type/Font/Subtype/Type1/BaseFont/Symbol>>',
    })

    const [report] = check(more, { roots: [] }, nodePrimitives).signatures

    expect(report?.reasons).toEqual(['form_changed'])
  }
})

test('a field that was read-only is not filled in', async () => {
  const closed = update((bytes) => ({ [place]: objectText(bytes, place).replace('<<', '<</Ff 1') }))
  const report = await afterwards({}, (signed) => filledPlace(textAppearance('Jakarta'))(closed(signed)))

  expect(report?.reasons).toContain('form_changed')
})

test('what was filled in over a signature covers it', async () => {
  const report = await afterwards({ box: [70, 550, 160, 600] }, happenings['the place is filled in'])

  expect(report?.reasons).toContain('stamp_covered')
})

test('a stamp allows signatures and no filling in', async () => {
  const stamped = await stampPdf(agreement(), stamps, { serial: specimenSerial(2), placement: { left: 400 } })
  const reasons = async (bytes: Uint8Array | Promise<Uint8Array>) =>
    check(await bytes, { roots: stamps.trustRoots() }, nodePrimitives).signatures[0]?.reasons

  expect(await reasons(happenings['the place is filled in'](stamped.bytes))).toEqual(['form_changed'])
  expect(await reasons(append(stamped.bytes, { 190: stream('q Q') }))).toEqual(['object_unexpected'])
  expect(await reasons(happenings['the buyer signs in the field made for it'](stamped.bytes))).toEqual([
    'later_signature',
  ])
})

/** Annotations as in "Attacks on PDF Certification" (2021): each can hide what was certified. */
test.each([
  ['free text', '/Subtype/FreeText/Rect[0 0 595 842]/Contents(Rp 1)'],
  ['a redaction', '/Subtype/Redact/Rect[0 0 595 842]'],
  ['a rubber stamp', '/Subtype/Stamp/Rect[0 0 595 842]/AP<</N 4 0 R>>'],
  ['a highlight with a drawing of its own', '/Subtype/Highlight/Rect[0 0 595 842]/AP<</N 4 0 R>>'],
  ['a line', '/Subtype/Line/L[0 0 9 9]/Rect[0 0 595 842]'],
  ['a note with a drawing of its own', '/Subtype/Text/Rect[0 0 20 20]/AP<</N 4 0 R>>'],
  ['a note that acts', '/Subtype/Text/Rect[0 0 20 20]/A<</S/JavaScript/JS(x)>>'],
  ['a window with a drawing', '/Subtype/Popup/Rect[0 0 595 842]/AP<</N 4 0 R>>'],
  ['a link', '/Subtype/Link/Rect[0 0 595 842]'],
])('%s over a document certified for notes is told', async (_, body) => {
  const report = await afterwards(
    { keys: certifies(3) },
    update((bytes) => annotated(bytes, { 170: `<</Type/Annot/P 3 0 R${body}>>` })),
  )

  expect(report).toMatchObject({ integrity: 'changed', reasons: ['annotation_unexpected'] })
})

/** The same paper's signature in a new field, made ready in one update and signed in the next. */
test('a field made ready to cover a certified page is told before it is signed and after', async () => {
  const ready = (bytes: Uint8Array) =>
    append(bytes, {
      ...annotated(bytes, {
        170: '<</Type/Annot/Subtype/Widget/FT/Sig/T(Sneaky)/F 132/P 3 0 R/Rect[60 680 290 730]>>',
      }),
      9: replaced(objectText(bytes, 9), ']', ' 170 0 R]'),
    })

  const before = await afterwards({ keys: certifies(2) }, ready)
  const after = await afterwards({ keys: certifies(2) }, (signed) =>
    sign(ready(signed), { sign: buyer.sign, at: 160, into: 170 }),
  )

  expect(before?.reasons).toEqual(['change_forbidden'])
  expect(after?.reasons).toEqual(['change_forbidden', 'later_signature'])
})
