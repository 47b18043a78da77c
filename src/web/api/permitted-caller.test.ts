import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { RefusedError } from '../../errors.ts'
import type { Caller } from '../../identity/api-keys.ts'
import { roles, type Permission, type Role } from '../../identity/roles.ts'
import { permittedCaller } from './permitted-caller.ts'

const key: Caller = { accountId: 'a', keyKind: 'live', keyId: 'key_1' }
const member = (role: Role): Caller => ({ ...key, person: { personId: 'p', sessionId: 's', role } })

/** The code that this caller is refused with; undefined where they may. */
async function refusal(caller: Caller | undefined, permission: Permission): Promise<string | undefined> {
  const app = Fastify()
  let code: string | undefined
  app.get('/', async (request) => {
    await permittedCaller({ find: () => Promise.resolve(caller) }, request, permission).catch((error: unknown) => {
      code = error instanceof RefusedError ? error.refusal.code : 'thrown'
    })
    return {}
  })
  await app.inject({ method: 'GET', url: '/' })
  return code
}

test('a key without scopes may do everything; one with scopes what they say', async () => {
  expect(await refusal(key, 'manage')).toBeUndefined()
  expect(await refusal({ ...key, scopes: ['buy'] }, 'buy')).toBeUndefined()
  expect(await refusal({ ...key, scopes: ['affix', 'read'] }, 'buy')).toBe('purchase_not_allowed')
})

test('a member may do what their role allows: only buyers and owners buy, only owners move value away', async () => {
  const may = async (role: Role, permission: Permission) => (await refusal(member(role), permission)) === undefined
  expect(await Promise.all(roles.map((role) => may(role, 'buy')))).toEqual([true, true, false, false])
  expect(await may('buyer', 'manage')).toBe(false)
  expect(await may('owner', 'manage')).toBe(true)
  expect(await may('reader', 'read')).toBe(true)
})

test('nobody may do anything', async () => {
  expect(await refusal(undefined, 'read')).toBe('unauthenticated')
})
