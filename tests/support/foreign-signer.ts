import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { append, objectText, onePage, pdfBytes, pdfText, type Objects } from './stamped-pdf.ts'

/** Kinds of key that people sign with, each as openssl makes it. */
const keys = {
  'rsa-2048': { make: ['rsa:2048'], options: [] },
  'rsa-3072': { make: ['rsa:3072'], options: [] },
  'rsa-pss': { make: ['rsa:2048'], options: ['-keyopt', 'rsa_padding_mode:pss'] },
  'ec-p256': { make: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], options: [] },
  'ec-p384': { make: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], options: [] },
  'ec-p521': { make: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521'], options: [] },
} as const
export const foreignKeys = ['rsa-2048', 'rsa-3072', 'rsa-pss', 'ec-p256', 'ec-p384', 'ec-p521'] as const

/** Makes the container over what a signature covers. */
export type Sign = (content: Uint8Array) => Promise<Uint8Array> | Uint8Array

/** A person with a certificate that nobody here trusts, who signs with openssl; `options` are its own. */
export function foreignSigner(
  kind: (typeof foreignKeys)[number],
  hash = 'sha256',
): { sign: Sign; signWith(...options: string[]): Sign; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'openmeterai-foreign-'))
  const file = (name: string) => join(folder, name)
  const { make, options: keyOptions } = keys[kind]
  const names = ['-keyout', file('key.pem'), '-out', file('own.pem'), '-subj', '/CN=A Notary', '-days', '30']
  execFileSync('openssl', ['req', '-x509', '-nodes', '-newkey', ...make, ...names], { stdio: 'ignore' })
  const signWith =
    (...options: string[]): Sign =>
    (content) => {
      const who = ['-signer', file('own.pem'), '-inkey', file('key.pem'), '-md', hash, ...keyOptions]
      const order = ['cms', '-sign', '-binary', '-nosmimecap', '-outform', 'DER', ...who, ...options]
      return new Uint8Array(execFileSync('openssl', order, { input: content, stdio: ['pipe', 'pipe', 'ignore'] }))
    }
  return { sign: signWith(), signWith, remove: () => rmSync(folder, { recursive: true }) }
}

/** How a signature is written; by default an invisible one, in a field of its own. */
export type Signing = {
  sign: Sign
  /** Object number of the field (new) and the next two for its value and its picture; another for each signature. */
  at?: number
  /** Its name, `Signature` and the number where none is given. */
  name?: string
  box?: readonly number[]
  /** The number of an empty field that is signed instead of a new one. */
  into?: number
  /** More keys of the signature dictionary, such as /Reference. */
  keys?: string
  /** More keys of the new field. */
  fieldKeys?: string
  /** `/Type/Sig/SubFilter/adbe.pkcs7.detached` where nothing else is given. */
  kind?: string
  /** Objects that the same update writes besides; they are told what the update itself would write. */
  objects?: Objects
  /** Turned on what the catalog would be. */
  catalog?: (text: string) => string
}

const contents = `<${'0'.repeat(24_000)}>`
const range = '/ByteRange[0 0000000000 0000000000 0000000000]'

function formOf(catalog: string): number | undefined {
  const found = /\/AcroForm (\d+) 0 R/.exec(catalog)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** The objects that bring a new field with its widget into form and page. */
function newField(before: Uint8Array, field: number, body: string): Objects {
  const catalog = objectText(before, 1)
  const page = objectText(before, 3)
  const form = formOf(catalog)
  const isNamed = page.includes('/Annots')
  return {
    3: isNamed
      ? page.replace(/(\/Annots\s*\[[^\]]*)\]/, `$1 ${field} 0 R]`)
      : page.replace('<<', `<</Annots[${field} 0 R]`),
    [form ?? 149]:
      form === undefined
        ? `<</Fields[${field} 0 R]/SigFlags 3>>`
        : objectText(before, form).replace(/(\/Fields\s*\[[^\]]*)\]/, `$1 ${field} 0 R]`),
    ...(form === undefined ? { 1: catalog.replace('<<', '<</AcroForm 149 0 R') } : {}),
    [field]: body,
  }
}

