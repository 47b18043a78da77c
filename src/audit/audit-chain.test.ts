import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import type { Database } from '../database/database.ts'
import { makePartitions } from '../database/partitions.ts'
import { checkAudit } from './audit-chain.ts'
import { recordAudit, type AuditEntry } from './audit.ts'
import { sequenceAudit } from './sequencer.ts'

let db: TestDatabase
beforeEach(async () => {
  db = await testDatabase()
})
afterEach(() => db.drop())

const at = new Date('2026-11-23T10:00:00.123Z')
const accountId = newUuid(at)
const entry = (detail: AuditEntry['detail'] = {}): AuditEntry => ({
  accountId,
  id: newUuid(at),
  actor: 'key:1',
  action: 'affixing.reserved',
  objectId: 'afx_1',
  detail,
})
const entries = (count: number) => Array.from({ length: count }, () => entry())
const record = (list: readonly AuditEntry[], database: Database = db.database) =>
  database.transaction((tx) => recordAudit(tx, list, at))
const chained = async () => {
  const rows = await db.database.sql<{ sequence: bigint; audit_id: string }[]>`
    select sequence, audit_id from audit_chain order by sequence`
  return rows.map(({ sequence, audit_id: id }) => ({ sequence: Number(sequence), id }))
}

test('entries get numbers without gaps and links that another implementation computes too', async () => {
  const written = [entry({ serial: 'M1' }), entry({ name: 'Sinar "Jaya" – ½', count: 3 }), ...entries(170)]
  await record(written)

  expect(await sequenceAudit(db.database)).toBe(172)
  expect(await chained()).toEqual(written.map(({ id }, index) => ({ sequence: index + 1, id })))
  expect(await checkAudit(db.database.sql)).toMatchObject({ clean: true, entries: 172n, waiting: 0n, faults: [] })
})

test('an entry of a transaction that commits late gets the next number, not none', async () => {
  const [early, late] = [entry(), entry()]
  let commit: (() => void) | undefined
  const mayCommit = new Promise<void>((resolve) => (commit = resolve))
  let written: (() => void) | undefined
  const isWritten = new Promise<void>((resolve) => (written = resolve))
  const open = db.database.transaction(async (tx) => {
    await recordAudit(tx, [late], at)
    written?.()
    await mayCommit
  })
  await isWritten
  await record([early])
  expect(await sequenceAudit(db.database)).toBe(1)
  commit?.()
  await open

  expect(await sequenceAudit(db.database)).toBe(1)
  expect(await chained()).toEqual([
    { sequence: 1, id: early.id },
    { sequence: 2, id: late.id },
  ])
  expect(await checkAudit(db.database.sql)).toMatchObject({ clean: true, entries: 2n })
})

test('sequencers of many processes beside many writers leave one chain with every entry once', async () => {
  const written: string[] = []
  const writer = async () => {
    for (let left = 20; left > 0; left--) {
      const list = entries(7)
      await record(list)
      written.push(...list.map(({ id }) => id))
    }
  }
  const over = new AbortController()
  const sequencer = async () => {
    while (!over.signal.aborted) await sequenceAudit(db.database)
  }
  const sequencers = [sequencer(), sequencer(), sequencer()]
  await Promise.all(Array.from({ length: 4 }, writer))
  over.abort()
  await Promise.all(sequencers)
  await sequenceAudit(db.database)

  const chain = await chained()
  expect(chain.map(({ sequence }) => sequence)).toEqual(written.map((_, index) => index + 1))
  expect(chain.map(({ id }) => id).toSorted()).toEqual(written.toSorted())
  expect(await checkAudit(db.database.sql)).toMatchObject({ clean: true, entries: 560n, waiting: 0n })
})

test('entries that wait are no fault', async () => {
  await record(entries(3))

  expect(await checkAudit(db.database.sql)).toMatchObject({ clean: true, entries: 0n, waiting: 3n })
})

test('what the sequencer did is undone whole when its process dies before the commit', async () => {
  await record(entries(3))
  const died = db.database.transaction(async (tx) => {
    await tx`select sequence_audit(10)`
    throw new Error('died')
  })
  await expect(died).rejects.toThrow('died')

  expect(await sequenceAudit(db.database)).toBe(3)
  expect(await checkAudit(db.database.sql)).toMatchObject({ clean: true, entries: 3n })
})

test.each([
  [
    'changed',
    'hash_differs',
    `update audit set actor = 'key:2' where id in (select audit_id from audit_chain where sequence = 2)`,
  ],
  ['deleted', 'entry_missing', 'delete from audit where id in (select audit_id from audit_chain where sequence = 2)'],
  ['taken out of the chain', 'sequence_gap', 'delete from audit_chain where sequence = 2'],
  ['cut off at the end', 'head_differs', 'delete from audit_chain where sequence = 4'],
  [
    'put in without a mark',
    'entry_outside_chain',
    `insert into audit select account_id, gen_random_uuid(), at, actor, action, object_id from audit limit 1; delete from audit_unsequenced`,
  ],
] as const)('an entry that the owner of the database %s is found as %s', async (_, rule, statement) => {
  await record(entries(4))
  await sequenceAudit(db.database)
  await db.owner.sql.unsafe(statement)

  const check = await checkAudit(db.database.sql)
  expect(check.clean).toBe(false)
  expect(check.faults.map((fault) => fault.rule)).toContain(rule)
})

test('the service itself may neither change nor delete an entry or a link', async () => {
  await record(entries(2))
  await sequenceAudit(db.database)

  for (const statement of [
    `update audit set actor = ''`,
    'delete from audit',
    'update audit_chain set sequence = 9',
    'delete from audit_chain',
  ])
    await expect(db.database.sql.unsafe(statement)).rejects.toThrow(/permission denied/)
})

test('without room for the next link nothing is lost, and the owner makes room', async () => {
  await db.owner.sql`update audit_head set sequence = 299999999`
  await record(entries(2))
  await expect(sequenceAudit(db.database)).rejects.toThrow(/no partition/)

  await makePartitions(db.ownerUrl)
  expect(await sequenceAudit(db.database)).toBe(2)
  expect(await chained()).toMatchObject([{ sequence: 300_000_000 }, { sequence: 300_000_001 }])
})
