import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openCommandLine, type CommandLine } from '../../tests/support/command-line.ts'
import { samplePdf } from '../../tests/support/pdf-samples.ts'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { workbookOf } from '../../tests/support/workbooks.ts'
import { readTable } from '../base/csv.ts'
import { readQuota } from '../ledger/balances.ts'

let web: TestWeb
let line: CommandLine
let account: Awaited<ReturnType<TestWeb['openAccount']>>
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())
beforeEach(async () => {
  account = await web.openAccount(10)
  line = await openCommandLine({ METERAI_URL: web.url, METERAI_KEY: account.liveKey })
  mkdirSync(line.path('in/sub'), { recursive: true })
})
afterEach(() => line.remove())

const put = (name: string, mark = name) => writeFileSync(line.path(name), samplePdf({ trailer: `/Nama (${mark})` }))
const bulk = (...more: string[]) => line.run('bulk', ...more, '--json')
const folder = (...more: string[]) => bulk('in', '--type', 'surat-pernyataan', ...more)
const quota = async () => {
  const { available, reserved, spent } = await readQuota(web.db.database.sql, {
    accountId: account.accountId,
    ledger: 'stamps',
  })
  return { available: Number(available), reserved: Number(reserved), spent: Number(spent) }
}
function reportRows(name = 'report.csv'): Record<string, string>[] {
  const text = readFileSync(line.path(name), 'utf8')
  const [heading, ...rest] = readTable(text.slice(1))?.records ?? []
  return rest.map(({ cells }) => Object.fromEntries(heading?.cells.map((each, at) => [each, cells[at] ?? '']) ?? []))
}

test('a folder is stamped once, each copy beside its original, and a repeat stamps nothing', async () => {
  for (const name of ['in/a.pdf', 'in/sub/b.PDF', 'in/c.pdf']) put(name)
  const ran = await folder('--report', 'report.csv')
  expect(ran).toMatchObject({
    exitCode: 0,
    json: { ok: true, rows: 3, counts: { stamped: 3 }, quota: { needed: 3, missing: 0 } },
  })
  expect(readdirSync(line.path('in')).toSorted()).toEqual([
    'a.bermeterai.pdf',
    'a.pdf',
    'c.bermeterai.pdf',
    'c.pdf',
    'sub',
  ])
  const rows = reportRows()
  expect(rows.map(({ row, file, state }) => `${row} ${file} ${state}`)).toEqual([
    '1 a.pdf stamped',
    '2 c.pdf stamped',
    '3 sub/b.PDF stamped',
  ])
  expect(new Set(rows.map(({ serial }) => serial)).size).toBe(3)
  expect(await line.run('verify', 'in/sub/b.bermeterai.pdf', '--json')).toMatchObject({
    exitCode: 0,
    json: { serial: rows[2]?.['serial'] },
  })
  put('in/d.pdf')
  const again = await folder('--report', 'report.csv')
  expect(again).toMatchObject({
    exitCode: 0,
    json: { counts: { stamped: 1, stamped_before: 3 }, quota: { needed: 1 } },
  })
  expect(reportRows().map(({ serial }) => serial)).toEqual(expect.arrayContaining(rows.map(({ serial }) => serial)))
  expect(await quota()).toEqual({ available: 6, reserved: 0, spent: 4 })
})

test('a copy that was lost is written again from the same stamp, at no cost', async () => {
  put('in/a.pdf')
  await folder()
  const copy = readFileSync(line.path('in/a.bermeterai.pdf'))
  rmSync(line.path('in/a.bermeterai.pdf'))
  expect(await folder('--resume')).toMatchObject({
    exitCode: 0,
    json: { counts: { stamped: 1 }, quota: { needed: 0 } },
  })
  expect(readFileSync(line.path('in/a.bermeterai.pdf')).equals(copy)).toBe(true)
  expect(await quota()).toMatchObject({ spent: 1 })
})

test('a dry run tells of every row what is wrong with it, and spends and writes nothing', async () => {
  put('in/a.pdf')
  put('in/b.pdf', 'in/a.pdf')
  put('in/done.pdf')
  await line.run('stamp', line.path('in/done.pdf'), '--type', 'akta-notaris', '-o', line.path('elsewhere.pdf'))
  writeFileSync(line.path('in/no.pdf'), 'halo')
  put('in/taken.pdf')
  writeFileSync(line.path('in/taken.bermeterai.pdf'), 'mine')
  writeFileSync(
    line.path('in/table.csv'),
    'berkas;jenis;nilai;jangkar\na.pdf;penerimaan-uang;5.000.000,00;\nb.pdf;surat-pernyataan;;\ndone.pdf;akta-notaris;;\n' +
      'no.pdf;akta-notaris;;\nnone.pdf;akta-notaris;;\ntaken.pdf;akta-notaris;;\n../elsewhere.pdf;akta-notaris;;\na.pdf;surat;x;\n' +
      'sub/c.pdf;akta-notaris;;Materai\nsub/d.pdf;pelunasan-utang;5000001;\n',
  )
  put('in/sub/c.pdf')
  put('in/sub/d.pdf')
  const before = [await quota(), readdirSync(line.path('in'))]
  const ran = await bulk('in/table.csv', '--dry-run', '--report', 'report.csv')
  expect(ran).toMatchObject({
    exitCode: 65,
    json: { dryRun: true, counts: { ready: 1, refused: 9 }, quota: { needed: 1, missing: 0 } },
  })
  expect(reportRows().map(({ row, code }) => `${row} ${code}`)).toEqual([
    '2 value_too_small',
    '3 duplicate_in_batch',
    '4 already_stamped',
    '5 not_a_pdf',
    '6 not_found',
    '7 output_exists',
    '8 carries_stamp',
    '9 cell_malformed',
    '10 anchor_not_found',
    '11 ',
  ])
  expect(ran.out).toContain('Row 9, column jenis ("surat"): this document type is not in the list')
  expect(ran.out).toContain('Row 9, column nilai ("x"): this is no amount')
  expect([await quota(), readdirSync(line.path('in'))]).toEqual(before)
  expect(readdirSync(line.path('state')).includes('bulk')).toBe(false)
})

