import { expect, test } from 'vitest'
import { drillUpgrade } from '../../bench/drill/rolling-upgrade.ts'
import { testDatabase } from '../support/database.ts'

test('two processes are replaced one by one across a migration under load: nothing lost, nothing refused', async () => {
  const db = await testDatabase()

  const report = await drillUpgrade(db, { perSecond: 10, quietSeconds: 0.5 })

  expect(report.problems).toEqual([])
  expect(report).toMatchObject({ lost: 0, drained: true, outcome: { refused: [] } })
  await db.drop()
}, 240_000)
