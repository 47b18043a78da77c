import { afterAll, beforeAll, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { isObject } from '../../client/json-fields.ts'
import { errorList } from '../../errors.ts'
import { completeOpenApi } from './openapi.ts'
import { exampleOf, problemOf } from './openapi-examples.ts'

type Json = Record<string, unknown>
type Operation = { name: string; path: string; operation: Json }

let web: TestWeb
let document: Json
let operations: Operation[]
beforeAll(async () => {
  web = await testWeb()
  document = (await web.app.inject('/v1/openapi.json')).json()
  operations = Object.entries(at(document, 'paths')).flatMap(([path, methods]) =>
    Object.entries(isObject(methods) ? methods : {}).map(([method, operation]) => ({
      name: `${method} ${path}`,
      path,
      operation: isObject(operation) ? operation : {},
    })),
  )
})
afterAll(() => web.close())

function at(value: unknown, ...names: string[]): Json {
  let found: unknown = value
  for (const name of names) found = isObject(found) ? found[name] : undefined
  return isObject(found) ? found : {}
}
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** Every object in the document, with the way to it. */
function* objectsIn(value: unknown, way = '#'): Generator<{ way: string; object: Json }> {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* objectsIn(item, `${way}/${index}`)
  if (!isObject(value)) return
  yield { way, object: value }
  for (const [name, each] of Object.entries(value)) yield* objectsIn(each, `${way}/${name}`)
}

test('the document is OpenAPI 3.1 with all that it must have, and every reference leads somewhere', () => {
  expect(document).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'OpenMeterai', version: expect.any(String) },
    servers: [{ url: expect.stringMatching(/^http/) }],
  })
  expect(operations.length).toBeGreaterThan(20)
  const lost = [...objectsIn(document)].filter(({ object }) => {
    const { $ref } = object
    return typeof $ref === 'string' && Object.keys(at(document, ...$ref.slice(2).split('/'))).length === 0
  })
  expect(lost).toEqual([])
})

test('every operation has a name of its own, a short summary, tags that are listed, and a known kind of key', () => {
  const tags = listOf(document['tags']).map(({ name }) => name)
  const schemes = Object.keys(at(document, 'components', 'securitySchemes'))
  const wrong = operations.filter(({ operation }) => {
    const { summary, tags: own, security } = operation
    const known = listOf(security).every((one) => Object.keys(one).every((name) => schemes.includes(name)))
    const tagged = Array.isArray(own) && own.length > 0 && own.every((tag) => tags.includes(tag))
    return typeof summary !== 'string' || summary.length > 120 || !known || !tagged
  })
  expect(wrong.map(({ name }) => name)).toEqual([])
  const ids = operations.map(({ operation }) => String(operation['operationId']))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[a-z][A-Za-z0-9]+$/.test(id))).toEqual([])
})

