import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readCsv } from '../src/base/csv.ts'
import { openCommandLine, type CommandLine } from './support/command-line.ts'
import { append, onePage } from './support/stamped-pdf.ts'
import { testWeb, type TestWeb } from './support/web.ts'

let web: TestWeb
let line: CommandLine
const stamped: string[] = []

beforeAll(async () => {
  web = await testWeb()
  const { liveKey } = await web.openAccount(10)
  line = await openCommandLine({ METERAI_URL: web.url, METERAI_KEY: liveKey })
  for (const type of ['surat-pernyataan', 'akta-notaris']) {
    const path = line.path(`${type}.pdf`)
    writeFileSync(path, append(new Uint8Array(0), onePage(`/Note(${type})`)))
    const ran = await line.run('stamp', path, '--type', type)
    if (ran.exitCode !== 0) throw new Error(ran.err)
    stamped.push(path.replace('.pdf', '.bermeterai.pdf'))
  }
}, 60_000)
afterAll(async () => {
  await line.remove()
  await web.close()
})

let folder = ''
let count = 0
beforeEach(() => {
  folder = `arsip-${++count}`
  mkdirSync(line.path(folder))
  web.logged.length = 0
})

const put = (name: string, from = 0) => copyFileSync(stamped[from] ?? '', line.path(join(folder, name)))
const report = () => line.path(`${folder}.csv`)
/** Rows by file, each by the names of the heading. */
function rowsOf(path = report()): Record<string, Record<string, string>> {
  const [names = [], ...records] = readCsv(readFileSync(path, 'utf8').replace(/^\u{feff}/u, '')).records
  return Object.fromEntries(
    records.map((record) => [
      record[0]?.split('/').at(-1) ?? '',
      Object.fromEntries(names.map((name, at) => [name, record[at] ?? ''])),
    ]),
  )
}

test('a folder is checked whole, with fewer calls than numbers, and ends on its worst file', async () => {
  put('a.pdf')
  mkdirSync(line.path(join(folder, 'dalam')))
  put('dalam/B.PDF', 1)
  put('dalam/c.pdf')
  appendFileSync(line.path(join(folder, 'dalam/c.pdf')), '%')
  writeFileSync(line.path(join(folder, 'none.pdf')), append(new Uint8Array(0), onePage()))
  writeFileSync(line.path(join(folder, 'note.txt')), 'no PDF')

  const ran = await line.run('verify', folder, '--report', report(), '--workers', '2', '--json')

  expect(ran.exitCode).toBe(20)
  expect(ran.json).toMatchObject({ ok: false, files: 4, counts: { specimen: 2, changed: 1, not_stamped: 1 } })
  expect(ran.out).toContain('Files checked: 4; to be looked at: 2.')
  const rows = rowsOf()
  expect(Object.keys(rows)).toEqual(['a.pdf', 'B.PDF', 'c.pdf', 'none.pdf'])
  expect(rows['B.PDF']).toMatchObject({
    verdict: 'intact',
    exit: '0',
    standing: 'specimen',
    document_type: 'akta-notaris',
  })
  expect(rows['c.pdf']).toMatchObject({ verdict: 'changed', exit: '20' })
  // on a busy machine a file comes too late for the first call
  expect(web.logged.filter((said) => said.includes('"route":"/v1/checks"')).length).toBeLessThan(3)
})

test('a list names files one a line; a missing one is one row, a copy is a duplicate', async () => {
  put('a.pdf')
  put('copy.pdf')
  const list = line.path(`${folder}.txt`)
  writeFileSync(list, `\u{feff}${folder}/a.pdf\r\n\r\n${folder}/gone.pdf\r\n${folder}/copy.pdf\r\n${folder}/a.pdf\r\n`)

  const ran = await line.run('verify', list, '--report', report(), '--json')

  expect(ran.json).toMatchObject({ files: 3, counts: { specimen: 1, duplicate_document: 1, not_found: 1 } })
  expect(rowsOf()['copy.pdf']).toMatchObject({ verdict: 'duplicate_document', exit: '31', same_as: `${folder}/a.pdf` })
  expect(ran.exitCode).toBe(66)
})