/** The document with one more signature, in an update of its own as the signers of the world write it. */
export async function sign(before: Uint8Array, how: Signing): Promise<Uint8Array> {
  const { at = 150, box = [0, 0, 0, 0], into, keys: more = '', kind = '/Type/Sig/SubFilter/adbe.pkcs7.detached' } = how
  const picture = '0.8 g 0 0 90 40 re f'
  const isShown = (box[2] ?? 0) > (box[0] ?? 0)
  const shown = isShown ? `/AP<</N ${at + 2} 0 R>>` : ''
  const widget = `<</Type/Annot/Subtype/Widget/FT/Sig/T(${how.name ?? `Signature${at}`})/F 132/P 3 0 R/Rect[${box.join(' ')}]${shown}${how.fieldKeys ?? ''}/V ${at + 1} 0 R>>`
  const field: Objects =
    into === undefined
      ? newField(before, at, widget)
      : { [into]: objectText(before, into).replace('<<', `<</V ${at + 1} 0 R`) }
  const objects: Objects = {
    ...field,
    [at + 1]: `<<${kind}/Filter/Adobe.PPKLite/M(D:20261123131400Z)${range}/Contents${contents}${more}>>`,
    ...(isShown
      ? {
          [at + 2]:
            `<</Type/XObject/Subtype/Form/BBox[0 0 90 40]/Length ${picture.length}>>\nstream\n${picture}\nendstream`,
        }
      : {}),
    ...how.objects,
  }
  if (how.catalog !== undefined) objects[1] = how.catalog(objects[1] ?? objectText(before, 1))
  return fillIn(append(before, objects), before.length, how.sign)
}

async function fillIn(prepared: Uint8Array, from: number, make: Sign): Promise<Uint8Array> {
  const text = pdfText(prepared)
  const gapStart = text.indexOf(contents, from)
  const gapEnd = gapStart + contents.length
  const numbers = `/ByteRange[0 ${gapStart} ${gapEnd} ${text.length - gapEnd}]`.padEnd(range.length)
  const head = text.slice(0, gapStart)
  const at = head.lastIndexOf(range)
  const whole = head.slice(0, at) + numbers + head.slice(at + range.length)
  const tail = text.slice(gapEnd)
  const hex = Buffer.from(await make(pdfBytes(whole + tail))).toString('hex')
  return pdfBytes(`${whole}<${hex.padEnd(contents.length - 2, '0')}>${tail}`)
}

/** What a certification says of later changes: 1 none, 2 forms, 3 notes too. */
export const certifies = (permission: number) =>
  `/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P ${permission}/V/1.2>>>>]`
/** What a signature says of the fields it locks: `/Action/All`, or with /Fields. */
export const locks = (params: string) =>
  `/Reference[<</Type/SigRef/TransformMethod/FieldMDP/TransformParams<</Type/TransformParams/V/1.2${params}>>>>]`
/** The catalog's entry that makes a signature the certification. */
export const asCertification = (signature: number) => (catalog: string) =>
  catalog.replace('<<', `<</Perms<</DocMDP ${signature} 0 R>>`)

/** A text appearance as forms have it. */
export function textAppearance(text: string): string {
  const drawn = `/Tx BMC q BT /F1 9 Tf 0 g 2 4 Td (${text}) Tj ET Q EMC`
  return `<</Type/XObject/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</F1 5 0 R>>>>/Length ${drawn.length}>>\nstream\n${drawn}\nendstream`
}

/** Numbers of the fields of `agreement`. */
export const fieldNumbers = { amount: 10, place: 11, agreed: 12, buyer: 13 } as const

/** An agreement of one page with a form: a filled amount, an empty place, a box to tick, an empty signature field. */
export function agreement(): Uint8Array {
  const { amount, place, agreed, buyer } = fieldNumbers
  const widget = (rest: string) => `<</Type/Annot/Subtype/Widget/P 3 0 R/F 4${rest}>>`
  return append(new Uint8Array(0), {
    ...onePage(`/Annots[${amount} 0 R ${place} 0 R ${agreed} 0 R ${buyer} 0 R]`),
    1: '<</Type/Catalog/Pages 2 0 R/AcroForm 9 0 R>>',
    9: `<</Fields[${amount} 0 R ${place} 0 R ${agreed} 0 R ${buyer} 0 R]/DA(/F1 9 Tf 0 g)/DR<</Font<</F1 5 0 R>>>>>>`,
    [amount]: widget('/FT/Tx/T(amount)/V(Rp 5.000.000)/Rect[72 600 172 620]/AP<</N 14 0 R>>'),
    [place]: widget('/FT/Tx/T(place)/V()/Rect[72 560 172 580]'),
    [agreed]: widget('/FT/Btn/T(agreed)/V/Off/AS/Off/Rect[72 520 92 540]/AP<</N<</Yes 15 0 R/Off 16 0 R>>>>'),
    [buyer]: widget('/FT/Sig/T(buyer)/Rect[300 500 390 540]'),
    14: textAppearance('Rp 5.000.000'),
    15: textAppearance('x'),
    16: textAppearance(''),
  })
}
