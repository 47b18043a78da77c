import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { errorList } from '../../errors.ts'
import { readApi, type Api } from './read-api.ts'

/** What a page may weigh on its way, in bytes (design, section 6). */
const htmlBytesMax = 14 * 1024

let web: TestWeb
let api: Api
beforeAll(async () => {
  web = await testWeb()
  api = readApi((await web.app.inject('/v1/openapi.json')).json())
})
afterAll(() => web.close())

const get = (url: string) => web.app.inject({ url, headers: { accept: 'text/html' } })
const pages = () => ['/docs/api', '/docs/api/errors', ...api.chapters.map(({ slug }) => `/docs/api/${slug}`)]

test('every call is in the contents and on the page of its chapter, with its parameters, fields, example and answers', async () => {
  const contents = (await get('/docs/api?bahasa=en')).body
  const shown = await Promise.all(api.chapters.map(async ({ slug }) => (await get(`/docs/api/${slug}?bahasa=en`)).body))
  for (const [at, { slug, operations }] of api.chapters.entries())
    for (const { id, path, parameters, bodies, answers } of operations) {
      expect(contents).toContain(`/docs/api/${slug}?bahasa=en#${id}`)
      expect(contents).toContain(path)
      const [, section = ''] = (shown[at] ?? '').split(`id="${id}"`)
      for (const { name } of parameters) expect(section).toContain(`<code>${name}</code>`)
      for (const { name } of bodies.flatMap(({ fields }) => fields)) expect(section).toContain(`<code>${name}</code>`)
      for (const { status } of answers) expect(section).toContain(status === 'default' ? 'Refused' : status)
      expect(bodies.some(({ mediaType, example }) => mediaType.includes('json') && example === undefined)).toBe(false)
    }
  expect(shown.join()).toContain('facts.documentType')
  expect(shown.join()).toContain('items[].serial')
  expect(shown.join()).toContain('pernyataan-uang')
})

test('every code stands on the page of codes with its sentence, in both languages', async () => {
  const [english, indonesian] = await Promise.all(['en', 'id'].map((lang) => get(`/docs/api/errors?bahasa=${lang}`)))
  for (const code of Object.keys(errorList)) {
    expect(english?.body).toContain(`id="${code}"`)
    expect(indonesian?.body).toContain(`id="${code}"`)
  }
  expect(english?.body).toContain('Your quota is {available} stamps')
  expect(indonesian?.body).toContain('boleh diulang')
})

test('no page has a script or loads from elsewhere, and none weighs more than a page may', async () => {
  for (const path of pages()) {
    const { statusCode, body, headers } = await get(path)
    expect({ path, statusCode }).toEqual({ path, statusCode: 200 })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(body).not.toMatch(/<script|style="|(?:src|href)="https?:/)
    expect(gzipSync(body, { level: 9 }).length).toBeLessThanOrEqual(htmlBytesMax)
    for (const [, asset = ''] of body.matchAll(/href="(\/assets\/[^"]+)"/g))
      expect((await get(asset)).statusCode).toBe(200)
  }
})

test('every link within the reference leads somewhere', async () => {
  const known = new Set(pages())
  for (const path of pages()) {
    const { body } = await get(path)
    const links = Array.from(body.matchAll(/href="(\/docs\/[^"#?]+)/g), ([, to = '']) => to)
    expect(links.filter((to) => !known.has(to))).toEqual([])
  }
})

test('a chapter that is none is not found', async () => {
  expect((await get('/docs/api/nothing')).statusCode).toBe(404)
})

test('what a document leaves out is left out of the page, and a schema within itself ends', () => {
  const loop = { type: 'object', properties: { again: { $ref: '#/components/schemas/Loop' } } }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Loop' } } }
  const read = readApi({
    components: { schemas: { Loop: loop } },
    paths: { '/v1/a': { post: { requestBody: { content } } } },
  })
  const [chapter] = read.chapters
  expect(chapter).toMatchObject({ slug: 'api', name: 'API' })
  expect(chapter?.operations[0]?.bodies[0]?.fields.length).toBeLessThan(10)
  expect(readApi('nothing')).toEqual({ chapters: [], problems: [] })
})
