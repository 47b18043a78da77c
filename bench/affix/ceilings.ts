import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type CeilingOrder, ceilingResult } from './messages.ts'

/** What one part reaches alone. */
export type Ceiling = { name: string; perSecond: number; processorMicroseconds: number }

const entry = fileURLToPath(new URL('ceilings-process.ts', import.meta.url))

/** Measures one ceiling in a process of its own. */
export async function measureCeiling(name: string, order: CeilingOrder): Promise<Ceiling> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.send(order)
  const [message]: unknown[] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`"${name}" ended without a result`))),
  ])
  return { name, ...ceilingResult.parse(message) }
}
