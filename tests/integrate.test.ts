import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../src/base/free-port.ts'
import { errorList } from '../src/errors.ts'
import { blocksOf } from './support/document-blocks.ts'
import { pdfsigReport } from './support/judges.ts'
import { samplePdf } from './support/pdf-samples.ts'
import { root, textOf } from './support/tracked-files.ts'
import { testWeb, type TestWeb } from './support/web.ts'

// A stranger goes through docs/integrate.md from top to bottom. The TypeScript part is run by published.test.ts, which has the
// packed package.

const document = textOf('docs/integrate.md') ?? ''
const blocks = blocksOf(document)

let web: TestWeb
let folder: string
let port: number
let testKey: string
let agent: ChildProcess
beforeAll(async () => {
  web = await testWeb()
  port = await freePort('127.0.0.1')
  ;({ testKey } = await web.openAccount(0))
  folder = mkdtempSync(join(tmpdir(), 'meterai-integrate-'))
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data/demo.json'), JSON.stringify({ testKey }))
  writeFileSync(join(folder, 'contract.pdf'), samplePdf({ pages: 3 }))
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  symlinkSync(join(root, 'bin/meterai.js'), join(folder, 'node_modules/.bin/meterai'))
  agent = start(blockThat('npx meterai agent'))
  await new Promise<void>((resolve, reject) => {
    agent.once('exit', (code) => reject(new Error(`the agent ended with ${code}`)))
    agent.stdout?.on('data', (piece: Buffer) => {
      if (piece.toString().includes('agent-token')) resolve()
    })
  })
})
afterAll(async () => {
  const gone = once(agent, 'exit')
  // as Ctrl-C does: to npx, its shell and the agent together
  process.kill(-(agent.pid ?? 0), 'SIGINT')
  await gone
  rmSync(folder, { recursive: true, force: true })
  await web.close()
})

function blockThat(begins: string, language = 'sh'): string {
  const found = blocks.find((block) => block.language === language && block.code.includes(begins))
  if (found === undefined) throw new Error(`docs/integrate.md has no ${language} block with ${begins}`)
  return here(found.code)
}

/** As it stands, but for the addresses. */
const here = (code: string) => code.replaceAll('http://localhost:8080', web.url).replaceAll('8735', String(port))

function start(command: string): ChildProcess {
  const { PATH, HOME } = process.env
  const env = {
    PATH,
    HOME,
    METERAI_URL: web.url,
    METERAI_KEY: testKey,
    METERAI_STATE: join(folder, 'state'),
    LANG: 'en_US.UTF-8',
    npm_config_update_notifier: 'false',
  }
  const args = ['-euo', 'pipefail', '-c', command]
  return spawn('bash', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
}

async function run(command: string): Promise<string> {
  const child = start(command)
  if (child.stdout === null) throw new Error('no output')
  const [out, [exit]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect({ command: command.slice(0, 40), exit, out }).toMatchObject({ exit: 0 })
  return out
}

const validity = (name: string) => pdfsigReport(readFileSync(join(folder, name)))

test('the first commands are those that the README proves, and the key is found', async () => {
  expect(blocks[0]).toEqual({ language: 'sh', code: 'npm ci && npm start' })
  const out = await run(`unset METERAI_KEY\n${blockThat('export METERAI_URL')}\necho "$METERAI_URL $METERAI_KEY"`)
  expect(out.trim()).toBe(`${web.url} ${testKey}`)
})

test('curl: stamped by the agent, and checked', async () => {
  const verdict = JSON.parse(await run(blockThat('contract.curl.pdf')))
  expect(verdict).toMatchObject({ ok: true, integrity: 'intact', standing: 'specimen' })
  expect(validity('contract.curl.pdf')).toContain('Signature is Valid')
})

/** Languages whose runtime a machine may lack: how to know, the file of the snippet, how it is run. */
const languages = [
  { language: 'python', runtime: ['python3', '--version'], file: 'stamp.py', command: 'python3 stamp.py' },
  { language: 'php', runtime: ['php', '--version'], file: 'stamp.php', command: 'php stamp.php' },
  { language: 'java', runtime: ['javac', '-version'], file: 'Stamp.java', command: 'java Stamp.java' },
] as const
const isHere = ([command, option]: readonly [string, string]) => spawnSync(command, [option]).status === 0

const [runnable, lacking] = [true, false].map((wanted) => languages.filter(({ runtime }) => isHere(runtime) === wanted))

test('what has no runtime here is said aloud, and is a whole snippet all the same', () => {
  const names = (list: typeof lacking) => list?.map(({ language }) => language).join(', ') || 'none'
  console.info(`docs/integrate.md: run here: ${names(runnable)}; without their runtime: ${names(lacking)}`)
  const snippets = languages.map(({ language }) => blockThat('/stamp?type=', language))
  expect(snippets.filter((code) => !code.includes('/verify'))).toEqual([])
  expect(snippets.filter((code) => code.split('{').length !== code.split('}').length)).toEqual([])
})

test.each(runnable ?? [])('$language: stamped by the agent, and checked', async (one) => {
  const code = blockThat('/stamp?type=', one.language)
  writeFileSync(join(folder, one.file), code)
  const out = await run(one.command)
  expect(out).toMatch(one.language === 'java' ? /"standing":"specimen"/ : /^true specimen SPESIMEN/i)
  expect(validity(`contract.${one.language}.pdf`)).toContain('Signature is Valid')
})

test('curl: uploaded, and listed', async () => {
  await run(blockThat('contract.uploaded.pdf'))
  expect(validity('contract.uploaded.pdf')).toContain('Signature is Valid')
  const list = JSON.parse(await run(blockThat('/v1/affixings?limit=2')))
  expect(list.items).toHaveLength(2)
  expect(list.nextCursor).toMatch(/^afx_/)
})

test('every block of the document is run here or by another test', () => {
  const told = blocks.map(({ language, code }) => `${language}: ${code.split('\n', 1)[0] ?? ''}`)
  expect(told.map((line) => line.slice(0, 40))).toEqual([
    'sh: npm ci && npm start',
    'sh: export METERAI_URL=http://localhost:8080'.slice(0, 40),
    'sh: npx meterai agent --port 8735 --token-file agent-token'.slice(0, 40),
    'sh: curl --fail-with-body -sS "http://127.0.0.1:8735'.slice(0, 40),
    'python: import json, pathlib, time, urllib.error'.slice(0, 40),
    'php: <?php',
    'java: import java.net.URI;',
    'sh: npm pack',
    "ts: import { readFile, writeFile } from 'node:fs/promises'".slice(0, 40),
    'json: {',
    'sh: curl --fail-with-body -sS "$METERAI_URL/v1/affixings'.slice(0, 40),
    'sh: curl --fail-with-body -sS "$METERAI_URL/v1/stampings'.slice(0, 40),
  ])
})

test('the problem that is shown is one that the service gives', async () => {
  const shown = JSON.parse(blockThat('urn:openmeterai', 'json'))
  expect(errorList).toHaveProperty(shown.code)
  const { liveKey } = await web.openAccount(0)
  const answer = await fetch(`${web.url}/v1/affixings`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${liveKey}`,
      'content-type': 'application/json',
      'idempotency-key': 'shown',
      'accept-language': 'en',
    },
    body: JSON.stringify({
      facts: { documentType: 'surat-perjanjian' },
      placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
      sourceSha256: 'a'.repeat(64),
      sourceLength: 1000,
      pageCount: 1,
    }),
  })
  expect({ ...(await answer.json()), requestId: shown.requestId }).toEqual(shown)
})
