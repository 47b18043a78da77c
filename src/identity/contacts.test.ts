import { expect, test } from 'vitest'
import { maskedContact, readContact } from './contacts.ts'

test.each([
  ['0812-3456-7890', '+6281234567890'],
  ['+62 812 3456 7890', '+6281234567890'],
  ['6281234567890', '+6281234567890'],
  ['(021) 555.1234', '+62215551234'],
  ['0065 8123 4567', '+6581234567'],
])('the phone %s is %s', (typed, address) => {
  expect(readContact(typed)).toEqual({ kind: 'phone', address })
})

test('an e-mail is one address in whatever case it was typed', () => {
  expect(readContact(' Contoh.A@Contoh.Example ')).toEqual({ kind: 'email', address: 'contoh.a@contoh.example' })
})

test.each(['', 'contoh', '12345', '+62', '++6281234567890', 'a@b', 'a b@contoh.example', 'a@contoh..example', '<a@contoh.example>'])(
  '%j is no contact',
  (typed) => {
    expect(readContact(typed)).toBeUndefined()
  },
)

test('a masked contact shows its ends alone', () => {
  expect(maskedContact({ kind: 'phone', address: '+6281234567890' })).toBe('+62********890')
  expect(maskedContact({ kind: 'email', address: 'contoh@contoh.example' })).toBe('c***@contoh.example')
})
