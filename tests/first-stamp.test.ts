import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAuthority } from '../src/signing/authority.ts'
import { openStampSigner } from '../src/signing/stamp-signer.ts'
import { stream } from './support/forged-updates.ts'
import { differingBox, judged, lastPagePng, pdfsigReport, qpdfReport } from './support/judges.ts'
import { rewritten, samplePdf } from './support/pdf-samples.ts'
import { readQrCodes } from './support/read-qr.ts'
import { startServiceProcess, type ServiceProcess } from './support/service.ts'
import { append, specimenSerial, stampPdf } from './support/stamped-pdf.ts'

// The first stamp as a person makes it: a service over its own embedded database, and the command line beside it.

const bin = fileURLToPath(new URL('../bin/meterai.js', import.meta.url))
let service: ServiceProcess
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meterai-first-'))
  service = await startServiceProcess({ dataFolder: join(folder, 'data') })
}, 60_000)
afterAll(async () => {
  await service.stop()
  rmSync(folder, { recursive: true, force: true })
})

type Run = { exit: number; out: string; err: string; json: Record<string, unknown> }

/** Runs `meterai ...` as a person would, in the test's folder; with --json the last line is read. */
async function meterai(...parameters: string[]): Promise<Run> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    LANG: 'en_US.UTF-8',
    METERAI_DATA: join(folder, 'data'),
    METERAI_STATE: join(folder, 'state'),
  }
  const child = spawn(process.execPath, [bin, ...parameters], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [exit]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const last = out.trim().split('\n').at(-1) ?? ''
  return { exit: Number(exit), out, err, json: parameters.includes('--json') ? JSON.parse(last) : {} }
}
const file = (name: string) => join(folder, name)
const stampOf = (name: string, ...more: string[]) =>
  meterai('stamp', name, '--type', 'surat-pernyataan', '--json', ...more)

