import { expect, test } from 'vitest'
import { openSealing } from '../base/sealing.ts'
import { csrfTokenOf, isCsrfToken } from './session-tokens.ts'

const sealing = openSealing(Buffer.alloc(32, 7))

test('no page has the token of another one, and each is good for its session', () => {
  const tokens = Array.from({ length: 100 }, () => csrfTokenOf(sealing, 'a'))
  expect(new Set(tokens).size).toBe(100)
  expect(tokens.every((token) => isCsrfToken(sealing, 'a', token))).toBe(true)
})

test('a token of another session, of another service, with another salt, or cut short is refused', () => {
  const token = csrfTokenOf(sealing, 'a')
  const [salt = '', mac = ''] = token.split('.')
  const [otherSalt = ''] = csrfTokenOf(sealing, 'a').split('.')
  const forged = [`${otherSalt}.${mac}`, `${salt}.`, salt, mac, '', `${token}x`]
  expect(isCsrfToken(sealing, 'b', token)).toBe(false)
  expect(isCsrfToken(openSealing(Buffer.alloc(32, 8)), 'a', token)).toBe(false)
  expect(forged.filter((one) => isCsrfToken(sealing, 'a', one))).toEqual([])
})
