import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCommandLine, type CommandLine } from '../../tests/support/command-line.ts'
import { FakeService, listenFake, problem } from '../../tests/support/fake-service.ts'
import { rewritten } from '../../tests/support/pdf-samples.ts'
import { sampleLetter } from './sample-letter.ts'

const letter = Buffer.from(sampleLetter())
const key = 'mk_live_0123456789abcdefghij'
let service: FakeService
let server: Awaited<ReturnType<typeof listenFake>>
let line: CommandLine

beforeEach(async () => {
  service = new FakeService()
  server = await listenFake(service)
  line = await openCommandLine({ METERAI_URL: server.url, METERAI_KEY: key })
  await writeFile(line.path('letter.pdf'), letter)
})
afterEach(async () => {
  await line.remove()
  await server.close()
})

const stamp = (...more: string[]) => line.run('stamp', line.path('letter.pdf'), '--type', 'surat-pernyataan', ...more)
const rebuild = (...more: string[]) => line.run('rebuild', line.path('letter.pdf'), ...more)
const read = (name: string) => readFile(line.path(name))
const notes = () => readdir(line.path('state/begun')).catch(() => [])
const states = () => service.rows.map(({ state }) => state)

test('a stamped copy appears beside the original, which is its beginning, and no note stays', async () => {
  const ran = await stamp('--json')
  expect(ran).toMatchObject({
    exitCode: 0,
    json: { ok: true, output: line.path('letter.bermeterai.pdf'), specimen: true, affixingId: 'afx_0' },
  })
  const copy = await read('letter.bermeterai.pdf')
  expect(copy.subarray(0, letter.length).equals(letter)).toBe(true)
  expect(copy.length).toBeGreaterThan(letter.length + 2000)
  expect(ran.out).toContain('SPECIMEN')
  expect(await notes()).toEqual([])
  expect((await readdir(line.folder)).toSorted()).toEqual(['letter.bermeterai.pdf', 'letter.pdf', 'state'])
})

test('without a place the stamp stands bottom right on the last page', async () => {
  await stamp()
  expect(service.rows[0]?.recipe['placement']).toEqual({
    page: 1,
    left: 459,
    bottom: 36,
    width: 100,
    height: 100,
    unit: 'pt',
  })
})

test('what was typed reaches the service', async () => {
  await stamp(
    '--number',
    '12/A',
    '--date',
    '2026-11-23',
    '--page',
    '1',
    '--at',
    '20,30.5',
    '--size',
    '40',
    '--unit',
    'mm',
    '--tag',
    'Legal',
  )
  expect(service.rows[0]).toMatchObject({
    facts: {
      documentType: 'surat-pernyataan',
      number: '12/A',
      date: '2026-11-23',
      fileName: 'letter.pdf',
      tag: 'Legal',
    },
    recipe: { placement: { page: 1, left: 20, bottom: 30.5, width: 40, height: 40, unit: 'mm' } },
  })
  expect(service.calls[0]?.headers).toMatchObject({ authorization: `Bearer ${key}`, 'accept-language': 'en' })
})

test('a file of the result’s name stops the command before anything is reserved', async () => {
  await writeFile(line.path('letter.bermeterai.pdf'), 'mine')
  const ran = await stamp()
  expect(ran.exitCode).toBe(73)
  expect(ran.err).toContain('add --force')
  expect(states()).toEqual([])
  expect(String(await read('letter.bermeterai.pdf'))).toBe('mine')
})

test('with --force that file is written over', async () => {
  await writeFile(line.path('letter.bermeterai.pdf'), 'mine')
  expect((await stamp('--force')).exitCode).toBe(0)
  expect((await read('letter.bermeterai.pdf')).subarray(0, letter.length).equals(letter)).toBe(true)
})

test('the result may not be the original itself', async () => {
  expect((await stamp('-o', line.path('./letter.pdf'), '--force')).exitCode).toBe(64)
  expect((await read('letter.pdf')).equals(letter)).toBe(true)
  expect(service.calls).toEqual([])
})

test('a result that could not be written is made by the same command later, with the same stamp', async () => {
  const output = line.path('later/out.pdf')
  const failed = await stamp('-o', output)
  expect(failed.exitCode).toBe(73)
  expect(failed.err).toContain('No stamp is lost')
  expect(await notes()).toHaveLength(1)
  await mkdir(line.path('later'))
  expect(await stamp('-o', output, '--json')).toMatchObject({ exitCode: 0, json: { affixingId: 'afx_0' } })
  expect(states()).toEqual(['affixed'])
  expect(await notes()).toEqual([])
})

