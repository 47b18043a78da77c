import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { arrayOid } from './array-types.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const first = <Row>(rows: readonly Row[]): Row => {
  const [row] = rows
  if (row === undefined) throw new Error('no row')
  return row
}

test('any text comes back from an array as it went: quotes, backslashes, commas, braces, NULL and nothing', async () => {
  const { sql } = db.database
  const anyText = fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/[\0\p{Cs}]/gu, ''))
  const hard = fc.constantFrom('', 'NULL', 'null', '"', '\\', 'a,b', '{}', '{"a"}', ' ', '\n', 'é', '\\"', '\\x00')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(anyText, hard), { maxLength: 8 }), async (texts) => {
      const row = first(await sql<{ texts: string[] }[]>`select ${texts}::text[] as texts`)
      expect(row.texts).toEqual(texts)
    }),
    { numRuns: 100 },
  )
})

test('every kind of array that statements use comes back as what it was', async () => {
  const { sql } = db.database
  const sent = {
    uuids: ['018f3a2b-7c4d-7e5f-8a9b-0c1d2e3f4a5b'],
    bytes: [Buffer.from('00ff5c22', 'hex'), Buffer.alloc(0)],
    small: [1, -2, 0],
    large: [2n ** 62n, -1n],
    flags: [true, false],
    times: [new Date('2026-11-23T10:00:00.123Z')],
    floats: [1.5, -0.25],
  }
  const row = first(
    await sql`
      select ${sent.uuids}::uuid[] as uuids, ${sql.array(sent.bytes, arrayOid.bytea)}::bytea[] as bytes,
        ${sent.small}::int[] as small, ${sql.array(sent.large, arrayOid.int8)}::bigint[] as large,
        ${sql.array(sent.flags, arrayOid.bool)}::bool[] as flags,
        ${sql.array(sent.times, arrayOid.timestamptz)}::timestamptz[] as times, ${sent.floats}::float8[] as floats`,
  )
  expect({ ...row }).toEqual(sent)
})

test('null stands for itself in an array, and an empty array is empty', async () => {
  const { sql } = db.database
  const row = first(
    await sql`select ${['a', null]}::text[] as some, ${[]}::text[] as none, array[1, null] as numbers, '{}'::uuid[] as ids`,
  )
  expect({ ...row }).toEqual({ some: ['a', null], none: [], numbers: [1, null], ids: [] })
})
