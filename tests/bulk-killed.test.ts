import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readQuota } from '../src/ledger/balances.ts'
import { recountLedger } from '../src/ledger/recount.ts'
import { samplePdf } from './support/pdf-samples.ts'
import { testWeb, type TestWeb } from './support/web.ts'

// A batch whose command is killed as a power cut would: no signal that it hears, at a moment nobody chose.

const bin = fileURLToPath(new URL('../bin/meterai.js', import.meta.url))
const files = 40
let web: TestWeb
let folder: string
let account: Awaited<ReturnType<TestWeb['openAccount']>>
beforeAll(async () => {
  web = await testWeb()
  account = await web.openAccount(files)
  folder = mkdtempSync(join(tmpdir(), 'meterai-bulk-'))
  mkdirSync(join(folder, 'in'))
  for (let at = 0; at < files; at++)
    writeFileSync(join(folder, 'in', `${at}.pdf`), samplePdf({ trailer: `/Nama (${at})` }))
})
afterAll(async () => {
  await web.close()
  rmSync(folder, { recursive: true, force: true })
})

function start() {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    METERAI_STATE: join(folder, 'state'),
    METERAI_URL: web.url,
    METERAI_KEY: account.liveKey,
  }
  const parameters = ['bulk', 'in', '--type', 'surat-pernyataan', '--out', 'out', '--json']
  return spawn(process.execPath, [bin, ...parameters], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
}

const copies = () =>
  existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')).filter((name) => !name.startsWith('.')) : []

async function affixed(): Promise<number> {
  const [row] = await web.db.database.sql<{ count: number }[]>`
    select count(*)::int as count from affixings where account_id = ${account.accountId} and state = 'affixed'`
  return row?.count ?? 0
}

/** Kills the command once so many stamps are affixed. */
async function killedAt(stamps: number): Promise<void> {
  const child = start()
  const gone = once(child, 'exit')
  while ((await affixed()) < stamps && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve))
  child.kill('SIGKILL')
  const [, signal] = await gone
  expect(signal).toBe('SIGKILL')
}

test('40 documents whose command is killed twice and run again: 40 stamps, 40 charges, 40 copies', async () => {
  await killedAt(8)
  const first = copies().length
  expect(first).toBeLessThan(files)
  await killedAt(22)
  expect(copies().length).toBeGreaterThanOrEqual(first)
  expect(await affixed()).toBeLessThan(files)
  const child = start()
  const [out, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const json: unknown = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')
  expect({ exitCode, json }).toMatchObject({ exitCode: 0, json: { ok: true, rows: files } })
  expect(copies()).toHaveLength(files)
  expect(await affixed()).toBe(files)
  const { available, reserved, spent } = await readQuota(web.db.database.sql, {
    accountId: account.accountId,
    ledger: 'stamps',
  })
  expect([available, reserved, spent].map(Number)).toEqual([0, 0, files])
  expect(await recountLedger(web.db.owner.sql)).toMatchObject({ clean: true })
  const verify = spawn(process.execPath, [bin, 'verify', 'out', '--json'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, METERAI_STATE: join(folder, 'state'), METERAI_URL: web.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [checked, [verifyExit]] = await Promise.all([text(verify.stdout), once(verify, 'exit')])
  expect({ verifyExit, json: JSON.parse(checked.trimEnd().split('\n').at(-1) ?? '') }).toMatchObject({
    verifyExit: 0,
    json: { files, counts: { specimen: files } },
  })
})