test('the parts of a path are its parameters, and no other', () => {
  const wrong = operations.filter(({ path, operation }) => {
    const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name)
    const told = listOf(operation['parameters']).filter((parameter) => parameter['in'] === 'path')
    return told.map(({ name }) => name).join() !== inPath.join() || told.some(({ required }) => required !== true)
  })
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('every operation says what it answers when it goes well, and answers refusals alike', () => {
  const wrong = operations.filter(({ operation }) => {
    const answers = at(operation, 'responses')
    const isDescribed = Object.values(answers).every(
      (answer) =>
        isObject(answer) && typeof answer['description'] === 'string' && answer['description'] !== 'Default Response',
    )
    const schema = at(answers, 'default', 'content', 'application/problem+json', 'schema')
    const goesWell = Object.keys(answers).some((status) => /^2\d\d$/.test(status))
    return !isDescribed || !goesWell || schema['$ref'] !== '#/components/schemas/Problem'
  })
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('what carries a body has a schema for it, and every JSON body an example that keeps its schema', () => {
  const bodies = operations.flatMap(({ name, operation }) => [
    ...Object.entries(at(operation, 'requestBody', 'content')).map(([type, media]) => ({ name, type, media })),
    ...Object.entries(at(operation, 'responses')).flatMap(([status, answer]) =>
      Object.entries(at(answer, 'content')).map(([type, media]) => ({ name: `${name} ${status}`, type, media })),
    ),
  ])
  const wrong = bodies
    .filter(({ type }) => type === 'application/json')
    .map(({ name, media }) => {
      const example = at(media)['example']
      return { name, problem: example === undefined ? 'no example' : problemOf(at(media, 'schema'), example) }
    })
    .filter(({ problem }) => problem !== undefined)
  expect(wrong).toEqual([])
  expect(bodies.some(({ type }) => type === 'application/pdf')).toBe(true)
  const uploads = operations.filter(({ path }) => path.startsWith('/v1/stampings'))
  const types = uploads.map(({ operation }) => Object.keys(at(operation, 'requestBody', 'content')))
  expect(types).toEqual([['multipart/form-data'], ['application/pdf']])
  const parts = at(uploads[0]?.operation, 'requestBody', 'content', 'multipart/form-data', 'schema', 'properties')
  expect(parts).toMatchObject({
    facts: { properties: { placement: {} } },
    file: { contentMediaType: 'application/pdf' },
  })
})

test('the codes of refusals are those of errors.ts, and every code that a text names is one of them', () => {
  const told = listOf(document['x-problems'])
  expect(told.map(({ code }) => code)).toEqual(Object.keys(errorList))
  expect(told.filter(({ meaning }) => String(meaning).length < 15)).toEqual([])
  const values = new Set([...objectsIn(document)].flatMap(({ object }) => [object['enum'], object['const']].flat()))
  const named = [...objectsIn(document)].flatMap(({ object }) => {
    const texts = [object['summary'], object['description']].filter((text) => typeof text === 'string').join(' ')
    return [...texts.matchAll(/`([a-z]+(?:_[a-z]+)+)`|urn:openmeterai:error:(\w+)/g)].map(
      ([, code, urn]) => code ?? urn,
    )
  })
  expect(named.filter((code) => !Object.hasOwn(errorList, code ?? '') && !values.has(code))).toEqual([])
})

test('an operation without a key that asks for one, and one with a key that needs none, are told apart by the service', async () => {
  const asked = operations.filter(({ name }) => name.startsWith('get ') && !name.includes('sha256'))
  const told = await Promise.all(
    asked.map(async ({ path, operation }) => {
      const answer = await web.app.inject({ method: 'GET', url: path.replaceAll(/\{\w+\}/g, 'nothing') })
      const { requestId } = answer.statusCode >= 400 ? answer.json() : { requestId: answer.headers['request-id'] }
      const isNamed = requestId !== undefined && answer.headers['request-id'] === requestId
      return { path, needsKey: listOf(operation['security']).length > 0, refused: answer.statusCode === 401, isNamed }
    }),
  )
  expect(told.filter(({ needsKey, refused }) => needsKey !== refused)).toEqual([])
  expect(told.filter(({ isNamed }) => !isNamed)).toEqual([])
})

test('a document without anything becomes one that only lists the refusals', () => {
  expect(completeOpenApi(undefined)).toMatchObject({ tags: [], paths: {}, components: { schemas: { Problem: {} } } })
})

test.each([
  [{ type: 'string', pattern: '^\\d{16}$' }, '1234567890123456'],
  [{ type: 'string', description: 'afx_ and 32 hex characters' }, 'afx_0193f2a4c0de7000a1b2c3d4e5f60718'],
  [{ type: 'integer', minimum: 5, maximum: 9 }, 5],
  [{ anyOf: [{ type: 'integer', minimum: 1 }, { const: 'last' }] }, 1],
  [{ type: 'object', properties: { a: { type: 'array', items: { enum: ['x'] } } }, required: ['a'] }, { a: ['x'] }],
  [{ type: 'string', pattern: '^(?!)' }, undefined],
])('the example of %j is %j', (schema, example) => {
  expect(exampleOf(schema)).toEqual(example)
})

test.each([
  [{ type: 'object', properties: {}, additionalProperties: false }, { a: 1 }, 'a is unknown'],
  [{ type: 'object', required: ['a'] }, {}, 'a is missing'],
  [{ type: 'integer' }, 1.5, '1.5 is no integer'],
  [{ type: 'array', items: { type: 'string' } }, [1], '1 is no string'],
  [{ enum: ['x'] }, 'y', 'y is none of x'],
])('%j is broken by %j: %s', (schema, value, problem) => {
  expect(problemOf(schema, value)).toBe(problem)
})
