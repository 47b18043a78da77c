import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../base/primitives-node.ts'
import { inflate } from './inflate.ts'

const limit = 100_000
const byZlib = (bytes: Uint8Array, maxOutput: number) => nodePrimitives.inflate(bytes, maxOutput)

/** What came out, or that it was refused. */
function outcome(run: (bytes: Uint8Array, maxOutput: number) => Uint8Array, bytes: Uint8Array): string {
  try {
    return Buffer.from(run(bytes, limit)).toString('hex')
  } catch {
    return 'refused'
  }
}

const texts = fc.oneof(
  fc.uint8Array({ maxLength: 2000, size: 'max' }),
  fc
    .array(fc.constantFrom('obj', ' 0 R', '/Type', '\n', '00000'), { maxLength: 900, size: 'max' })
    .map((words) => Buffer.from(words.join(''))),
)
const streams = fc
  .record({ text: texts, level: fc.integer({ min: 0, max: 9 }), strategy: fc.integer({ min: 0, max: 4 }) })
  .map(({ text, level, strategy }) => new Uint8Array(deflateSync(text, { level, strategy })))

test('whole streams inflate as zlib inflates them', () => {
  fc.assert(
    fc.property(streams, (stream) => {
      expect(outcome(inflate, stream)).toBe(outcome(byZlib, stream))
    }),
  )
})

test('streams cut short give what they hold, as zlib gives it', () => {
  fc.assert(
    fc.property(streams, fc.nat(), (stream, cut) => {
      const part = stream.subarray(0, cut % (stream.length + 1))
      expect(outcome(inflate, part)).toBe(outcome(byZlib, part))
    }),
    { numRuns: 300 },
  )
})

test('damaged streams are refused where zlib refuses them', () => {
  const damages = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(streams, damages, (stream, changes) => {
      const damaged = stream.slice()
      for (const [at, value] of changes) damaged[at % damaged.length] = value
      expect(outcome(inflate, damaged)).toBe(outcome(byZlib, damaged))
    }),
    { numRuns: 1000 },
  )
})

test('bytes that never were a stream are taken as zlib takes them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
      const bytes = Uint8Array.of(0x78, 0x9c, ...rest)
      expect(outcome(inflate, bytes)).toBe(outcome(byZlib, bytes))
    }),
    { numRuns: 1000 },
  )
})

test('nothing grows beyond its bound', () => {
  const bomb = new Uint8Array(deflateSync(new Uint8Array(limit + 1)))
  expect(() => inflate(bomb, limit)).toThrow('longer than')
  expect(inflate(bomb, limit + 1).length).toBe(limit + 1)
})
