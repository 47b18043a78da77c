import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { openSealing } from './sealing.ts'

const sealing = openSealing(Buffer.alloc(32, 1))
const place = { purpose: 'person.phone', owner: 'row 1' }

test('what was sealed opens again, and the sealed bytes never hold it', () => {
  const sealed = sealing.seal(place, '+628123456789')
  expect(sealing.open(place, sealed).toString()).toBe('+628123456789')
  expect(sealed.includes('8123456789')).toBe(false)
  expect(sealing.seal(place, '+628123456789')).not.toEqual(sealed)
})

test('a sealed value opens nowhere else, not by another key, and not changed', () => {
  const sealed = sealing.seal(place, 'secret')
  expect(() => sealing.open({ ...place, owner: 'row 2' }, sealed)).toThrow('authenticate')
  expect(() => sealing.open({ ...place, purpose: 'person.email' }, sealed)).toThrow('authenticate')
  expect(() => openSealing(randomBytes(32)).open(place, sealed)).toThrow('authenticate')
  for (const at of sealed.keys()) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => sealing.open(place, changed)).toThrow(/authenticate|known form/)
  }
  expect(() => sealing.open(place, sealed.subarray(0, 20))).toThrow('no known form')
})

test('equal values have one index for one purpose, and none in common with another purpose or key', () => {
  expect(sealing.blindIndex('email', 'a@b.id')).toEqual(sealing.blindIndex('email', 'a@b.id'))
  expect(sealing.blindIndex('phone', 'a@b.id')).not.toEqual(sealing.blindIndex('email', 'a@b.id'))
  expect(openSealing(randomBytes(32)).blindIndex('email', 'a@b.id')).not.toEqual(sealing.blindIndex('email', 'a@b.id'))
  expect(sealing.secretFor('pin')).toHaveLength(32)
  expect(sealing.secretFor('pin')).not.toEqual(sealing.secretFor('session'))
})