test('a workbook is stamped beside the text it names, into a folder of its own, with its facts', async () => {
  const contents = 'BT /F 10 Tf 100 200 Td (Materai di sini) Tj ET'
  const font = `<</Type/Font/Subtype/Type1/FirstChar 32/Widths[${'500 '.repeat(95)}]>>`
  writeFileSync(
    line.path('in/a.pdf'),
    samplePdf({
      tree: '/Resources<</Font<</F 20 0 R>>>>',
      objects: {
        3: `<</Length ${contents.length}>>\nstream\n${contents}\nendstream`,
        4: '<</Type/Page/Parent 2 0 R/Contents 3 0 R>>',
        20: font,
      },
    }),
  )
  const text = (cell: string, value: string) => `<c r="${cell}" t="inlineStr"><is><t>${value}</t></is></c>`
  const rows =
    `<row r="1">${text('A1', 'Berkas')}${text('B1', 'Jenis dokumen')}${text('C1', 'Tanggal')}${text('D1', 'Nilai')}${text('E1', 'Jangkar')}</row>` +
    `<row r="2">${text('A2', 'in/a.pdf')}${text('B2', 'Surat Perjanjian')}<c r="C2" s="1"><v>46349</v></c><c r="D2"><v>7500000</v></c>${text('E2', 'materai di sini')}</row>`
  writeFileSync(line.path('table.xlsx'), workbookOf(rows))
  expect(await bulk('table.xlsx', '--out', 'out')).toMatchObject({ exitCode: 0, json: { counts: { stamped: 1 } } })
  expect(readdirSync(line.path('out/in'))).toEqual(['a.bermeterai.pdf'])
  const listed = await fetch(`${web.url}/v1/affixings`, { headers: { authorization: `Bearer ${account.liveKey}` } })
  const [affixing] = JSON.parse(await listed.text()).items
  expect(affixing).toMatchObject({
    facts: { documentType: 'surat-perjanjian', date: '2026-11-23', valueRupiah: '7500000', fileName: 'a.pdf' },
    recipe: { placement: { page: 1, left: 181, bottom: 153, width: 100 } },
  })
})

test('with too little quota nothing is begun, and --partial goes as far as it reaches; a top-up finishes the rest', async () => {
  for (let at = 0; at < 12; at++) put(`in/${at}.pdf`)
  expect(await folder()).toMatchObject({
    exitCode: 10,
    json: { code: 'quota_empty', counts: { ready: 12 }, quota: { needed: 12, available: 10, missing: 2 } },
  })
  expect(await quota()).toEqual({ available: 10, reserved: 0, spent: 0 })
  expect(await folder('--partial')).toMatchObject({ exitCode: 10, json: { counts: { stamped: 10, left: 2 } } })
  expect(await quota()).toEqual({ available: 0, reserved: 0, spent: 10 })
  await web.grant(account.accountId, 2)
  expect(await folder()).toMatchObject({ exitCode: 0, json: { counts: { stamped: 2, stamped_before: 10 } } })
})

const api = async (method: string, path: string, key = account.liveKey, json?: object) => {
  const type = json === undefined ? {} : { 'content-type': 'application/json' }
  const headers = { authorization: `Bearer ${key}`, ...type }
  const body = json === undefined ? {} : { body: JSON.stringify(json) }
  return JSON.parse(await (await fetch(`${web.url}${path}`, { method, headers, ...body })).text())
}