test('the note holds neither the API key nor anything of the document', async () => {
  await stamp('-o', line.path('later/out.pdf'))
  const [name = ''] = await notes()
  const note = String(await read(`state/begun/${name}`))
  expect(note).not.toContain(key)
  expect(note).not.toContain('SURAT PERNYATAAN')
})

test('a copy that was begun with --additional is finished, not begun again', async () => {
  await stamp()
  await stamp('--additional', '-o', line.path('later/out.pdf'))
  await mkdir(line.path('later'))
  expect(await stamp('--additional', '-o', line.path('later/out.pdf'))).toMatchObject({ exitCode: 0 })
  expect(states()).toEqual(['affixed', 'affixed'])
})

test('another stamp gets a file name of its own', async () => {
  await stamp()
  const ran = await stamp('--additional', '--json')
  expect(ran.json).toMatchObject({ output: line.path('letter.bermeterai-2.pdf'), affixingId: 'afx_1' })
})

test('the same document again is refused with its number and the ways on', async () => {
  await stamp()
  const ran = await stamp('--json')
  expect(ran).toMatchObject({ exitCode: 12, json: { code: 'already_stamped', values: { affixingId: 'afx_0' } } })
  expect(ran.err).toContain('meterai rebuild')
  expect(ran.err).toContain('--additional')
  expect(await stamp('-o', line.path('other.pdf'))).toMatchObject({ exitCode: 12 })
  expect(states()).toEqual(['affixed'])
})

test('after an empty quota the same command goes on with the same key', async () => {
  service.faults.push({ method: 'POST', fault: problem('quota_empty', { available: 0 }) })
  const refused = await stamp('--json')
  expect(refused).toMatchObject({ exitCode: 10, json: { code: 'quota_empty', values: { available: 0 } } })
  await stamp()
  const keys = service.calls
    .filter(({ method }) => method === 'POST')
    .map(({ headers }) => headers?.['idempotency-key'])
  expect(new Set(keys).size).toBe(1)
})

test('a refused document is told in words, with its code, and leaves no note', async () => {
  await writeFile(line.path('letter.pdf'), 'hello')
  const ran = await stamp('--json')
  expect(ran).toMatchObject({ exitCode: 65, json: { code: 'not_a_pdf' } })
  expect(ran.err).toContain('This file is not a PDF')
  expect(await notes()).toEqual([])
})

test('the service’s own sentence is told where it knows the field', async () => {
  service.faults.push({ method: 'POST', fault: problem('request_malformed', { detail: 'facts.number is wrong' }) })
  expect(await stamp()).toMatchObject({ exitCode: 64, err: expect.stringContaining('facts.number is wrong\n') })
})

test('an answer of something else than the service is no success', async () => {
  service.faults.push({ method: 'POST', fault: { status: 200, headers: {}, json: { hello: 1 } } })
  const ran = await stamp()
  expect(ran.exitCode).toBe(70)
  expect(ran.err).toContain('cannot be used: affixing.id is no text')
})

test('rebuilding writes the identical file, again and again', async () => {
  await stamp()
  const copy = await read('letter.bermeterai.pdf')
  expect(await rebuild('--json')).toMatchObject({ exitCode: 0, json: { output: line.path('letter.bermeterai.pdf') } })
  expect(await rebuild('-o', line.path('again.pdf'))).toMatchObject({ exitCode: 0 })
  expect((await read('again.pdf')).equals(copy)).toBe(true)
})

test('of several stamps rebuilding lists them, and makes the one that is named', async () => {
  await stamp()
  await stamp('--additional')
  const second = await read('letter.bermeterai-2.pdf')
  const listed = await rebuild('--json')
  expect(listed).toMatchObject({ exitCode: 64, json: { code: 'rebuild.several' } })
  const serials = service.rows.map(({ serial }) => String(serial))
  for (const serial of serials) expect(listed.out).toContain(serial)
  await rebuild('--serial', serials[1]?.toLowerCase() ?? '', '-o', line.path('again.pdf'))
  expect((await read('again.pdf')).equals(second)).toBe(true)
})

test('rebuilding from another original finds nothing', async () => {
  await stamp()
  await writeFile(line.path('letter.pdf'), Buffer.concat([letter, Buffer.from('\n')]))
  expect(await rebuild()).toMatchObject({ exitCode: 66 })
})

