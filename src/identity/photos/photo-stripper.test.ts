import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jpegSegment, sampleJpeg, samplePng } from '../../../tests/support/photo-samples.ts'
import { Overloaded } from '../../base/batching.ts'
import { photosAtOnceMax } from '../../limits/people.ts'
import { openPhotoStripper } from './photo-stripper.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterai-photos-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A process of another kind: it does this with each photo, whose first byte says whether it is a poisonous one. */
async function poisonable(name: string, poison: string): Promise<string> {
  const path = join(folder, `${name}.mjs`)
  const answer = `process.send({ ok: true, type: 'image/png', bytes: Buffer.from(String(process.pid)) })`
  await writeFile(
    path,
    `process.on('message', (photo) => { if (photo[0] === 0) { ${poison} } else ${answer} })
    process.send({ kind: 'ready' })\n`,
  )
  return path
}

const poison = Buffer.of(0)
const harmless = Buffer.of(1)

test('photos come back as the picture alone, from a process that is not this one', async () => {
  const stripper = openPhotoStripper()
  const comment = jpegSegment(0xfe, Buffer.from('Contoh A was here'))
  expect(await stripper.strip(sampleJpeg([comment]))).toEqual({ ok: true, type: 'image/jpeg', bytes: sampleJpeg() })
  expect(await stripper.strip(samplePng())).toEqual({ ok: true, type: 'image/png', bytes: samplePng() })
  expect(await stripper.strip(Buffer.from('<html>'))).toEqual({ ok: false, problem: 'unknown_type' })
  stripper.close()
})

test.each([
  ['that crashes', 'process.abort()'],
  ['that throws', 'Promise.reject(new Error("broken"))'],
  ['that eats its memory', 'for (const held = []; ; ) held.push(Array.from({ length: 100_000 }, Math.random))'],
  ['that never ends', 'for (;;);'],
])(
  'a photo %s ends its process and is refused; the next one gets another process',
  async (_, what) => {
    const processPath = await poisonable(String(what.length), what)
    const stripper = openPhotoStripper({ processPath, answerMilliseconds: 20_000 })
    const before = await stripper.strip(harmless)
    expect(await stripper.strip(poison)).toEqual({ ok: false, problem: 'damaged' })
    const after = await stripper.strip(harmless)
    stripper.close()

    expect([before.ok, after.ok]).toEqual([true, true])
    expect(after).not.toEqual(before)
  },
  120_000,
)

test('who comes when too many wait is told at once, and so is everyone where no process starts', async () => {
  const stripper = openPhotoStripper({ processPath: join(folder, 'nothing-here.mjs') })
  const asked = Array.from({ length: photosAtOnceMax + 1 }, () => stripper.strip(harmless))
  const outcomes = await Promise.allSettled(asked)
  stripper.close()

  expect(outcomes.map(({ status }) => status)).toEqual(Array(photosAtOnceMax + 1).fill('rejected'))
  for (const one of asked) await expect(one).rejects.toBeInstanceOf(Overloaded)
  await expect(asked.at(-1)).rejects.toThrow('wait for the photo process already')
}, 120_000)
