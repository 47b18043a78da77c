import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { typing } from '../../tests/support/command-line.ts'
import { askPassword, givenPassword } from './pdf-password.ts'

test('a typed password ends with Enter, is corrected by Backspace and never shown', async () => {
  const terminal = typing('rahas1', '\u{7f}', 'ia', '\r', 'more')
  expect(await askPassword(terminal, () => {})).toBe('rahasia')
  expect(terminal.raw).toEqual([true, false])
  expect(terminal.open).toBe(false)
})

test('letters that arrive in pieces are put together', async () => {
  const bytes = Buffer.from('é\n')
  expect(await askPassword(typing(bytes.subarray(0, 1), bytes.subarray(1)), () => {})).toBe('é')
})

test('Ctrl-C gives up, and where nobody sits nobody is asked', async () => {
  expect(await askPassword(typing('abc\u{3}'), () => {})).toBeUndefined()
  let asked = 0
  expect(await askPassword({ ...typing('abc\r'), isTTY: false }, () => asked++)).toBeUndefined()
  expect(asked).toBe(0)
})

test('the password comes from its file without the line end, else from the environment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openmeterai-cli-'))
  const file = join(folder, 'password')
  await writeFile(file, ' rahasia \r\n')
  expect(await givenPassword(file, { METERAI_PDF_PASSWORD: 'other' })).toBe(' rahasia ')
  expect(await givenPassword(undefined, { METERAI_PDF_PASSWORD: 'other' })).toBe('other')
  expect(await givenPassword(undefined, {})).toBeUndefined()
  await rm(folder, { recursive: true })
  await expect(givenPassword(file, {})).rejects.toMatchObject({ key: 'cli.file.unreadable', exitCode: 66 })
})