/** Where the ByteRange of the one signature in a file ends. */
function signedLength(bytes: Buffer): number {
  const [, start = '', length = ''] = /\/ByteRange\s*\[\s*0\s+\d+\s+(\d+)\s+(\d+)/.exec(bytes.toString('latin1')) ?? []
  return Number(start) + Number(length)
}

/** One-page documents of three makers: Cairo, MuPDF, and a writer of cross-reference streams. */
function makeDocument(maker: 'cairo' | 'mupdf' | 'packed', name: string): void {
  const marked = samplePdf({ trailer: `/Nama (${name})`, kind: maker === 'packed' ? 'packed' : 'table' })
  if (maker === 'packed') return writeFileSync(file(name), marked)
  writeFileSync(file('source.pdf'), marked)
  if (maker === 'cairo') judged('pdftocairo', ['-pdf', 'source.pdf', name], folder)
  else {
    writeFileSync(file('page.txt'), `%%MediaBox 0 0 595 842\n0.9 g 50 50 200 200 re f\n% ${name}\n`)
    judged('mutool', ['create', '-o', name, 'page.txt'], folder)
  }
}

test.each(['cairo', 'mupdf', 'packed'] as const)(
  'a document made by %s is stamped so that every judge agrees, and rebuilt byte for byte',
  async (maker) => {
    const name = `${maker}.pdf`
    makeDocument(maker, name)
    const original = readFileSync(file(name))
    const run = await stampOf(name, '--at', '450,40', '--size', '100')
    expect(run).toMatchObject({ exit: 0 })
    const stamped = readFileSync(file(`${maker}.bermeterai.pdf`))
    expect(stamped.subarray(0, original.length).equals(original)).toBe(true)
    expect(pdfsigReport(stamped)).toContain('Signature is Valid')
    // The DSS follows what is signed; the part that is signed is signed whole.
    expect(pdfsigReport(stamped.subarray(0, signedLength(stamped)))).toContain('Total document signed')
    expect(qpdfReport(stamped)).toEqual(qpdfReport(original))
    const [before, after] = [lastPagePng(original, 1), lastPagePng(stamped, 1)]
    const box = differingBox(before, after)
    expect(box?.left).toBeGreaterThanOrEqual(449.5)
    expect(box?.bottom).toBeGreaterThanOrEqual(39.5)
    expect(box?.right).toBeLessThanOrEqual(550.5)
    expect(box?.top).toBeLessThanOrEqual(140.5)
    expect(await readQrCodes(after)).toEqual([`${service.url}/cek/${String(run.json['serial'])}`])
    expect(await meterai('rebuild', name, '-o', `${maker}.again.pdf`)).toMatchObject({ exit: 0 })
    expect(readFileSync(file(`${maker}.again.pdf`)).equals(stamped)).toBe(true)
    expect(await meterai('verify', `${maker}.bermeterai.pdf`, '--json')).toMatchObject({
      exit: 0,
      json: { integrity: 'intact', standing: 'specimen' },
    })
  },
)

test('no note of a begun stamp is left after it is written', () => {
  expect(existsSync(file('state/begun')) ? readdirSync(file('state/begun')) : []).toEqual([])
})

test('the same document again is already stamped, charges nothing, and can carry another stamp on purpose', async () => {
  makeDocument('packed', 'again.pdf')
  await stampOf('again.pdf')
  const before = await meterai('quota', '--json')
  expect(await stampOf('again.pdf', '-o', 'elsewhere.pdf')).toMatchObject({
    exit: 12,
    json: { code: 'already_stamped' },
  })
  expect(await meterai('quota', '--json')).toMatchObject({ json: before.json })
  expect(existsSync(file('elsewhere.pdf'))).toBe(false)
  expect(await stampOf('again.pdf', '--additional', '-o', 'second.pdf')).toMatchObject({ exit: 0 })
  const list = await meterai('rebuild', 'again.pdf', '-o', 'third.pdf', '--json')
  expect(list.exit).toBe(64)
  expect(existsSync(file('third.pdf'))).toBe(false)
})

test('verify tells seven cases apart, in words and exit codes', async () => {
  writeFileSync(file('case.pdf'), samplePdf({ trailer: '/Nama (case)' }))
  writeFileSync(file('other-case.pdf'), samplePdf({ trailer: '/Nama (other case)' }))
  await stampOf('case.pdf')
  await stampOf('other-case.pdf')
  const stamped = readFileSync(file('case.bermeterai.pdf'))
  const other = readFileSync(file('other-case.bermeterai.pdf'))

  const flipped = Buffer.from(stamped)
  flipped.write('0.1', stamped.indexOf('0.9 g'), 'latin1')
  writeFileSync(file('flipped.pdf'), flipped)
  writeFileSync(file('added.pdf'), append(stamped, { 3: stream('0 g 50 50 300 300 re f') }))

  const moved = Buffer.from(other)
  const [from, to] = [stamped.indexOf('/Contents<') + 10, other.indexOf('/Contents<') + 10]
  stamped.copy(moved, to, from, stamped.indexOf('>', from))
  writeFileSync(file('moved.pdf'), moved)

  // Signed by the key of this installation, yet no serial number was ever given for it.
  const signer = await openStampSigner({ authority: await openAuthority(join(folder, 'data', 'specimen-authority')) })
  const forged = await stampPdf(samplePdf({ trailer: '/Nama (forged)' }), signer, { serial: specimenSerial(7) })
  writeFileSync(file('forged.pdf'), forged.bytes)

  // Flattened into the page, as a program that merges or compresses files does, and written anew without the form.
  judged('qpdf', ['--flatten-annotations=all', '--qdf', 'case.bermeterai.pdf', 'drawn.pdf'], folder)
  const formless = readFileSync(file('drawn.pdf'), 'latin1').replace(/\/AcroForm \d+ 0 R/, (form) =>
    ' '.repeat(form.length),
  )
  writeFileSync(file('drawn.pdf'), formless, 'latin1')
  judged('qpdf', ['drawn.pdf', 'flat.pdf'], folder)
  writeFileSync(file('plain.pdf'), samplePdf())

  const cases = [
    ['case.bermeterai.pdf', 0, { integrity: 'intact', standing: 'specimen' }],
    ['flipped.pdf', 20, { integrity: 'changed', standing: 'specimen' }],
    ['added.pdf', 20, { integrity: 'changed', standing: 'specimen' }],
    ['moved.pdf', 24, { standing: 'other_document' }],
    ['forged.pdf', 23, { integrity: 'intact', standing: 'unknown' }],
    ['plain.pdf', 22, { standing: 'not_stamped' }],
    ['flat.pdf', 25, { standing: 'picture_only' }],
  ] as const
  const sentences = new Set<string>()
  for (const [name, exit, verdict] of cases) {
    const run = await meterai('verify', name, '--json')
    expect({ name, ...run }).toMatchObject({ name, exit, json: verdict })
    sentences.add((await meterai('verify', name)).out.replaceAll(name, ''))
  }
  expect(sentences.size).toBeGreaterThanOrEqual(6)
})

test.each([
  ['a file that is not a PDF', 'not.pdf', () => Buffer.from('halo'), 'not_a_pdf'],
  ['an empty file', 'empty.pdf', () => Buffer.alloc(0), 'file_empty'],
  [
    'a file with a password',
    'locked.pdf',
    () => rewritten(samplePdf(), ['--encrypt', 'rahasia', 'pemilik', '256', '--']),
    'password_needed',
  ],
])('%s is refused on the spot, before any quota', async (_, name, make, code) => {
  writeFileSync(file(name), make())
  const before = (await meterai('quota', '--json')).json
  expect(await stampOf(name)).toMatchObject({ json: { code } })
  expect((await meterai('quota', '--json')).json).toEqual(before)
})

test('quota 3 gives three stamps; the fourth is refused, leaves nothing, and works with the same key after a grant', async () => {
  const { available } = (await meterai('quota', '--json')).json
  const load = Number(available) - 3
  for (let i = 0; i < load; i++) await reserveAndLeave(i)
  for (const name of ['q1.pdf', 'q2.pdf', 'q3.pdf', 'q4.pdf']) makeDocument('packed', name)
  for (const name of ['q1.pdf', 'q2.pdf', 'q3.pdf']) expect(await stampOf(name)).toMatchObject({ exit: 0 })
  expect(await stampOf('q4.pdf')).toMatchObject({ exit: 10, json: { code: 'quota_empty' } })
  expect(existsSync(file('q4.bermeterai.pdf'))).toBe(false)
  expect(await meterai('quota', '--json')).toMatchObject({ json: { available: 0 } })
  expect(await meterai('quota', 'grant', service.demo.accountId, '1', '--json')).toMatchObject({
    exit: 0,
    json: { available: 1 },
  })
  expect(await stampOf('q4.pdf')).toMatchObject({ exit: 0 })
  expect(await meterai('check', 'ledger', '--json')).toMatchObject({ exit: 0, json: { clean: true } })
})

/** Takes one unit out of the way. */
async function reserveAndLeave(i: number): Promise<void> {
  const sourceSha256 = String(i).padStart(64, '0')
  const answer = await fetch(`${service.url}/v1/affixings`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.demo.liveKey}`,
      'content-type': 'application/json',
      'idempotency-key': `leave-${i}`,
    },
    body: JSON.stringify({
      facts: { documentType: 'akta-notaris' },
      placement: { page: 1, left: 0, bottom: 0, width: 100, height: 100, unit: 'pt' },
      sourceSha256,
      sourceLength: 1,
      pageCount: 1,
    }),
  })
  if (answer.status !== 201) throw new Error(await answer.text())
}
