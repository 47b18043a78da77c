import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { text, textWithNames } from '../../base/text.ts'
import { isObject } from '../../client/json-fields.ts'
import { errorList, type ErrorCode } from '../../errors.ts'
import { idempotencyKeyLengthMax } from '../../limits/stamping.ts'
import { exampleOf } from './openapi-examples.ts'
import { problemSchema, stampingFacts } from './schemas.ts'

type Json = Record<string, unknown>

/** Multipart bodies are streamed and so have no schema in their route; what their parts are is said here. */
const multipartBodies: Readonly<Record<string, Json>> = {
  'post /v1/stampings': {
    schema: {
      type: 'object',
      properties: {
        facts: z.toJSONSchema(stampingFacts, { io: 'input', unrepresentable: 'any' }),
        file: { type: 'string', contentMediaType: 'application/pdf', description: 'The PDF, after `facts`' },
      },
      required: ['facts', 'file'],
    },
    encoding: { facts: { contentType: 'application/json' }, file: { contentType: 'application/pdf' } },
  },
}

/** A route as the generator takes it; what its body consists of is kept where it has no schema, as for a file. */
export const routeToOpenApi: typeof jsonSchemaTransform = (route) => {
  const made = jsonSchemaTransform(route)
  const { schema } = route
  const consumes: unknown = schema !== undefined && 'consumes' in schema ? schema.consumes : undefined
  return consumes === undefined ? made : { ...made, schema: { ...made.schema, 'x-consumes': consumes } }
}

/** The body of a route that streams it: a file of one of these types, or the parts of a form. */
function streamedBody(name: string, consumes: unknown): Json | undefined {
  if (!Array.isArray(consumes)) return undefined
  const content = consumes.map((type) => {
    const file = { schema: { type: 'string', contentMediaType: String(type) } }
    return [String(type), multipartBodies[name] ?? file]
  })
  return { required: true, content: Object.fromEntries(content) }
}

const statusWords: Readonly<Record<string, string>> = {
  '200': 'Done',
  '201': 'Made',
  '202': 'Begun: ask again',
  '204': 'Done, with nothing to say',
  '304': 'What you have is the newest',
}

const keyParameter = {
  in: 'header',
  name: 'Idempotency-Key',
  required: true,
  description: 'Yours: the same key and content give the same outcome, however often (docs/integrate.md)',
  schema: { type: 'string', minLength: 1, maxLength: idempotencyKeyLengthMax, pattern: '^[\\x21-\\x7e]+$' },
  example: 'contract-2026-017',
}

const requestIdHeader = { description: 'Names this call for support', schema: { type: 'string', format: 'uuid' } }

/**
 * The OpenAPI 3.1 document as generators and people want it: what the routes' schemas give, with a name for every operation, an
 * example of every body, one schema for all refusals, and the list of their codes (`x-problems`).
 */
export function completeOpenApi(generated: unknown): Json {
  const document = isObject(generated) ? generated : {}
  const components = objectAt(document, 'components')
  const tags = new Set<string>()
  const paths: Json = {}
  for (const [path, methods] of Object.entries(objectAt(document, 'paths'))) {
    const item: Json = {}
    for (const [method, operation] of Object.entries(isObject(methods) ? methods : {})) {
      if (!isObject(operation)) continue
      item[method] = completeOperation({ method, path }, operation)
      for (const tag of Array.isArray(operation['tags']) ? operation['tags'] : []) tags.add(String(tag))
    }
    paths[path] = item
  }
  return {
    ...document,
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      ...components,
      schemas: { ...objectAt(components, 'schemas'), Problem: tidy(z.toJSONSchema(problemSchema)) },
    },
    'x-problems': problems,
  }
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorList, code)

/** Every code a refusal may have; `meaning` is its sentence with the names of the values that come with it. */
const problems = Object.keys(errorList)
  .filter(isErrorCode)
  .map((code) => {
    const { status, mayRetry } = errorList[code]
    return { code, status, mayRetry, meaning: textWithNames('en', `errors.${code}`) }
  })

