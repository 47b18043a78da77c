import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dropShownPhotos } from './operator.ts'

test('photos in clear that a command left are gone with the next one, and nothing else is', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'openmeterai-operator-'))
  await mkdir(join(temporary, 'meterai-photo-aB3x'))
  await writeFile(join(temporary, 'meterai-photo-aB3x', 'photo.jpg'), 'photo')
  await writeFile(join(temporary, 'letter.pdf'), 'letter')
  await dropShownPhotos(temporary)

  expect(await readdir(temporary)).toEqual(['letter.pdf'])
  await rm(temporary, { recursive: true })
})
