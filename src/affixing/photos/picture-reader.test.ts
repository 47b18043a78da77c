import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleJpeg, samplePng } from '../../../tests/support/photo-samples.ts'
import { qpdfReport } from '../../../tests/support/judges.ts'
import { Overloaded } from '../../base/batching.ts'
import { sheetFormsAtOnceMax } from '../../limits/stamping.ts'
import { openPictureReader } from './picture-reader.ts'
import { writeSheets } from './write-sheets.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterai-pictures-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function photo(name: string, bytes: Buffer): Promise<{ from: string; to: string }> {
  const from = join(folder, name)
  await writeFile(from, bytes)
  return { from, to: `${from}.picture` }
}

test('photos become a PDF, and its pages another one in another order, from the bytes that lie in the first', async () => {
  const reader = openPictureReader()
  const photos = [await photo('a.jpg', sampleJpeg()), await photo('b.png', samplePng())]
  const read = await reader.read(photos)
  reader.close()
  if (!read.ok) throw new Error('not read')
  const stored = read.pictures.map((picture, at) => ({ picture, path: photos[at]?.to ?? '', offset: 0 }))
  const paths = ['first', 'second', 'third'].map((name) => join(folder, `${name}.pdf`))
  const [first = '', second = '', third = ''] = paths
  const { offsets } = await writeSheets(stored, first)
  const moved = stored.map((one, at) => ({ ...one, path: first, offset: offsets[at] ?? 0 })).toReversed()

  await writeSheets(moved, second)
  await writeSheets(stored.toReversed(), third)

  const [one, two, three] = await Promise.all(paths.map((path) => readFile(path)))
  expect(two).toEqual(three)
  expect(two).not.toEqual(one)
  for (const pdf of [one, two])
    expect(qpdfReport(pdf ?? Buffer.alloc(0)).join('\n')).toContain('No syntax or stream encoding errors')
}, 120_000)

test('the first that is no photo is told by its place', async () => {
  const reader = openPictureReader()
  const photos = [await photo('good.png', samplePng()), await photo('bad.jpg', Buffer.from('<svg/>'))]
  const read = await reader.read(photos)
  reader.close()
  expect(read).toEqual({ ok: false, at: 1, problem: 'unknown_type' })
}, 120_000)

test.each([
  ['crashes', 'process.abort()'],
  ['never ends', 'for (;;);'],
])(
  'photos whose process %s are refused; the next ones get another process',
  async (_, poison) => {
    const processPath = join(folder, `${poison.length}.mjs`)
    const answer = 'process.send({ ok: true, pictures: [] })'
    await writeFile(
      processPath,
      `process.on('message', ({ photos }) => { if (photos.length > 0) { ${poison} } else ${answer} })
      process.send({ kind: 'ready' })\n`,
    )
    const reader = openPictureReader({ processPath, answerMilliseconds: 20_000 })
    const ended = await reader.read([{ from: 'a', to: 'b' }])
    const next = await reader.read([])
    reader.close()
    expect([ended, next]).toEqual([
      { ok: false, ended: true },
      { ok: true, pictures: [] },
    ])
  },
  120_000,
)

test('of many forms at once only some wait, and the next is told so; once they are done it is taken', async () => {
  const processPath = join(folder, 'patient.mjs')
  await writeFile(
    processPath,
    `process.on('message', () => process.send({ ok: true, pictures: [] }))
    process.send({ kind: 'ready' })\n`,
  )
  const reader = openPictureReader({ processPath })
  const first = Array.from({ length: sheetFormsAtOnceMax }, () => reader.read([]))

  await expect(reader.read([])).rejects.toBeInstanceOf(Overloaded)
  expect(await Promise.all(first)).toHaveLength(sheetFormsAtOnceMax)
  expect(await reader.read([])).toEqual({ ok: true, pictures: [] })
  reader.close()
}, 120_000)

test('where no process starts it is said', async () => {
  const reader = openPictureReader({ processPath: join(folder, 'nothing-here.mjs') })
  await expect(reader.read([])).rejects.toBeInstanceOf(Overloaded)
  reader.close()
}, 120_000)
