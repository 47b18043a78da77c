import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBlobs, type Blobs } from './blobs.ts'

let folder: string
let blobs: Blobs
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterai-blobs-'))
  blobs = await openBlobs(folder)
})
afterAll(() => rm(folder, { recursive: true }))

/** A file on its way that was last written so many minutes ago. */
async function writtenAgo(name: string, minutes: number): Promise<void> {
  const path = blobs.temporaryPath(name)
  await writeFile(path, 'isi')
  const at = new Date(Date.now() - minutes * 60_000)
  await utimes(path, at, at)
}

test('files on their way are found by how their names begin, and deleted once they are old', async () => {
  await writtenAgo('form-a-1', 200)
  await writtenAgo('form-a-2', 10)
  await writtenAgo('form-b-1', 119)
  expect(await blobs.temporaryNames('form-a-')).toEqual(['form-a-2', 'form-a-1'])
  expect(await blobs.dropOldTemporary(120)).toBe(1)
  expect((await readdir(join(folder, 'incoming'))).toSorted()).toEqual(['form-a-2', 'form-b-1'])
})
