import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** What came of a storm: sign-ins that were looked at (a password hashed for each), and those turned away because too many waited. */
export const stormResult = z.object({
  answered: z.number(),
  turnedAway: z.number(),
  failed: z.number(),
  seconds: z.number(),
})
export type StormResult = z.infer<typeof stormResult>

const entry = fileURLToPath(new URL('storm-process.ts', import.meta.url))

/** Sign-ins from a process of its own, as fast as they are answered, by so many clients at once; `stop` ends them and tells what came of them. */
export async function startStorm(order: { url: string; clients: number }): Promise<{ stop(): Promise<StormResult> }> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  child.send(order)
  await once(child, 'message')
  return {
    async stop() {
      const told = once(child, 'message')
      child.send('stop')
      const [result]: unknown[] = await told
      child.disconnect()
      return stormResult.parse(result)
    },
  }
}
