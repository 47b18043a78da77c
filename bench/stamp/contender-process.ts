import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { readPdf, writeWhole } from '../../src/cli/pdf-file.ts'
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
  if (name === 'own-ready') return openOwnCore(materials, materials.pictureOf)
  if (name === 'own-tail' || name === 'cli') return openTailMaker(materials)
  // a peer's module is JavaScript beside its own node_modules, which only this bench has
  const loaded: unknown = await import(new URL(`../peers/${name}.js`, import.meta.url).href)
  return peerModule.parse(loaded).openPeer(materials)
}

const materials = await openMaterials(order.authority, order.key)
const contender = await open(order.name, materials)

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0

/** Runs a step for so many seconds; what each run took, in milliseconds. */
async function timeFor(seconds: number, step: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const from = performance.now()
    await step()
    times.push(performance.now() - from)
  }
  return times
}

/** A file as a plain array, in memory once. */
function readOnce(path: string): Uint8Array {
  const { buffer, byteOffset, length } = readFileSync(path)
  return new Uint8Array(buffer, byteOffset, length)
}

async function measure(): Promise<Measured> {
  const original = readOnce(order.file)
  const { seconds } = order
  let count = 1
  let last = await contender(original, count)
  const stampNext = async () => {
    last = await contender(original, ++count)
  }
  await timeFor(seconds * 2, stampNext)
  const started = performance.now()
  const startedProcessor = process.cpuUsage()
  const times = await timeFor(seconds, stampNext)
  const whole = performance.now() - started
  const { user, system } = process.cpuUsage(startedProcessor)
  writeFileSync(order.out, last)
  const toSign = new Uint8Array(200)
  const signing = await timeFor(seconds / 5, async () => void materials.sign(toSign))
  return {
    medianMilliseconds: median(times),
    filesPerSecond: (times.length / whole) * 1000,
    filesPerProcessorSecond: (times.length / (user + system)) * 1e6,
    files: times.length,
    signMilliseconds: median(signing),
  }
}

/** Bytes: the highest resident memory since this program began. `maxRSS` would also count what started it. */
function highWater(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error('no VmHWM in /proc/self/status: memory is measured on Linux only')
  return Number(kilobytes) * 1024
}

/** Stamps the file once. `idleBytes` is what the waiting process had taken already, Node itself among it. */
async function measurePeak(): Promise<{ idleBytes: number; peakBytes: number }> {
  const idleBytes = highWater()
  if (order.name === 'cli') await stampAsCli()
  else await contender(readOnce(order.file), 1)
  return { idleBytes, peakBytes: highWater() }
}

/** As `meterai stamp`: the file is read once, and written piece by piece with what was made for it. */
async function stampAsCli(): Promise<void> {
  const read = await readPdf(order.file)
  if (!read.ok) throw new Error(`${order.file} is too large to stamp`)
  await writeWhole(order.out, [read.bytes, await contender(read.bytes, 1)], true)
}

console.log(JSON.stringify(order.seconds === 0 ? await measurePeak() : await measure()))
