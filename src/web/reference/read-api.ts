import { isObject } from '../../client/json-fields.ts'

type Json = Readonly<Record<string, unknown>>

/** One field of a body or one parameter, as people read it: `facts.documentType`, `items[].id`. */
export type Field = { name: string; type: string; required: boolean; description: string; allowed: readonly string[] }

/** A body in one media type; `fields` is empty where it is a file. */
export type Body = { mediaType: string; fields: readonly Field[]; example: string | undefined }

/** One answer. */
export type ApiAnswer = { status: string; description: string; bodies: readonly Body[] }

/** One call of the API. */
export type Operation = {
  /** Names it in an address: `postAffixings`. */
  id: string
  method: string
  path: string
  summary: string
  description: string
  /** Whether it needs a key. */
  secured: boolean
  parameters: readonly (Field & { place: string })[]
  bodies: readonly Body[]
  answers: readonly ApiAnswer[]
}

/** The calls of one tag. `slug` names it in an address. */
export type Chapter = { slug: string; name: string; operations: readonly Operation[] }

/** A code of a refusal. */
export type ProblemCode = { code: string; status: number; mayRetry: boolean }

/** The API as its reference shows it. */
export type Api = { chapters: readonly Chapter[]; problems: readonly ProblemCode[] }

/** Objects within objects that are shown; what lies deeper is said to be an object. */
const depthMax = 6

/** Reads the API's own OpenAPI document. */
export function readApi(document: unknown): Api {
  const schemas = objectOf(objectOf(document)['components'])['schemas']
  const read = { schemas: objectOf(schemas) }
  const chapters = new Map<string, Operation[]>()
  for (const [path, methods] of Object.entries(objectOf(objectOf(document)['paths'])))
    for (const [method, given] of Object.entries(objectOf(methods))) {
      const operation = objectOf(given)
      const [tag] = listOf(operation['tags'])
      const name = textOf(tag) || 'API'
      chapters.set(name, [...(chapters.get(name) ?? []), readOperation(read, { method, path }, operation)])
    }
  return {
    chapters: [...chapters].map(([name, operations]) => ({ slug: slugOf(name), name, operations })),
    problems: listOf(objectOf(document)['x-problems']).map((each) => {
      const { code, status, mayRetry } = objectOf(each)
      return { code: textOf(code), status: Number(status), mayRetry: mayRetry === true }
    }),
  }
}

/** `Stamping (the server way)` -> `stamping-the-server-way`. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

type Reading = { schemas: Json }

function readOperation(read: Reading, at: { method: string; path: string }, operation: Json): Operation {
  const answers = Object.entries(objectOf(operation['responses']))
  return {
    id: textOf(operation['operationId']),
    method: at.method.toUpperCase(),
    path: at.path,
    summary: textOf(operation['summary']),
    description: textOf(operation['description']),
    secured: listOf(operation['security']).length > 0,
    parameters: listOf(operation['parameters']).map((each) => {
      const parameter = objectOf(each)
      const schema = resolved(read, parameter['schema'])
      return {
        ...fieldOf(textOf(parameter['name']), schema, parameter['required'] === true),
        description: textOf(parameter['description']) || textOf(schema['description']),
        place: textOf(parameter['in']),
      }
    }),
    bodies: readBodies(read, objectOf(operation['requestBody'])['content']),
    answers: answers.map(([status, answer]) => ({
      status,
      description: textOf(objectOf(answer)['description']),
      // what a refusal looks like is said once, for all
      bodies: status === 'default' ? [] : readBodies(read, objectOf(answer)['content']),
    })),
  }
}

function readBodies(read: Reading, content: unknown): Body[] {
  return Object.entries(objectOf(content)).map(([mediaType, media]) => {
    const { schema, example } = objectOf(media)
    return {
      mediaType,
      fields: fieldsOf(read, resolved(read, schema), { prefix: '', depth: 0 }),
      example: example === undefined ? undefined : JSON.stringify(example, null, 2),
    }
  })
}

/** The fields below a schema, each followed by its own. */
function fieldsOf(read: Reading, schema: Json, at: { prefix: string; depth: number }): Field[] {
  if (at.depth > depthMax) return []
  if (isObject(schema['items']))
    return fieldsOf(read, resolved(read, schema['items']), { prefix: `${at.prefix}[]`, depth: at.depth + 1 })
  const required = listOf(schema['required'])
  return Object.entries(objectOf(schema['properties'])).flatMap(([name, given]) => {
    const inner = resolved(read, given)
    const full = at.prefix === '' ? name : `${at.prefix}.${name}`
    return [
      fieldOf(full, inner, required.includes(name)),
      ...fieldsOf(read, inner, { prefix: full, depth: at.depth + 1 }),
    ]
  })
}

function fieldOf(name: string, schema: Json, required: boolean): Field {
  return {
    name,
    type: typeOf(schema),
    required,
    description: textOf(schema['description']),
    allowed: listOf(schema['enum']).map(String),
  }
}

function typeOf(schema: Json): string {
  const union = listOf(schema['anyOf'])
  if (union.length > 0) return union.map((one) => typeOf(objectOf(one))).join(' | ')
  if ('const' in schema) return JSON.stringify(schema['const'])
  const types = [schema['type']].flat().filter((type) => typeof type === 'string')
  const named = types.join(' | ') || 'any'
  const items = isObject(schema['items']) ? ` of ${typeOf(schema['items'])}` : ''
  const format = textOf(schema['format'])
  return `${named}${items}${format === '' ? '' : ` (${format})`}${boundsOf(schema)}`
}

function boundsOf({ minimum, maximum, maxLength }: Json): string {
  if (typeof minimum === 'number' && typeof maximum === 'number') return ` ${minimum} to ${maximum}`
  if (typeof minimum === 'number') return ` from ${minimum}`
  return typeof maxLength === 'number' ? ` up to ${maxLength} characters` : ''
}

/** A schema, or the one its reference names. */
function resolved(read: Reading, schema: unknown): Json {
  const given = objectOf(schema)
  const name = /^#\/components\/schemas\/(\w+)$/.exec(textOf(given['$ref']))?.[1]
  return name === undefined ? given : objectOf(read.schemas[name])
}

const objectOf = (value: unknown): Json => (isObject(value) ? value : {})
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