test('the same command again looks only at what changed', async () => {
  put('a.pdf')
  put('b.pdf', 1)
  await line.run('verify', folder, '--report', report())
  const before = readFileSync(report(), 'utf8')
  const again = await line.run('verify', folder, '--report', report(), '--json')
  expect(again.json).toMatchObject({ files: 2, checked: 0 })
  expect(readFileSync(report(), 'utf8')).toBe(before)

  const path = line.path(join(folder, 'b.pdf'))
  appendFileSync(path, '%')
  utimesSync(path, new Date(0), new Date(0))
  const third = await line.run('verify', folder, '--report', report(), '--json')
  expect(third.json).toMatchObject({ checked: 1, counts: { specimen: 1, changed: 1 } })
})

test('a report that was cut short in a row is gone on with', async () => {
  put('a.pdf')
  put('b.pdf', 1)
  await line.run('verify', folder, '--report', report())
  const whole = readFileSync(report())
  writeFileSync(report(), whole.subarray(0, whole.length - 7))
  const again = await line.run('verify', folder, '--report', report(), '--json')
  expect(again.json).toMatchObject({ checked: 1, files: 2 })
  expect(readFileSync(report())).toEqual(whole)
})

test('a file that is no report, and the report of another list, are left alone', async () => {
  put('a.pdf')
  writeFileSync(report(), 'precious;notes\n')
  expect(await line.run('verify', folder, '--report', report())).toMatchObject({ exitCode: 65 })
  expect(readFileSync(report(), 'utf8')).toBe('precious;notes\n')

  const other = line.path('other.csv')
  await line.run('verify', folder, '--report', other)
  renameSync(line.path(folder), line.path(`${folder}-moved`))
  const kept = readFileSync(other)
  expect(await line.run('verify', `${folder}-moved`, '--report', other)).toMatchObject({ exitCode: 65 })
  expect(readFileSync(other)).toEqual(kept)
})

test('a name that a spreadsheet would run is only text in the report', async () => {
  const name = '=cmd|calc,"x".pdf'
  put(name)
  const list = line.path(`${folder}.txt`)
  writeFileSync(list, `${name}\n`)
  copyFileSync(line.path(join(folder, name)), line.path(name))
  await line.run('verify', list, '--report', report())
  expect(readFileSync(report(), 'utf8')).toContain(`\n"'=cmd|calc,""x"".pdf",intact,`)
  expect(await line.run('verify', list, '--report', report(), '--json')).toMatchObject({ json: { checked: 0 } })
})

test('the type and the days expected are held against every stamp', async () => {
  put('a.pdf')
  put('b.pdf', 1)
  const typed = await line.run('verify', folder, '--expect-type', 'surat-pernyataan', '--json')
  expect(typed.json).toMatchObject({ exitCode: 32, counts: { specimen: 1, type_differs: 1 } })
  const past = await line.run('verify', folder, '--affixed-between', '2020-01-01..2020-12-31', '--json')
  expect(past.json).toMatchObject({ exitCode: 33, counts: { day_differs: 2 } })
  const single = await line.run('verify', stamped[1] ?? '', '--expect-type', 'surat-pernyataan', '--json')
  expect(single).toMatchObject({ exitCode: 32, json: { standing: 'specimen', differs: 'type_differs' } })
  const fine = await line.run('verify', stamped[1] ?? '', '--expect-type', 'akta-notaris')
  expect(fine.exitCode).toBe(0)
})

