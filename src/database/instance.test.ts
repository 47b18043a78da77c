import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimDataFolder, runningInstance } from './instance.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openmeterai-instance-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const file = () => join(folder, 'instance.json')

async function claimed() {
  const claim = await claimDataFolder(folder)
  if (!claim.ok) throw new Error(claim.message)
  return claim
}

/** Another process that claims the folder, announces itself and waits to be killed. */
async function otherProcess() {
  const instance = fileURLToPath(new URL('instance.ts', import.meta.url))
  const script = `
    const { claimDataFolder } = await import(${JSON.stringify(instance)})
    const claim = await claimDataFolder(${JSON.stringify(folder)})
    if (claim.ok) await claim.announce('http://localhost:8080')
    console.log(claim.ok ? 'claimed' : 'refused')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  })
  const [line] = await once(child.stdout, 'data')
  const end = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { pid: child.pid, said: String(line).trim(), end }
}

test('a second service on the folder hears which process runs there, where and since when', async () => {
  const first = await otherProcess()

  const second = await claimDataFolder(folder)
  await first.end()

  expect(first.said).toBe('claimed')
  if (second.ok) throw new Error('claimed twice')
  expect(second.running.pid).toBe(first.pid)
  expect(second.message).toContain(`http://localhost:8080 (process ${first.pid} on `)
  expect(second.message).toContain(`since ${second.running.since}`)
})

test('what a killed service left behind is taken over', async () => {
  const first = await otherProcess()
  await first.end()

  const second = await claimed()

  expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ pid: process.pid })
  await second.release()
})

test('a number that now belongs to a process that began at another time holds nothing', async () => {
  const claim = await claimed()
  const left: unknown = JSON.parse(await readFile(file(), 'utf8'))
  await claim.release()
  await writeFile(file(), JSON.stringify(Object.assign({}, left, { start: '1' })))

  const second = await claimDataFolder(folder)

  expect(second.ok).toBe(true)
  if (second.ok) await second.release()
})

test('of ten claims at once one succeeds', async () => {
  const claims = await Promise.all(Array.from({ length: 10 }, () => claimDataFolder(folder)))

  const won = claims.filter((claim) => claim.ok)
  expect(won).toHaveLength(1)
  for (const claim of won) await claim.release()
})

test('a service in another container holds the folder as long as it shows that it lives', async () => {
  const claim = await claimed()
  const left: unknown = JSON.parse(await readFile(file(), 'utf8'))
  await claim.release()
  await writeFile(file(), JSON.stringify(Object.assign({}, left, { place: 'elsewhere pid:[1]' })))
  const beats = setInterval(() => void utimes(file(), new Date(), new Date()), 200)

  const whileAlive = await claimDataFolder(folder)
  clearInterval(beats)
  const afterSilence = await claimDataFolder(folder)

  expect(whileAlive.ok).toBe(false)
  expect(afterSilence.ok).toBe(true)
  if (afterSilence.ok) await afterSilence.release()
})

test('a released folder runs nothing, a damaged file neither', async () => {
  const claim = await claimed()
  expect(await runningInstance(folder)).toMatchObject({ pid: process.pid, url: '' })
  await claim.release()
  expect(await runningInstance(folder)).toBeUndefined()

  await writeFile(file(), '{"pid":')
  expect(await runningInstance(folder)).toBeUndefined()
})
