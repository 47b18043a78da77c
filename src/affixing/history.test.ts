import { afterAll, beforeAll, expect, test } from 'vitest'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { allHistory, findHistory } from './history.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(async () => {
  await web.close()
})

async function reserve(key: string, facts: { number?: string; fileName?: string }): Promise<string> {
  const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
  const sourceSha256 = Buffer.from(JSON.stringify(facts)).toString('hex').padEnd(64, '0').slice(-64)
  const answer = await web.app.inject({
    method: 'POST',
    url: '/v1/affixings',
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': sourceSha256 },
    payload: {
      facts: { documentType: 'surat-perjanjian', ...facts },
      placement,
      sourceSha256,
      sourceLength: 1000,
      pageCount: 1,
    },
  })
  expect(answer.statusCode).toBe(201)
  return answer.json().serial
}

test('words find a part of the number, of the file name or of the serial, and no sign means anything but itself', async () => {
  const { accountId, liveKey } = await web.openAccount(4)
  const other = await web.openAccount(1)
  const serials = [
    await reserve(liveKey, { number: '12/CONTOH/2026', fileName: 'sewa.pdf' }),
    await reserve(liveKey, { fileName: 'Diskon 100%_final.pdf' }),
    await reserve(liveKey, { number: '100 final' }),
  ]
  await reserve(other.liveKey, { number: '12/CONTOH/2026' })
  const { sql } = web.db.database
  const found = async (words: string) => {
    const { items, next } = await findHistory(sql, { accountId, words, limit: 10 })
    expect(next).toBeUndefined()
    return items.map(({ serial }) => serials.indexOf(serial))
  }
  expect(await found('contoh/')).toEqual([0])
  expect(await found('SEWA')).toEqual([0])
  expect(await found('100%_')).toEqual([1])
  expect(await found('%')).toEqual([1])
  expect(await found('final')).toEqual([2, 1])
  expect(await found((serials[2] ?? '').slice(3, 20))).toEqual([2])
  expect(await found(`${serials[1]?.slice(0, 11).toLowerCase()} ${serials[1]?.slice(11)}`)).toEqual([1])
  expect(await found('tidak ada')).toEqual([])
})

test('pages follow each other without gap or repetition, and a whole table is all of them', async () => {
  const { accountId, liveKey } = await web.openAccount(5)
  const made: string[] = []
  for (let nr = 0; nr < 5; nr++) made.unshift(await reserve(liveKey, { number: `urut ${nr}` }))
  const { sql } = web.db.database
  const seen: string[] = []
  let before: string | undefined
  do {
    const page = await findHistory(sql, { accountId, limit: 2, before, state: 'reserved' })
    seen.push(...page.items.map(({ serial }) => serial))
    before = page.next
  } while (before !== undefined)
  expect(seen).toEqual(made)
  const all: string[] = []
  for await (const rows of allHistory(sql, { accountId }, 4)) all.push(...rows.map(({ serial }) => serial))
  expect(all).toEqual(made.slice(0, 4))
})