test('a pipe in a list is a bad row, not a wait without end', async () => {
  execFileSync('mkfifo', [line.path(join(folder, 'pipe.pdf'))])
  put('a.pdf')
  const list = line.path(`${folder}.txt`)
  writeFileSync(list, `${folder}/pipe.pdf\n${folder}/a.pdf\n`)
  const ran = await line.run('verify', list, '--json')
  expect(ran.json).toMatchObject({ counts: { not_found: 1, specimen: 1 } })
})

test('offline nothing is asked, and what cannot be told is said', async () => {
  put('a.pdf')
  put('copy.pdf')
  const bundle = line.path(`${folder}.json`)
  writeFileSync(bundle, await (await fetch(`${web.url}/v1/trust-bundle`)).text())
  const offline = await openCommandLine({ METERAI_URL: 'http://127.0.0.1:1' })
  try {
    const ran = await offline.run('verify', line.path(folder), '--offline', bundle, '--report', report(), '--json')
    expect(ran.exitCode).toBe(31)
    expect(ran.json).toMatchObject({ counts: { unreachable: 1, duplicate_document: 1 } })
    expect(ran.err).toContain('Not to be known offline')
    expect(ran.err).toMatch(/new to this computer.*[0-9a-f]{64}/)
    expect(rowsOf()['a.pdf']).toMatchObject({ integrity: 'intact', standing: 'unreachable', exit: '69' })
    const again = await offline.run('verify', line.path(folder), '--offline', bundle, '--report', report(), '--json')
    expect(again.json).toMatchObject({ checked: 0 })
    expect(again.err).not.toContain('new to this computer')
  } finally {
    await offline.remove()
  }
  const online = await line.run('verify', line.path(folder), '--report', report(), '--json')
  expect(online.json).toMatchObject({ checked: 2, counts: { specimen: 1, duplicate_document: 1 } })
})

test('a service that does not answer ends the check of a list at once', async () => {
  put('a.pdf')
  const dark = await openCommandLine({ METERAI_URL: 'http://127.0.0.1:1' })
  try {
    expect(await dark.run('verify', line.path(folder), '--report', report())).toMatchObject({ exitCode: 69 })
    expect(() => statSync(report())).toThrow('ENOENT')
  } finally {
    await dark.remove()
  }
})

test.each([
  ['something that is no answer', 200, '{"items":[]}', 70, 0],
  ['a fault', 500, '{"code":"internal"}', 69, 1],
] as const)('a register that answers %s loses no file', async (_, status, body, exitCode, rows) => {
  put('a.pdf')
  const bundle = await (await fetch(`${web.url}/v1/trust-bundle`)).text()
  const server = createServer((request, response) => {
    const isBundle = request.url === '/v1/trust-bundle'
    response.writeHead(isBundle ? 200 : status, { 'content-type': 'application/json' }).end(isBundle ? bundle : body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const other = await openCommandLine({ METERAI_URL: `http://127.0.0.1:${port}` })
  try {
    expect(await other.run('verify', line.path(folder), '--report', report())).toMatchObject({ exitCode })
    expect(Object.values(rowsOf()).map(({ verdict }) => verdict)).toEqual(Array(rows).fill('unreachable'))
  } finally {
    await other.remove()
    server.close()
    server.closeAllConnections()
  }
  const again = await line.run('verify', line.path(folder), '--report', report(), '--json')
  expect(again.json).toMatchObject({ checked: 1, counts: { specimen: 1 } })
})

test('an empty folder and options that cannot be used are refused', async () => {
  expect(await line.run('verify', folder)).toMatchObject({ exitCode: 66 })
  put('a.pdf')
  for (const options of [
    ['--workers', '0'],
    ['--workers', 'x'],
    ['--affixed-between', '2026-02-30..2026-03-01'],
    ['--affixed-between', '2026-02-02..2026-02-01'],
    ['--expect-type', 'surat'],
  ])
    expect(await line.run('verify', folder, ...options)).toMatchObject({ exitCode: 64 })
  expect(await line.run('verify', folder, '--offline', stamped[0] ?? '')).toMatchObject({ exitCode: 65 })
})
