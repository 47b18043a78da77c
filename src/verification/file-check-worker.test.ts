import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openFileChecker, type CheckBounds, type FileChecker } from './file-check-worker.ts'

const base = await mkdtemp(join(tmpdir(), 'meterai-worker-'))
const open: FileChecker[] = []
afterEach(() => {
  for (const opened of open.splice(0)) opened.close()
})
afterAll(() => rm(base, { recursive: true, force: true }))

function worker(bounds: CheckBounds): FileChecker {
  const opened = openFileChecker({ roots: [] }, bounds)
  open.push(opened)
  return opened
}

const plain = join(base, 'plain.pdf')
await writeFile(plain, '%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n')
const usual = { milliseconds: 20_000, heapMegabytes: 256 }
const tooComplex = { kind: 'refused', refusal: { code: 'too_complex' } }

test('a file that takes too long is one bad answer, and the next file is read', async () => {
  const pipe = join(base, 'pipe.pdf')
  execFileSync('mkfifo', [pipe])
  const checking = worker({ ...usual, milliseconds: 3_000 })
  expect(await checking.check(pipe)).toEqual(tooComplex)
  expect(await checking.check(plain)).toMatchObject({ kind: 'checked', report: { signatures: [] } })
})

test('a file that fills the memory is one bad answer, and the next file is read', async () => {
  const bomb = join(base, 'bomb.pdf')
  const catalog = `<</Type/Catalog/AcroForm[${'0 '.repeat(8_000_000)}]>>`
  const body = `%PDF-1.4\n1 0 obj\n${catalog}\nendobj\n`
  const table = 'xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\n'
  await writeFile(bomb, `${body}${table}startxref\n${body.length}\n%%EOF\n`)
  const checking = worker({ ...usual, heapMegabytes: 40 })
  expect(await checking.check(bomb)).toEqual(tooComplex)
  expect(await checking.check(plain)).toMatchObject({ kind: 'checked' })
})

test('a file that is gone is not found, by the same process', async () => {
  const checking = worker(usual)
  expect(await checking.check(join(base, 'gone.pdf'))).toEqual({ kind: 'refused', refusal: { code: 'not_found' } })
  expect(await checking.check(plain)).toMatchObject({ kind: 'checked' })
})

test('a bound that lets no process start ends the check with the reason', async () => {
  await expect(worker({ ...usual, heapMegabytes: 1 }).check(plain)).rejects.toMatchObject({
    name: 'NoCheckerError',
  })
})
