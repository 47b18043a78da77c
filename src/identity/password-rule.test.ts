import { expect, test } from 'vitest'
import { passwordLengthMax } from '../limits/people.ts'
import { passwordProblem, readPassword } from './password-rule.ts'

const own = ['Contoh Aminah', 'aminah.contoh@contoh.example', '+6281234567890']

test.each([
  ['kucing1', 'short'],
  ['ü'.repeat(5), 'short'],
  ['a1b2c3d4e5'.repeat(21), 'long'],
  [`kucing abu \0 lima`, 'unusable'],
  [`kucing abu \ud800 lima`, 'unusable'],
  ['aaaaaaaaaaab', 'repeated'],
  ['0123456789', 'repeated'],
  ['Password123!', 'common'],
  ['123rahasia2026', 'common'],
  ['aminah.contoh@contoh.example', 'personal'],
  ['ContohAminah1', 'personal'],
])('%j is refused as %s', (password, reason) => {
  expect(passwordProblem(password, own)?.values?.['reason']).toBe(reason)
})

test.each(['kucing abu lima', 'xV7#kq02Lm', 'Aminah suka kopi tubruk', 'k'.repeat(3) + 'opi tubruk'])(
  '%j is taken',
  (password) => {
    expect(passwordProblem(password, own)).toBeUndefined()
  },
)

test('the longest password is taken, and one more character is not', () => {
  const longest = 'kopi tubruk '.repeat(17).slice(0, passwordLengthMax)
  expect(passwordProblem(longest, own)).toBeUndefined()
  expect(passwordProblem(`${longest}x`, own)?.values?.['reason']).toBe('long')
})

test('a password is the same however its letters were composed', () => {
  expect(readPassword('cafe\u0301 tubruk')).toBe(readPassword('caf\u00e9 tubruk'))
})