function completeOperation(at: { method: string; path: string }, operation: Json): Json {
  const { 'x-consumes': consumes, requestBody, ...rest } = operation
  const body = isObject(requestBody) ? requestBody : streamedBody(`${at.method} ${at.path}`, consumes)
  const parameters = Array.isArray(operation['parameters']) ? operation['parameters'] : []
  const answers: Json = {}
  for (const [status, answer] of Object.entries(objectAt(operation, 'responses')))
    if (status !== 'default') answers[status] = completeAnswer(status, isObject(answer) ? answer : {})
  return {
    operationId: operationIdOf(at.method, at.path),
    ...rest,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(completeParameter) }),
    ...(body === undefined ? {} : { requestBody: { ...body, content: withExamples(objectAt(body, 'content')) } }),
    responses: { ...answers, default: refusedAnswer },
  }
}

/** `PUT /v1/affixings/{id}/signature` -> `putAffixingsByIdSignature`. */
function operationIdOf(method: string, path: string): string {
  const words = path
    .split('/')
    .filter((part) => part !== '' && part !== 'v1')
    .map((part) => (part.startsWith('{') ? `By-${part.slice(1, -1)}` : part))
  return `${method}-${words.join('-')}`.replaceAll(/[-.](\w)/g, (_, letter: string) => letter.toUpperCase())
}

function completeParameter(parameter: unknown): unknown {
  if (!isObject(parameter)) return parameter
  if (parameter['in'] === 'header' && parameter['name'] === 'idempotency-key') return keyParameter
  return { ...parameter, schema: tidy(parameter['schema']) }
}

function completeAnswer(status: string, answer: Json): Json {
  const described = typeof answer['description'] === 'string' ? answer['description'] : ''
  const description = described === 'Default Response' || described === '' ? statusWords[status] : described
  const content = objectAt(answer, 'content')
  // a schema that holds nothing but "application/pdf; ..." says what the body is
  const mediaType = /^((?:application|image|text)\/(?!json)[\w.+*-]+)/.exec(described)?.[1]
  const file = { schema: { type: 'string', contentMediaType: mediaType } }
  return {
    description: description ?? 'Done',
    headers: { 'Request-Id': requestIdHeader },
    ...(Object.keys(content).length === 0 || status === '204' || status === '304'
      ? {}
      : { content: mediaType === undefined ? withExamples(content) : { [mediaType]: file } }),
  }
}

function withExamples(content: Json): Json {
  return Object.fromEntries(
    Object.entries(content).map(([type, given]) => {
      const schema = tidy(isObject(given) ? given['schema'] : {})
      const example = type.includes('json') ? exampleOf(schema) : undefined
      return [type, { ...(isObject(given) ? given : {}), schema, ...(example === undefined ? {} : { example }) }]
    }),
  )
}

const refusedAnswer = {
  description: 'Refused: `code` is one of x-problems, and never changes its meaning',
  headers: {
    'Request-Id': requestIdHeader,
    'Retry-After': { description: 'Seconds, where the same call may succeed later', schema: { type: 'integer' } },
  },
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      example: {
        type: 'urn:openmeterai:error:unauthenticated',
        title: 'unauthenticated',
        status: errorList.unauthenticated.status,
        code: 'unauthenticated',
        detail: text('en', 'errors.unauthenticated'),
        requestId: '0193f2a4-c0de-7000-a1b2-c3d4e5f60718',
      },
    },
  },
}

/** Without bounds that say no more than "a number that JSON holds", and without what only the generator needs. */
function tidy(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(tidy)
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER && name !== '$schema')
      .map(([name, value]) => [name, tidy(value)]),
  )
}

function objectAt(from: Json, name: string): Json {
  const value = from[name]
  return isObject(value) ? value : {}
}
