import { readFileSync } from 'node:fs'
import type { ToPdfProcess } from '../../src/affixing/pdf-process-messages.ts'

// The PDF process with a weakness: a file that holds one of these marks does to it what a mistake in the core would let a
// hostile file do. `later`: only when it has its reservation.

const harms: Record<string, () => void> = {
  'poison:loop': () => {
    for (;;);
  },
  'poison:heap': () => {
    for (const held: number[][] = []; ;) held.push(Array.from({ length: 100_000 }, Math.random))
  },
  'poison:crash': () => void process.kill(process.pid, 'SIGSEGV'),
}

let mark: string | undefined
let later = false
process.on('message', (message: ToPdfProcess) => {
  if (message.kind === 'job') {
    const text = message.job.kind === 'stamp' ? readFileSync(message.job.originalPath, 'latin1') : ''
    mark = Object.keys(harms).find((name) => text.includes(name))
    later = text.includes('later')
  }
  if (message.kind === (later ? 'answer' : 'job')) harms[mark ?? '']?.()
})

await import('../../src/affixing/pdf-process.ts')