test('a batch that waits for a second member reserves nothing; once it is approved the same command stamps it', async () => {
  await api('PUT', '/v1/approval-rule', account.liveKey, { aboveRupiah: '10000' })
  put('in/a.pdf')
  put('in/b.pdf')
  const waiting = await folder('--tag', 'CC-7')
  expect(waiting).toMatchObject({ exitCode: 75, json: { code: 'batch_waiting', counts: { left: 2 } } })
  expect(waiting.err).toContain('waits for a second member')
  expect(await quota()).toEqual({ available: 10, reserved: 0, spent: 0 })
  const [batch] = (await api('GET', '/v1/batches')).items
  expect(batch).toMatchObject({ name: 'in', tag: 'CC-7', state: 'waiting_approval', items: 2, sumRupiah: '20000' })
  const second = await web.addKey(account.accountId)
  expect(await api('POST', `/v1/batches/${batch.id}/approve`, second)).toMatchObject({ state: 'open' })
  expect(await folder('--resume')).toMatchObject({ exitCode: 0, json: { counts: { stamped: 2 } } })
  expect((await api('GET', '/v1/batches')).items).toHaveLength(1)
  expect(await api('GET', `/v1/batches/${batch.id}`)).toMatchObject({ counts: { affixed: 2 } })
})

test('after its batch was cancelled the same command makes another', async () => {
  await api('PUT', '/v1/approval-rule', account.liveKey, { aboveRupiah: '0' })
  put('in/a.pdf')
  await folder()
  const [first] = (await api('GET', '/v1/batches')).items
  await api('DELETE', `/v1/batches/${first.id}`)
  const [second] = (await folder().then(() => api('GET', '/v1/batches'))).items
  await api('POST', `/v1/batches/${second.id}/approve`, await web.addKey(account.accountId))
  expect(await folder()).toMatchObject({ exitCode: 0, json: { counts: { stamped: 1 } } })
  expect((await api('GET', '/v1/batches')).items.map(({ state }: { state: string }) => state)).toEqual([
    'open',
    'cancelled',
  ])
})

test('a test key stamps specimens, whatever its quota says', async () => {
  put('in/a.pdf')
  const testLine = await openCommandLine({ METERAI_URL: web.url, METERAI_KEY: account.testKey })
  try {
    const ran = await testLine.run(
      'bulk',
      line.path('in'),
      '--type',
      'akta-notaris',
      '--out',
      testLine.path('out'),
      '--json',
    )
    expect(ran).toMatchObject({ exitCode: 0, json: { counts: { stamped: 1 } } })
  } finally {
    await testLine.remove()
  }
})

test('the journal holds neither the API key nor what stands in the table', async () => {
  put('in/a.pdf')
  writeFileSync(
    line.path('in/t.csv'),
    'berkas;jenis;nomor;jenis_identitas;nomor_identitas;nama\na.pdf;akta-notaris;NO-77;KTP;3171010101900001;Contoh A\n',
  )
  expect(await bulk('in/t.csv')).toMatchObject({ exitCode: 0 })
  const kept = readdirSync(line.path('state/bulk')).map((name) => readFileSync(line.path(`state/bulk/${name}`), 'utf8'))
  expect(kept.join('\n')).not.toMatch(/mk_live|3171010101900001|Contoh A|NO-77/)
})

test('a line of the journal that a crash cut short is passed over, and the next is not joined to it', async () => {
  put('in/a.pdf')
  await folder()
  const log = line.path(
    `state/bulk/${readdirSync(line.path('state/bulk')).find((name) => name.endsWith('.log')) ?? ''}`,
  )
  appendFileSync(log, '{"key":"0123')
  put('in/b.pdf')
  expect(await folder()).toMatchObject({ exitCode: 0, json: { counts: { stamped: 1, stamped_before: 1 } } })
  expect(await folder()).toMatchObject({ exitCode: 0, json: { counts: { stamped_before: 2 } } })
  for (const each of readFileSync(log, 'utf8').trimEnd().split('\n')) expect(() => JSON.parse(each)).not.toThrow()
})

test('a place for the journal that cannot be written stops the batch before anything is reserved', async () => {
  put('in/a.pdf')
  writeFileSync(line.path('state'), 'a file')
  expect(await folder()).toMatchObject({ exitCode: 73, json: { code: 'state.unwritable' } })
  expect(await quota()).toEqual({ available: 10, reserved: 0, spent: 0 })
})

test('what cannot be a batch is refused with the way out', async () => {
  expect(await folder()).toMatchObject({ exitCode: 66, json: { code: 'bulk.none' } })
  put('in/a.pdf')
  expect(await bulk('in')).toMatchObject({ exitCode: 64, json: { code: 'usage.type' } })
  expect(await folder('--resume')).toMatchObject({ exitCode: 66, json: { code: 'bulk.nothingBegun' } })
  expect(await bulk('in/a.pdf')).toMatchObject({ exitCode: 65, json: { code: 'bulk.notTable' } })
  expect(await bulk('none.csv')).toMatchObject({ exitCode: 66, json: { code: 'file.missing' } })
  writeFileSync(line.path('t.csv'), 'berkas;jenis\n')
  expect(await bulk('t.csv')).toMatchObject({ exitCode: 65, json: { code: 'bulk.empty' } })
  writeFileSync(line.path('mine.csv'), 'my own work')
  expect(await folder('--report', 'mine.csv')).toMatchObject({ exitCode: 65, json: { code: 'bulk.notReport' } })
  expect(readFileSync(line.path('mine.csv'), 'utf8')).toBe('my own work')
  const template = await line.run('bulk', '--template')
  expect(template.out.split('\n')[0]).toContain('berkas;jenis_dokumen;nomor;tanggal;nilai')
})
