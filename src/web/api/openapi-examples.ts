import { isObject } from '../../client/json-fields.ts'

/** A schema of the document, as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What fields of these names hold wherever they stand, so that examples tell one story. */
const byName: Readonly<Record<string, unknown>> = {
  number: '017/PKS/2026',
  fileName: 'contract.pdf',
  location: 'Jakarta',
  payerName: 'PT Contoh',
  identityNumber: '012345678901234',
  left: 400,
  bottom: 60,
  width: 100,
  height: 100,
  sourceLength: 48_213,
  pageCount: 3,
  contentsBytes: 12_288,
  serial: 'SPESIMEN01Y2K4T7Q9ZB3A',
  seed: 'c5'.repeat(32),
  checkUrl: 'https://meterai.example/cek/SPESIMEN01Y2K4T7Q9ZB3A',
  service: 'https://meterai.example',
  url: 'https://books.example.com/meterai',
  secret: 'whsec_bWV0ZXJhaSBleGFtcGxlIHNlY3JldCwgbm90IGEgcmVhbCBvbmU=',
  reason: '[SPESIMEN01Y2K4T7Q9ZB3A] Surat Perjanjian',
  documentType: 'surat-perjanjian',
  slug: 'surat-perjanjian',
  name: 'Surat Perjanjian',
  available: 12,
  reserved: 0,
  spent: 3,
  nextCursor: null,
}
const uuid = '0193f2a4c0de7000a1b2c3d4e5f60718'
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
const byFormat: Readonly<Record<string, string>> = {
  date: '2026-11-23',
  'date-time': '2026-11-23T13:14:00.000Z',
  email: 'contoh@example.com',
  uri: 'https://books.example.com/meterai',
  uuid: '0193f2a4-c0de-7000-a1b2-c3d4e5f60718',
}
/** Tried in turn where a pattern is all that is known. */
const texts = [
  'text',
  '10000',
  '123456',
  sha256,
  'SPESIMEN01Y2K4T7Q9ZB3A',
  uuid,
  '1234567890123456',
  '+6281234567890',
  'a',
]

/** A value of this schema, the same every time; undefined where none is found: give the schema an `example`. */
export function exampleOf(schema: unknown, name = ''): unknown {
  if (!isObject(schema)) return undefined
  const chosen = candidates(schema, name).find((value) => value !== undefined && problemOf(schema, value) === undefined)
  return chosen
}

function candidates(schema: JsonSchema, name: string): unknown[] {
  const { example, examples, enum: allowed } = schema
  const given = [example, ...(Array.isArray(examples) ? examples : [])]
  const listed: unknown[] = Array.isArray(allowed) ? allowed : []
  const plain = [...given, byName[name], schema['const'], schema['default'], ...listed]
  for (const union of [schema['anyOf'], schema['oneOf'], schema['allOf']])
    if (Array.isArray(union)) plain.push(...union.map((one: unknown) => exampleOf(one, name)))
  for (const type of [schema['type']].flat()) plain.push(...ofType(schema, String(type), name))
  return plain
}

function ofType(schema: JsonSchema, type: string, name: string): unknown[] {
  switch (type) {
    case 'object':
      return [objectExample(schema)]
    case 'array': {
      const item = exampleOf(schema['items'], name)
      return item === undefined ? [[]] : [[item]]
    }
    case 'string':
      return textExamples(schema)
    case 'integer':
    case 'number':
      return [1, 100, 0, schema['minimum'], schema['maximum']]
    case 'boolean':
      return [false]
    case 'null':
      return [null]
    default:
      return []
  }
}

function textExamples({ description, format }: JsonSchema): unknown[] {
  const said = typeof description === 'string' ? description : ''
  // `afx_...` in a description is how this house says of what kind an id is
  const prefix = /^([a-z]{3,5})_/.exec(said)?.[1]
  return [
    typeof format === 'string' ? byFormat[format] : undefined,
    prefix === undefined ? undefined : `${prefix}_${uuid}`,
    /base64/.test(said) ? 'MIIDazCCAlOgAwIBAgIU' : undefined,
    ...texts,
  ]
}

function objectExample({ properties, additionalProperties }: JsonSchema): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(isObject(properties) ? properties : {})) {
    const value = exampleOf(schema, name)
    if (value !== undefined) shown[name] = value
  }
  if (Object.keys(shown).length === 0 && isObject(additionalProperties)) shown['name'] = exampleOf(additionalProperties)
  return shown
}

/** What of a schema a value breaks, in words; undefined where it keeps it. Knows the keywords that our schemas are made of. */
export function problemOf(schema: JsonSchema, value: unknown): string | undefined {
  const { enum: allowed, anyOf, properties, items, required } = schema
  if ('const' in schema && schema['const'] !== value) return `not ${String(schema['const'])}`
  if (Array.isArray(allowed) && !allowed.includes(value)) return `${String(value)} is none of ${allowed.join(', ')}`
  if (Array.isArray(anyOf) && anyOf.every((one) => isObject(one) && problemOf(one, value) !== undefined))
    return `${JSON.stringify(value)} is none of the forms`
  const types = [schema['type']].flat().filter((type) => typeof type === 'string')
  if (types.length > 0 && !types.some((type) => isOfType(value, type)))
    return `${JSON.stringify(value)} is no ${types.join(' or ')}`
  if (typeof value === 'string') return textProblem(schema, value)
  if (typeof value === 'number') return numberProblem(schema, value)
  if (Array.isArray(value)) {
    if (typeof schema['minItems'] === 'number' && value.length < schema['minItems']) return 'too few items'
    if (!isObject(items)) return undefined
    return value.map((item: unknown) => problemOf(items, item)).find((problem) => problem !== undefined)
  }
  if (!isObject(value)) return undefined
  const missing = Array.isArray(required) ? required.find((name) => !(String(name) in value)) : undefined
  if (missing !== undefined) return `${String(missing)} is missing`
  const known = isObject(properties) ? properties : {}
  for (const [name, each] of Object.entries(value)) {
    const one = known[name]
    const problem = isObject(one) ? problemOf(one, each) : undefined
    if (problem !== undefined) return `${name}: ${problem}`
    if (one === undefined && schema['additionalProperties'] === false) return `${name} is unknown`
  }
  return undefined
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function textProblem({ pattern, minLength, maxLength }: JsonSchema, value: string): string | undefined {
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) return `"${value}" is not of ${pattern}`
  if (typeof minLength === 'number' && value.length < minLength) return `"${value}" is too short`
  return typeof maxLength === 'number' && value.length > maxLength ? `"${value}" is too long` : undefined
}

function numberProblem({ minimum, maximum, exclusiveMinimum }: JsonSchema, value: number): string | undefined {
  if (typeof minimum === 'number' && value < minimum) return `${value} is below ${minimum}`
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
    return `${value} is not above ${exclusiveMinimum}`
  return typeof maximum === 'number' && value > maximum ? `${value} is above ${maximum}` : undefined
}
