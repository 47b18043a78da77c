import { fromBase64 } from '../base/bytes.ts'
import { pagesMax, pdfBytesMax } from '../limits/stamping.ts'
import { documentTypeSlugs, type DocumentType } from '../stamp/document-types.ts'
import type { Placement, Recipe, ValidationData } from '../stamp/recipe.ts'
import { contentsBytesMax } from './bounds.ts'
import {
  AnswerError,
  booleanOf,
  fieldsOf,
  listOf,
  numberOf,
  oneOf,
  optionalTextOf,
  textOf,
  type Fields,
} from './json-fields.ts'

/** What people say about a document. Dates are YYYY-MM-DD, the value is whole rupiah in digits, `number` is "0" where left out. */
export type DocumentDetails = {
  documentType: DocumentType
  number?: string | undefined
  date?: string | undefined
  fileName?: string | undefined
  valueRupiah?: string | undefined
  identityType?: 'KTP' | 'NPWP' | 'PASSPORT' | undefined
  identityNumber?: string | undefined
  payerName?: string | undefined
  location?: string | undefined
  /** A cost centre of the account's. */
  tag?: string | undefined
}

/** The signature of an affixed stamp as its owner can fetch it at any time. */
export type SignatureData = { cms: Uint8Array; validation: ValidationData }

/** An affixing as the API shows it. Times are ISO 8601; `signature` stands once it is affixed, and not in lists. */
export type Affixing = {
  id: string
  state: 'reserved' | 'affixed' | 'released'
  serial: string
  recipe: Recipe
  /** As stored; read it only to compare. */
  facts: Readonly<Record<string, unknown>>
  pageCount: number
  additional: boolean
  createdAt: string
  expiresAt: string
  affixedAt?: string
  releasedAt?: string
  releaseReason?: string
  digest?: string
  signature?: SignatureData
}

const states = ['reserved', 'affixed', 'released'] as const

/** Reads an affixing of an answer. Throws AnswerError when it is none. */
export function readAffixing(json: unknown, where = 'affixing'): Affixing {
  const fields = fieldsOf(json, where)
  const signature = readSignature(fields)
  const optional = (name: 'affixedAt' | 'releasedAt' | 'releaseReason' | 'digest') => {
    const value = optionalTextOf(fields, name)
    return value === undefined ? {} : { [name]: value }
  }
  return {
    id: textOf(fields, 'id'),
    state: oneOf(fields, 'state', states),
    serial: textOf(fields, 'serial'),
    recipe: readRecipe(fields.values['recipe'], `${where}.recipe`),
    facts: fieldsOf(fields.values['facts'], `${where}.facts`).values,
    pageCount: numberOf(fields, 'pageCount', { least: 1, most: pagesMax }),
    additional: booleanOf(fields, 'additional'),
    createdAt: textOf(fields, 'createdAt'),
    expiresAt: textOf(fields, 'expiresAt'),
    ...optional('affixedAt'),
    ...optional('releasedAt'),
    ...optional('releaseReason'),
    ...optional('digest'),
    ...(signature === undefined ? {} : { signature }),
  }
}

/** The signature and validation data among the fields of an answer, where they are there. */
export function readSignature(fields: Fields): SignatureData | undefined {
  if (optionalTextOf(fields, 'signature') === undefined) return undefined
  const where = `${fields.where}.validation`
  const validation = fieldsOf(fields.values['validation'], where)
  const der = (item: unknown, name: string) => derOf({ where: name, values: { der: item } }, 'der')
  return {
    cms: derOf(fields, 'signature'),
    validation: {
      certs: listOf(validation, 'certs', der),
      ocsps: listOf(validation, 'ocsps', der),
      crls: listOf(validation, 'crls', der),
    },
  }
}

/** Bytes of a base64 field. */
export function derOf(fields: Fields, name: string): Uint8Array {
  const text = textOf(fields, name)
  try {
    return fromBase64(text)
  } catch (cause) {
    throw new AnswerError(`${fields.where}.${name} is no base64 (${String(cause)})`)
  }
}

function readPlacement(json: unknown, where: string): Placement {
  const fields = fieldsOf(json, where)
  return {
    page: numberOf(fields, 'page', { least: 1, most: pagesMax }),
    left: numberOf(fields, 'left'),
    bottom: numberOf(fields, 'bottom'),
    width: numberOf(fields, 'width'),
    height: numberOf(fields, 'height'),
    unit: oneOf(fields, 'unit', ['pt', 'mm']),
  }
}

function matching(fields: Fields, name: string, pattern: RegExp): string {
  const value = textOf(fields, name)
  if (!pattern.test(value)) throw new AnswerError(`${fields.where}.${name} is "${value.slice(0, 80)}"`)
  return value
}

const hex32 = /^[0-9a-f]{64}$/

/** Only what format 1 knows is taken: a recipe of another format needs another version of this program. */
function readRecipe(json: unknown, where: string): Recipe {
  const fields = fieldsOf(json, where)
  const one = (name: 'format' | 'pictureVersion'): 1 => {
    const value = numberOf(fields, name)
    if (value !== 1) throw new AnswerError(`${where}.${name} is ${value}, this version knows 1; update meterai`)
    return 1
  }
  return {
    format: one('format'),
    pictureVersion: one('pictureVersion'),
    artworkSha256: optionalTextOf(fields, 'artworkSha256') ?? null,
    sourceSha256: matching(fields, 'sourceSha256', hex32),
    sourceLength: numberOf(fields, 'sourceLength', { least: 1, most: pdfBytesMax }),
    placement: readPlacement(fields.values['placement'], `${where}.placement`),
    documentType: oneOf(fields, 'documentType', documentTypeSlugs),
    reason: textOf(fields, 'reason'),
    location: textOf(fields, 'location'),
    serial: matching(fields, 'serial', /^[0-9A-Z]{22}$/),
    checkUrl: textOf(fields, 'checkUrl'),
    specimen: booleanOf(fields, 'specimen'),
    signedAt: matching(fields, 'signedAt', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    seed: matching(fields, 'seed', hex32),
    signerKeyId: textOf(fields, 'signerKeyId'),
    contentsBytes: numberOf(fields, 'contentsBytes', { least: 1, most: contentsBytesMax }),
    profile: oneOf(fields, 'profile', ['B-LT']),
  }
}
