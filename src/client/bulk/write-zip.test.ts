import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { crc32Of, zipFrame } from './write-zip.ts'
import { openZip } from './zip.ts'

const files = [
  { name: 'satu.bermeterai.pdf', bytes: Buffer.from('%PDF-1.7 satu') },
  { name: 'map/é dua.pdf', bytes: Buffer.alloc(70_000, 'ab') },
  { name: 'kosong.pdf', bytes: Buffer.alloc(0) },
]

function archive(): Buffer {
  const { heads, end } = zipFrame(
    files.map(({ name, bytes }) => ({ name, size: bytes.length, crc32: crc32Of([bytes]) })),
  )
  return Buffer.concat([...heads.flatMap((head, at) => [head, files[at]?.bytes ?? Buffer.alloc(0)]), ...end])
}

test('what was put in comes out again, by our own reader and by one that checks every sum', () => {
  const opened = openZip(archive(), nodePrimitives)
  expect(opened?.names).toEqual(files.map(({ name }) => name))
  for (const { name, bytes } of files) expect(Buffer.from(opened?.read(name) ?? [])).toEqual(bytes)
  const folder = mkdtempSync(join(tmpdir(), 'meterai-zip-'))
  const path = join(folder, 'a.zip')
  writeFileSync(path, archive())
  const read = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), *z.namelist(), sep="\\n")'
  const told = execFileSync('python3', ['-c', read, path], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  })
  rmSync(folder, { recursive: true })
  expect(told.trim().split('\n')).toEqual(['None', ...files.map(({ name }) => name)])
})

test('the sum of pieces is that of the whole', () => {
  const whole = Buffer.from('Perjanjian sewa, nomor 12')
  expect(crc32Of([whole.subarray(0, 7), whole.subarray(7)])).toBe(crc32(whole))
  expect(crc32Of([])).toBe(0)
})
