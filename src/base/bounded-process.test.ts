import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startBoundedProcess } from './bounded-process.ts'

const roomy = { heapMegabytes: 256, addressSpaceKilobytes: 4 * 1024 * 1024 }

/** How a module ends that runs within these bounds: its exit code or signal. */
async function endOf(source: string, bounds: Partial<Parameters<typeof startBoundedProcess>[1]>): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'meterai-bounded-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'module.mts')
  await writeFile(path, source)
  const child = startBoundedProcess(path, { ...roomy, ...bounds })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [code, signal] = await once(child, 'exit')
  return signal ?? code
}

test('one that computes for ever is ended by the system, though nobody watches it', async () => {
  expect(await endOf('for (;;);', { cpuSeconds: 3 })).toMatch(/^SIG(?:XCPU|KILL)$/)
}, 60_000)

test('one that fills its heap dies of it', async () => {
  const source = 'for (const held: number[][] = []; ; ) held.push(Array.from({ length: 100_000 }, Math.random))'
  expect(await endOf(source, { heapMegabytes: 64 })).toMatch(/^SIG(?:ABRT|TRAP)$/)
}, 60_000)

test('one that asks for more address space than it may have does not get it', async () => {
  const source = 'try { Buffer.alloc(6 * 1024 ** 3) } catch { process.exit(7) }'
  expect(await endOf(source, {})).toBe(7)
}, 60_000)
