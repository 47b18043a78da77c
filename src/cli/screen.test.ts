import { expect, test } from 'vitest'
import { openScreen } from './screen.ts'

const stream = (isTTY: boolean) => {
  const written: string[] = []
  return { written, isTTY, write: (text: string) => void written.push(text) }
}

test('where somebody watches, progress is one line that moves and gives way to what is said', () => {
  const [out, err] = [stream(true), stream(true)]
  const screen = openScreen('en', out, err)
  screen.progress('cli.bulk.progress', { done: 3, total: 3 }, { rate: 9 })
  screen.line('a.pdf')
  screen.tellLine('b.pdf')
  expect(err.written).toEqual([`\r\u{1b}[K[${'#'.repeat(24)}] 3 of 3 stamped, 9 a second.`, '\r\u{1b}[K', 'b.pdf\n'])
  expect(out.written).toEqual(['a.pdf\n'])
})

test('where nobody watches, quick work tells no progress', () => {
  const err = stream(false)
  openScreen('en', stream(false), err).progress('cli.bulk.progress', { done: 3, total: 3 }, { rate: 9 })
  expect(err.written).toEqual([])
})
