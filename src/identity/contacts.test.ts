import { expect, test } from 'vitest'
import { contactOf, maskedContact, readContact, readContactOf, receiverOf } from './contacts.ts'

test('what was typed is read as what it looks like', () => {
  expect(readContact(' 0812-3456-7890')).toEqual({ kind: 'phone', address: '+6281234567890' })
  expect(readContact('Contoh.A@Contoh.Example ')).toEqual({ kind: 'email', address: 'contoh.a@contoh.example' })
  expect(readContact('contoh')).toBeUndefined()
})

test('a phone is no e-mail and an e-mail no phone', () => {
  expect(readContactOf('email', '081234567890')).toBeUndefined()
  expect(readContactOf('phone', 'contoh@contoh.example')).toBeUndefined()
})

test('a message goes the way that was asked for, where it leads there', () => {
  const [phone, email] = [readContact('081234567890'), readContact('contoh@contoh.example')]
  const routes = [phone, email].flatMap((contact) =>
    contact === undefined ? [] : [receiverOf(contact).route, receiverOf(contact, 'whatsapp').route],
  )
  expect(routes).toEqual(['sms', 'whatsapp', 'email', 'email'])
  expect(contactOf({ route: 'whatsapp', address: '+6281234567890' }).kind).toBe('phone')
})

test('a masked contact shows its ends alone', () => {
  expect(maskedContact({ kind: 'phone', address: '+6281234567890' })).toBe('+62********890')
  expect(maskedContact({ kind: 'email', address: 'contoh@contoh.example' })).toBe('c***@contoh.example')
})
