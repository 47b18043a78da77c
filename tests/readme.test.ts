import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pdfsigReport } from './support/judges.ts'
import { samplePdf } from './support/pdf-samples.ts'
import { startServiceProcess, type ServiceProcess } from './support/service.ts'

// A newcomer goes through the README from top to bottom: each of its command blocks is run here, in its order.

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = Array.from(readme.matchAll(/```sh\n([^]*?)```/g), ([, block = '']) => block.trim())

let service: ServiceProcess
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meterai-readme-'))
  service = await startServiceProcess({ dataFolder: join(folder, 'data') })
  writeFileSync(join(folder, 'contract.pdf'), samplePdf({ pages: 3 }))
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  symlinkSync(join(root, 'bin/meterai.js'), join(folder, 'node_modules/.bin/meterai'))
  symlinkSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'bin'), join(folder, 'bin'))
}, 60_000)
afterAll(async () => {
  await service.stop()
  rmSync(folder, { recursive: true, force: true })
})

type Run = { exit: number; out: string }

/** A block as it stands, beside the running service; only the service's address is another. */
async function run(block: string): Promise<Run> {
  const command = block.replaceAll('http://localhost:8080', service.url)
  const { PATH, HOME } = process.env
  const env = {
    PATH,
    HOME,
    METERAI_DATA: join(folder, 'data'),
    METERAI_STATE: join(folder, 'state'),
    LANG: 'en_US.UTF-8',
    npm_config_update_notifier: 'false',
  }
  const child = spawn('bash', ['-euo', 'pipefail', '-c', command], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [out, [exit]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { exit: Number(exit), out }
}
const read = (name: string) => readFileSync(join(folder, name))
const quota = () =>
  fetch(`${service.url}/v1/quota`, { headers: { authorization: `Bearer ${service.demo.liveKey}` } }).then(
    async (answer) => JSON.parse(await answer.text()),
  )

/** Every block of the README, in its order: how it begins, and what must hold when it was run. */
const steps: [string, (run: () => Promise<Run>) => Promise<void>][] = [
  ['npm ci && npm start', () => expectScript('start', 'node --max-semi-space-size=64 bin/meterai.js serve')],
  ['npm ci && npm test', () => expectScript('test', 'node tests/support/run-all.js')],
  [
    'npx meterai stamp contract.pdf',
    async (go) => {
      const before = await quota()
      expect(await go()).toMatchObject({ exit: 0 })
      const original = read('contract.pdf')
      expect(read('contract.bermeterai.pdf').subarray(0, original.length).equals(original)).toBe(true)
      expect((await quota()).available).toBe(before.available - 1)
    },
  ],
  [
    'npx meterai verify',
    async (go) => {
      const { exit, out } = await go()
      expect(exit).toBe(0)
      expect(out).toMatch(/specimen/i)
    },
  ],
  [
    'rm contract.bermeterai.pdf',
    async (go) => {
      const stamped = read('contract.bermeterai.pdf')
      expect(await go()).toMatchObject({ exit: 0 })
      expect(read('contract.bermeterai.pdf').equals(stamped)).toBe(true)
    },
  ],
  [
    'npx meterai quota',
    async (go) => {
      const { exit, out } = await go()
      expect(exit).toBe(0)
      expect(out).toContain(String((await quota()).available))
    },
  ],
  [
    'npm run demo',
    async (go) => {
      const { exit, out } = await go()
      expect({ exit, out }).toMatchObject({ exit: 0 })
    },
  ],
  [
    'KEY=$(node -p',
    async (go) => {
      expect(await go()).toMatchObject({ exit: 0 })
      const first = read('contract.from-server.pdf')
      expect(pdfsigReport(first)).toContain('Signature is Valid')
      const again = await go()
      expect(read('contract.from-server.pdf').equals(first)).toBe(true)
      expect(JSON.parse(again.out)).toMatchObject({ spent: 1, ledger: 'specimens' })
    },
  ],
]

async function expectScript(name: string, command: string): Promise<void> {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(scripts[name]).toBe(command)
  if (name === 'test') expect(readFileSync(join(root, '.ci/run'), 'utf8')).toMatch(/^npm ci\nnpm test$/m)
}

test('every command block of the README has its proof here, in the same order', () => {
  expect(blocks.map((block, i) => block.startsWith(steps[i]?.[0] ?? '?'))).toEqual(steps.map(() => true))
})

test.each(steps.map(([begins, proof], i) => ({ begins, proof, i })))('README: $begins', async ({ proof, i }) => {
  expect.hasAssertions()
  await proof(() => run(blocks[i] ?? 'false'))
})