test('without any service the way to start one is told', async () => {
  delete line.environment['METERAI_URL']
  const none = await stamp()
  expect(none.exitCode).toBe(69)
  expect(none.err).toContain('npm start')
  line.environment['METERAI_URL'] = server.url
  await server.close()
  const down = await stamp()
  expect(down.exitCode).toBe(69)
  expect(down.err).toContain(`${server.url} does not answer`)
  expect(down.err).toContain('npm start')
})

test('a service without its key is refused by name, and --test is for the demo or a test key', async () => {
  delete line.environment['METERAI_KEY']
  expect(await stamp()).toMatchObject({ exitCode: 77, err: expect.stringContaining('METERAI_KEY is empty') })
  line.environment['METERAI_KEY'] = key
  expect(await stamp('--test')).toMatchObject({
    exitCode: 77,
    err: expect.stringContaining('--test is only for the demo'),
  })
  expect(service.calls).toEqual([])
})

test('the demo’s file gives address and keys', async () => {
  delete line.environment['METERAI_URL']
  delete line.environment['METERAI_KEY']
  await mkdir(line.path('data'))
  await writeFile(
    line.path('data/demo.json'),
    JSON.stringify({ url: server.url, liveKey: 'mk_live_demo', testKey: 'mk_test_demo' }),
  )
  await stamp()
  expect(service.calls[0]?.headers).toMatchObject({ authorization: 'Bearer mk_live_demo' })
  await stamp('--test', '-o', line.path('test.pdf'))
  expect(service.calls.at(-1)?.headers).toMatchObject({ authorization: 'Bearer mk_test_demo' })
})

test('without the service a file with nothing in it is told from one whose signature cannot be judged', async () => {
  await stamp()
  await server.close()
  const bare = await line.run('verify', line.path('letter.pdf'), '--json')
  expect(bare).toMatchObject({ exitCode: 22, json: { standing: 'not_stamped' } })
  const copy = await line.run('verify', line.path('letter.bermeterai.pdf'), '--json')
  expect(copy).toMatchObject({ exitCode: 69, json: { standing: 'unreachable' } })
})

test('an answer lost on the way is asked for again, and there is one stamp', async () => {
  service.faults.push({ method: 'POST', fault: 'lost answer' }, { method: 'PUT', fault: 'lost answer' })
  expect(await stamp()).toMatchObject({ exitCode: 0 })
  expect(states()).toEqual(['affixed'])
  expect(service.count('POST')).toBe(2)
})

test('when the service goes silent midway, its address and the way on are told', async () => {
  service.faults.push(...Array.from({ length: 50 }, () => ({ method: 'PUT', fault: 'lost request' }) as const))
  const ran = await stamp('--json')
  expect(ran).toMatchObject({ exitCode: 69, json: { code: 'service_unreachable', values: { url: server.url } } })
  service.faults.length = 0
  expect(await stamp()).toMatchObject({ exitCode: 0, err: expect.stringContaining('begun earlier') })
  expect(states()).toEqual(['affixed'])
})

test('a locked document is stamped with its password, which is neither kept nor sent', async () => {
  await writeFile(line.path('letter.pdf'), rewritten(letter, ['--encrypt', 'rahasia', 'owner', '256', '--']))
  await writeFile(line.path('password'), 'rahasia\n')
  expect(await stamp('--json')).toMatchObject({ exitCode: 65, json: { code: 'password_needed' } })
  expect(service.calls).toEqual([])
  await stamp('--password-file', line.path('password'), '-o', line.path('later/out.pdf'))
  const [name = ''] = await notes()
  expect(String(await read(`state/begun/${name}`)) + JSON.stringify(service.calls)).not.toContain('rahasia')
  expect(await stamp('--password-file', line.path('password'))).toMatchObject({ exitCode: 73 })
  await mkdir(line.path('later'))
  expect(await stamp('--password-file', line.path('password'))).toMatchObject({ exitCode: 0 })
  expect(states()).toEqual(['affixed'])
})

test('a locked document is not called unstamped', async () => {
  await writeFile(line.path('letter.pdf'), rewritten(letter, ['--encrypt', 'rahasia', 'owner', '256', '--']))
  expect(await line.run('verify', line.path('letter.pdf'), '--json')).toMatchObject({
    exitCode: 65,
    json: { code: 'password_needed' },
  })
})
