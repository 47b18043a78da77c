import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import type { Database } from '../database/database.ts'
import { openHolder } from './accounts.ts'
import { makeApiKey, storeApiKey } from './api-keys.ts'
import { openCallers } from './callers.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const at = new Date('2026-11-23T10:00:00Z')

async function openKeys(count: number): Promise<{ accountId: string; keys: string[] }> {
  return db.database.transaction(async (tx) => {
    const { accountId } = await openHolder(tx, { name: 'PT Contoh', at })
    const keys = Array.from({ length: count }, () => makeApiKey('live'))
    for (const key of keys) await storeApiKey(tx, { key, accountId, kind: 'live', label: 'test', at })
    return { accountId, keys }
  })
}

test('callers who come together are each found by their own key, and strangers are nobody', async () => {
  const [one, other] = [await openKeys(20), await openKeys(20)]
  const callers = openCallers(db.database)
  const asked = [...one.keys, makeApiKey('live'), ...other.keys].map((key) => callers.find(`Bearer ${key}`))
  const found = (await Promise.all(asked)).map((caller) => caller?.accountId)
  const expected = [...one.keys.map(() => one.accountId), undefined, ...other.keys.map(() => other.accountId)]
  expect(found).toEqual(expected)
})

test('what comes while a look-up runs shares the next one', async () => {
  const { keys } = await openKeys(50)
  let statements = 0
  const counted: Database = {
    ...db.database,
    sql: new Proxy(db.database.sql, {
      apply(target, self, given) {
        statements++
        return Reflect.apply(target, self, given)
      },
    }),
  }
  const callers = openCallers(counted)
  const find = (key: string) => callers.find(`Bearer ${key}`)
  const early = keys.slice(0, 20).map(find)
  await turn()
  expect(statements).toBe(1)
  const late = keys.slice(20).map(find)
  await Promise.all([...early, ...late])
  expect(statements).toBe(2)
})

test('a revoked key is refused at once, and no key asks the database nothing', async () => {
  const { keys } = await openKeys(1)
  const callers = openCallers(db.database)
  expect(await callers.find(`Bearer ${keys[0]}`)).toBeDefined()
  await db.owner.sql`update api_keys set revoked_at = ${at}`
  expect(await callers.find(`Bearer ${keys[0]}`)).toBeUndefined()
  expect(await callers.find(undefined)).toBeUndefined()
  expect(await callers.find('Bearer mk_live_short')).toBeUndefined()
})
