import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keptSecret } from './kept-secret.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterai-secret-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('all who ask at once get the same secret, which its owner alone may read', async () => {
  const path = join(folder, 'key')
  const made = await Promise.all(Array.from({ length: 8 }, () => keptSecret(path)))
  expect(new Set(made.map((secret) => secret.toString('hex'))).size).toBe(1)
  expect(await keptSecret(path)).toEqual(made[0])
  expect(made[0]).toHaveLength(32)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['key'])
})

test('a file that holds something else is told, not replaced', async () => {
  const path = join(folder, 'damaged')
  await writeFile(path, 'half of it')
  await expect(keptSecret(path)).rejects.toThrow(`${path} does not hold a secret`)
})
