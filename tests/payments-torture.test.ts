import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from './support/database.ts'
import { startServiceProcess } from './support/service.ts'
import { torturePayments } from './torture/torture-payments.ts'

let db: TestDatabase
let dataFolder: string
beforeAll(async () => {
  db = await testDatabase()
  dataFolder = await mkdtemp(join(tmpdir(), 'meterai-torture-'))
})
afterAll(async () => {
  await db.drop()
  await rm(dataFolder, { recursive: true })
})

test('a hundred orders paid, repeated, reordered, delayed, dropped and forged, the service killed twice: each paid one is credited once', async () => {
  const start = () => startServiceProcess({ dataFolder, database: db })
  const report = await torturePayments(
    { dataFolder, database: db.database, start },
    { orders: 100, kills: 2, seed: 7, say: () => undefined },
  )

  expect(report.problems).toEqual([])
  expect(report).toMatchObject({ orders: 100, kills: 2, credited: report.paid })
  expect(report.paid).toBeGreaterThan(50)
  expect(report.paid).toBeLessThan(100)
  expect(report.refundsDue).toBeGreaterThan(5)
  expect(report.forgedRefused).toBeGreaterThan(20)
}, 180_000)
