import { expect, test } from 'vitest'
import english from '../../text/en.json' with { type: 'json' }
import indonesian from '../../text/id.json' with { type: 'json' }
import { errorList } from '../errors.ts'
import { isTextKey, type Language, languages, placeholdersOf, text, textWithNames } from './text.ts'

const sentences = { id: Object.entries(indonesian), en: Object.entries(english) }

test('both languages have the same keys in the same order', () => {
  expect(Object.keys(english)).toEqual(Object.keys(indonesian))
})

const namedValues = (pairs: [string, string][]) =>
  pairs.map(([key, sentence]) => [key, placeholdersOf(sentence).toSorted()])

test('both languages name the same values', () => {
  expect(namedValues(sentences.en)).toEqual(namedValues(sentences.id))
})

test('every sentence says something and is no copy of its own key', () => {
  const all = [...sentences.id, ...sentences.en]
  const empty = all.filter(([key, sentence]) => sentence.trim() !== sentence || sentence.length < 4 || sentence === key)
  expect(empty).toEqual([])
})

test('every error has its sentence, and no sentence is left of an error that is gone', () => {
  const told = Object.keys(indonesian).filter((key) => key.startsWith('errors.'))
  expect(told.toSorted()).toEqual(
    Object.keys(errorList)
      .map((code) => `errors.${code}`)
      .toSorted(),
  )
})

test('without any values every sentence still reads', () => {
  const keys = Object.keys(indonesian).filter(isTextKey)
  const told = languages.flatMap((language) => keys.map((key) => text(language, key)))
  expect(told.length).toBe(2 * sentences.id.length)
  expect(told.filter((sentence) => /[[\]{}]| {2}| [.,:;]|\(\)|""/.test(sentence))).toEqual([])
})

test('a sentence names its values', () => {
  expect(text('en', 'errors.page_out_of_range', { page: 9, pages: 4 })).toBe(
    'Page 9 asked, the document has 4 pages. Choose 1 to 4.',
  )
})

test('a missing value leaves a question mark, a missing part leaves nothing', () => {
  expect(text('en', 'errors.page_out_of_range', { page: 9 })).toContain('the document has ? pages')
  expect(text('en', 'errors.in_progress')).toBe(
    'The same request is still being worked on. Nothing is lost: repeat it with the same key.',
  )
  expect(text('en', 'errors.in_progress', { seconds: 2 })).toContain('repeat it in 2 seconds with')
})

test('one is told as one, in the language that tells them apart', () => {
  const boughtOf = (language: Language, units: number | string) => text(language, 'buy.paid', { units })
  expect(boughtOf('en', 1)).toBe('Payment received. 1 stamp is in your quota.')
  expect(boughtOf('en', 1_200)).toBe('Payment received. 1,200 stamps are in your quota.')
  expect(boughtOf('id', 1)).toContain('1 meterai')
  expect(text('en', 'buy.paid')).toContain('? stamps are')
  expect(textWithNames('en', 'buy.paid')).toBe('Payment received. {units} stamps are in your quota.')
})

test('a wait is told in the largest unit of which there are two, and never shorter than it is', () => {
  const waitOf = (language: Language, seconds: number) => text(language, 'pageErrors.overloaded', { seconds })
  expect(waitOf('en', 1)).toContain('in 1 second.')
  expect(waitOf('en', 119)).toContain('in 119 seconds.')
  expect(waitOf('id', 121)).toContain('dalam 3 menit.')
  expect(waitOf('id', 7_200)).toContain('dalam 2 jam.')
  expect(waitOf('en', 172_801)).toContain('in 3 days.')
  expect(text('en', 'cli.progress.waiting', { seconds: 5 })).toContain('in 5 seconds.')
})

test('nothing is taken from what every object has', () => {
  expect(text('en', 'errors.affixing_released', { reason: 'constructor' })).toContain('was released and')
})

test('a value that is a word of ours is told in the language', () => {
  expect(text('id', 'errors.affixing_released', { reason: 'expired' })).toContain('(waktunya habis sebelum selesai)')
  expect(text('en', 'errors.affixing_released', { reason: 'expired' })).toContain(
    '(its time ran out before it was done)',
  )
})

test('sizes and numbers are written as the language writes them', () => {
  const values = { bytes: 1.5 * 2 ** 30, bytesMax: 200 * 2 ** 20 }
  expect(text('id', 'errors.file_too_large', values)).toContain('1.536 MB, paling besar 200 MB')
  expect(text('en', 'errors.file_too_large', values)).toContain('1,536 MB, at most 200 MB')
})

test('a value is never read as a placeholder or as a replacement pattern', () => {
  expect(text('en', 'errors.key_reused', { key: '$& {serial} [x]' })).toContain('Idempotency-Key $& {serial} [x] was')
})

test('an unknown key throws with its name', () => {
  expect(() => Reflect.apply(text, undefined, ['id', 'errors.nope'])).toThrow(/no text has the key "errors.nope"/)
  expect(isTextKey('toString')).toBe(false)
})

test('a sentence can be shown with the names of its values', () => {
  expect(textWithNames('en', 'errors.page_out_of_range')).toBe(
    'Page {page} asked, the document has {pages} pages. Choose 1 to {pages}.',
  )
  expect(textWithNames('en', 'errors.affixing_released')).toContain('released ({reason}) and')
})
