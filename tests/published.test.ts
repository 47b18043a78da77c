import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf } from './support/document-blocks.ts'
import { pdfsigReport } from './support/judges.ts'
import { samplePdf } from './support/pdf-samples.ts'
import { root, textOf } from './support/tracked-files.ts'
import { testWeb, type TestWeb } from './support/web.ts'

// What other programs import, as they get it: the packed package alone in a node_modules folder, without its dependencies and
// without a loader for TypeScript.

let web: TestWeb
let folder: string
let account: Awaited<ReturnType<TestWeb['openAccount']>>

function run(command: string, args: readonly string[], cwd: string): string {
  const ran = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

beforeAll(async () => {
  web = await testWeb()
  account = await web.openAccount(5)
  folder = mkdtempSync(join(tmpdir(), 'meterai-published-'))
  run('npm', ['pack', '--silent', '--offline', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'none'
  const installed = join(folder, 'node_modules', 'openmeterai')
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1'], folder)
  mkdirSync(join(folder, 'node_modules', '@types'))
  symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  symlinkSync(join(root, 'node_modules/undici-types'), join(folder, 'node_modules/undici-types'))
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  writeFileSync(join(folder, 'contract.pdf'), samplePdf({ pages: 2 }))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await web.close()
})

/** A program beside the package, run by plain Node; its last line is JSON. */
async function program(name: string, code: string, options: readonly string[] = []) {
  return JSON.parse(await programText(name, code, options))
}

/** The last line of such a program. */
async function programText(name: string, code: string, options: readonly string[] = []): Promise<string> {
  writeFileSync(join(folder, name), code)
  const child = spawn(process.execPath, [...options, name], {
    cwd: folder,
    env: { PATH: process.env['PATH'], METERAI_URL: web.url, METERAI_KEY: account.testKey },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const out = await text(child.stdout)
  return out.trimEnd().split('\n').at(-1) ?? ''
}

const oneByOne = `
import { readFile, writeFile } from 'node:fs/promises'
import { openClient } from 'openmeterai/client'
import { preflight, primitives } from 'openmeterai/stamp'

const client = openClient({ url: process.env.METERAI_URL, key: process.env.METERAI_KEY, language: 'en' })
const original = new Uint8Array(await readFile('contract.pdf'))
const looked = preflight(original, primitives)
const request = {
  facts: { documentType: 'surat-pernyataan' },
  placement: { page: 1, left: 300, bottom: 40, width: 100, height: 100, unit: 'pt' },
  sourceSha256: client.digestOf(original),
  sourceLength: original.length,
  pageCount: looked.document.pages.length,
  additional: true,
}
const reserved = await client.reserve(request, 'key-' + process.argv[1])
const placed = await client.place(original, reserved.affixing)
const signed = await client.sign(reserved.affixing, placed.prepared.digest)
const affixing = { ...reserved.affixing, signature: signed.signature, digest: placed.prepared.digest, state: 'affixed' }
const pdf = client.embed(original, placed.prepared, affixing)
await writeFile('one-by-one.pdf', pdf)
const rebuilt = await client.rebuild(original, (await client.affixing(affixing.id)).affixing)
const { verdict } = await client.verify(pdf)
console.log(JSON.stringify({
  pages: looked.document.pages.length,
  same: Buffer.compare(rebuilt.pdf, pdf) === 0,
  integrity: verdict.integrity,
  standing: verdict.standing,
  quota: (await client.quota()).quota,
}))
`

test.each([
  ['Node', []],
  ['a browser', ['--conditions=browser']],
])('the four steps one by one, with what %s gets, make a stamp that stands', async (_, options) => {
  const told = await program(`steps-${options.length}.mjs`, oneByOne, options)
  expect(told).toMatchObject({ pages: 2, same: true, integrity: 'intact', standing: 'specimen' })
  expect(told.quota).toMatchObject({ ledger: 'specimens', specimen: true })
  expect(pdfsigReport(readFileSync(join(folder, 'one-by-one.pdf')))).toContain('Signature is Valid')
})

test('both entries have the same names on Node and in a browser, and ask for no other package', async () => {
  const code = `
    const names = {}
    for (const entry of ['client', 'stamp']) names[entry] = Object.keys(await import('openmeterai/' + entry)).toSorted()
    console.log(JSON.stringify(names))`
  const onNode = await program('names.mjs', code)
  expect(await program('names.mjs', code, ['--conditions=browser'])).toEqual(onNode)
  expect(onNode.client).toEqual(['AnswerError', 'RefusedError', 'openClient'])
  for (const name of ['client-browser.js', 'stamp-browser.js'])
    expect(readFileSync(join(folder, 'node_modules/openmeterai/dist', name), 'utf8')).not.toMatch(
      /from "node:|\brequire\(/,
    )
})

test('a refusal is a value with its code and its sentence, and any call of the API can be made', async () => {
  const told = await program(
    'refused.mjs',
    `
    import { openClient, RefusedError } from 'openmeterai/client'
    const client = openClient({ url: process.env.METERAI_URL + '/', key: process.env.METERAI_KEY, language: 'en' })
    const order = { facts: { documentType: 'surat-pernyataan' }, idempotencyKey: 'no-pdf',
      placement: { page: 'last', left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' } }
    const refused = await client.stamp(new TextEncoder().encode('no pdf'), order)
    const made = await client.call({ method: 'POST', path: '/v1/webhooks', json: { url: 'https://books.example.com/', events: ['affixing.affixed'] } })
    const listed = []
    for await (const item of client.items('/v1/affixings?limit=1')) listed.push(item.state)
    const thrown = await client.items('/v1/nothing').next().catch((error) => error instanceof RefusedError && error.refusal.code)
    console.log(JSON.stringify({ refused, status: made.status, listed, thrown, unreached: (await client.affixing('afx_1')).refusal.code }))`,
  )
  expect(told).toMatchObject({ refused: { ok: false, refusal: { code: 'not_a_pdf' } }, status: 201 })
  expect(told).toMatchObject({ listed: ['affixed', 'affixed'], thrown: 'not_found', unreached: 'not_found' })
})

test('the TypeScript of docs/integrate.md stamps and checks, and its types hold', async () => {
  const block = blocksOf(textOf('docs/integrate.md') ?? '').find(({ language }) => language === 'ts')
  const code = block?.code ?? 'nothing'
  const told = await programText('integrate.mts', code, ['--import', import.meta.resolve('tsx')])
  expect(told).toMatch(/^intact specimen SPESIMEN/)
  expect(pdfsigReport(readFileSync(join(folder, 'contract.typescript.pdf')))).toContain('Signature is Valid')
  typeCheck('integrate.mts')
})

/** A strict consumer's compiler, which looks into our declarations too. */
function typeCheck(name: string): void {
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node']
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, name], folder)
}

test('a strict TypeScript program finds its types', () => {
  writeFileSync(
    join(folder, 'typed.mts'),
    `
    import { openClient, type Affixing, type Outcome } from 'openmeterai/client'
    import { check, primitives, type CheckReport } from 'openmeterai/stamp'
    const client = openClient({ url: 'https://meterai.example' })
    export async function stamped(pdf: Uint8Array): Promise<Outcome<{ pdf: Uint8Array; affixing: Affixing }>> {
      return client.stamp(pdf, {
        facts: { documentType: 'surat-perjanjian' },
        placement: { page: 'last', left: 1, bottom: 1, width: 100, height: 100, unit: 'pt' },
        idempotencyKey: 'a',
      })
    }
    export const looked = (pdf: Uint8Array): CheckReport => check(pdf, { roots: [] }, primitives)
    // @ts-expect-error a slug that is none
    void client.stamp(new Uint8Array(), { facts: { documentType: 'x' } })
    `,
  )
  typeCheck('typed.mts')
  expect(readFileSync(join(folder, 'node_modules/openmeterai/dist/types/published/client.d.ts'), 'utf8')).not.toMatch(
    /\.ts'/,
  )
})
