import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { keyAlgorithms, type Contender, type Materials, type Measured } from './contender.ts'
import { openMaterials } from './materials.ts'
import { openOwnCore, openTailMaker } from './own-core.ts'

// One contender in a process of its own: stamps one file again and again, prints one JSON object.

const options = { name: { type: 'string' }, key: { type: 'string' }, authority: { type: 'string' } } as const
const more = { file: { type: 'string' }, out: { type: 'string' }, seconds: { type: 'string' } } as const

const order = z
  .object({
    name: z.string(),
    key: z.enum(keyAlgorithms),
    authority: z.string(),
    file: z.string(),
    out: z.string(),
    /** 0: once, for the peak of memory. */
    seconds: z.coerce.number(),
  })
  .parse(parseArgs({ options: { ...options, ...more } }).values)

const peerModule = z.object({ openPeer: z.function({ input: [z.custom<Materials>()], output: z.custom<Contender>() }) })

async function open(name: string, materials: Materials): Promise<Contender> {
  if (name === 'own') return openOwnCore(materials)
  if (name === 'own-tail') return openTailMaker(materials)
  // a peer's module is JavaScript beside its own node_modules, which only this bench has
  const loaded: unknown = await import(new URL(`../peers/${name}.js`, import.meta.url).href)
  return peerModule.parse(loaded).openPeer(materials)
}

const materials = await openMaterials(order.authority, order.key)
const contender = await open(order.name, materials)

async function measure(): Promise<Measured> {
  const original = new Uint8Array(readFileSync(order.file))
  const { seconds } = order
  let count = 1
  let last = await contender(original, count)
  const runFor = async (duration: number, note: (milliseconds: number) => void) => {
    const end = performance.now() + duration * 1000
    while (performance.now() < end) {
      const from = performance.now()
      last = await contender(original, ++count)
      note(performance.now() - from)
    }
  }
  await runFor(seconds * 2, () => {})
  const times: number[] = []
  const started = performance.now()
  await runFor(seconds, (time) => times.push(time))
  const whole = performance.now() - started
  writeFileSync(order.out, last)
  const sorted = times.toSorted((a, b) => a - b)
  return {
    medianMilliseconds: sorted[Math.floor(sorted.length / 2)] ?? 0,
    filesPerSecond: (sorted.length / whole) * 1000,
    files: sorted.length,
  }
}

/** Resident memory over that of the waiting process, in bytes, with the file in memory once. */
async function measurePeak(): Promise<{ peakBytes: number }> {
  const idle = process.resourceUsage().maxRSS
  const original = new Uint8Array(readFileSync(order.file))
  await contender(original, 1)
  return { peakBytes: (process.resourceUsage().maxRSS - idle) * 1024 }
}

console.log(JSON.stringify(order.seconds === 0 ? await measurePeak() : await measure()))
