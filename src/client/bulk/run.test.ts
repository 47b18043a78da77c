import { expect, test } from 'vitest'
import { FakeService, problem } from '../../../tests/support/fake-service.ts'
import { samplePdf } from '../../../tests/support/pdf-samples.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import type { Call, Transport } from '../transport.ts'
import type { BulkRow } from './bulk-row.ts'
import { lookAtDocument } from './look.ts'
import { planRows, type EarlierRuns, type LookedRow, type PlannedRow } from './plan.ts'
import { runRows, type BulkFiles } from './run.ts'

const documents = Array.from({ length: 20 }, (_, at) => samplePdf({ trailer: `/Nama (${at})` }))
const place = { page: 'last', at: undefined, size: undefined, unit: 'pt' } as const
const nothing: EarlierRuns = { stamped: () => undefined, isBegun: () => false }

function rowsOf(count: number): LookedRow[] {
  return documents.slice(0, count).map((original, at) => {
    const facts = { documentType: 'surat-pernyataan', fileName: `${at}.pdf` } as const
    const row: BulkRow = { row: at + 1, file: `${at}.pdf`, facts, place }
    return { row, looked: lookAtDocument({ original, place, primitives: nodePrimitives }) }
  })
}

function planOf(rows: readonly LookedRow[], given: Partial<Parameters<typeof planRows>[1]> = {}) {
  return planRows(rows, {
    batchKey: 'batch',
    standings: new Map(),
    earlier: nothing,
    quota: { available: 100, isEndless: false },
    primitives: nodePrimitives,
    ...given,
  })
}

/** Files in memory that remember what was begun and kept. */
function filesOf(change: (row: PlannedRow) => Uint8Array | undefined = () => undefined) {
  const kept = new Map<number, string>()
  const begun: number[] = []
  const files: BulkFiles = {
    read: async (row) => ({ ok: true, bytes: change(row) ?? documents[row.row - 1] ?? new Uint8Array() }),
    begin: async ({ row }) => void begun.push(row),
    async keep({ row }, { affixing }) {
      kept.set(row, affixing.serial)
      return undefined
    },
  }
  return { files, kept, begun }
}

const run = (transport: Transport, rows: readonly PlannedRow[], files: BulkFiles, atOnce = 4) =>
  runRows({ transport, wait: () => Promise.resolve(), rows, files, atOnce, primitives: nodePrimitives })

test('never more rows are reserved at once than the window has', async () => {
  const service = new FakeService()
  let most = 0
  const watched: Transport = {
    async request(call: Call) {
      const answer = await service.request(call)
      most = Math.max(most, service.rows.filter(({ state }) => state === 'reserved').length)
      // others have their turn between the calls of one row
      await new Promise((resolve) => setTimeout(resolve, 1))
      return answer
    },
  }
  const { files, kept } = filesOf()
  const outcome = await run(watched, planOf(rowsOf(20)).ready, files)
  expect(outcome.results.map(({ state }) => state)).toEqual(Array(20).fill('stamped'))
  expect(kept.size).toBe(20)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(4)
})

test('a run that dies anywhere is planned and run again to one stamp for each row', async () => {
  const service = new FakeService()
  const rows = rowsOf(6)
  for (let callsLeft = 0; callsLeft < 6; callsLeft++) {
    let left = callsLeft
    const dying: Transport = {
      async request(call) {
        if (left-- <= 0) throw new Error('killed')
        const answer = await service.request(call)
        if (left === 0) throw new Error('killed before the answer')
        return answer
      },
    }
    await expect(run(dying, planOf(rows).ready, filesOf().files, 2)).rejects.toThrow('killed')
  }
  const { files, kept } = filesOf()
  const outcome = await run(service, planOf(rows).ready, files)
  expect(outcome.results.map(({ state }) => state)).toEqual(Array(6).fill('stamped'))
  expect(service.rows.map(({ state }) => state)).toEqual(Array(6).fill('affixed'))
  expect(new Set(kept.values()).size).toBe(6)
})

test('a document that changed since it was looked at is refused before anything is begun for it', async () => {
  const { files, kept, begun } = filesOf(({ row }) => (row === 2 ? documents[10] : undefined))
  const service = new FakeService()
  const outcome = await run(service, planOf(rowsOf(3)).ready, files)
  expect(outcome.results.map(({ state }) => state)).toEqual(['stamped', 'refused', 'stamped'])
  expect(outcome.results[1]?.refusal?.code).toBe('file_differs')
  expect([begun.length, kept.size, service.rows.length]).toEqual([2, 2, 2])
})

test('a refusal of one document leaves the others alone, one that meets all ends the run', async () => {
  const service = new FakeService()
  service.faults.push({ method: 'POST', fault: problem('box_outside_page') })
  const first = await run(service, planOf(rowsOf(3)).ready, filesOf().files, 1)
  expect(first).toMatchObject({ results: [{ state: 'refused' }, { state: 'stamped' }, { state: 'stamped' }] })
  expect(first.ended).toBeUndefined()
  const empty = new FakeService()
  empty.faults.push({ method: 'POST', fault: problem('quota_empty', { available: 0 }) })
  const second = await run(empty, planOf(rowsOf(3)).ready, filesOf().files, 1)
  expect(second.results.map(({ state }) => state)).toEqual(['left', 'left', 'left'])
  expect(second.ended).toMatchObject({ code: 'quota_empty' })
  expect(empty.calls).toHaveLength(1)
})

test('a plan tells what was stamped before, elsewhere or twice, and how much quota is missing', () => {
  const rows = rowsOf(5)
  const all = planOf(rows).ready
  const [first, second, third] = all
  if (first === undefined || second === undefined || third === undefined) throw new Error('no rows')
  const copy = { serial: 'S', affixingId: 'afx_1', output: 'a.pdf' }
  const stampedAs = (sourceSha256: string, state: 'affixed' | 'reserved') =>
    [sourceSha256, { sourceSha256, affixingId: 'afx_2', serial: 'T', state }] as const
  const twice = rows.slice(4).map(({ row, looked }) => ({ row: { ...row, row: 6 }, looked }))
  const plan = planOf([...rows, ...twice], {
    standings: new Map([
      stampedAs(second.sourceSha256, 'affixed'),
      stampedAs(third.sourceSha256, 'affixed'),
      stampedAs(all[3]?.sourceSha256 ?? '', 'reserved'),
    ]),
    earlier: { stamped: (key) => (key === first.key ? copy : undefined), isBegun: (key) => key === third.key },
    quota: { available: 0, isEndless: false },
  })
  expect(plan.settled).toMatchObject([
    { row: 1, state: 'stamped_before', serial: 'S' },
    { row: 2, state: 'refused', refusal: { code: 'already_stamped' } },
    { row: 6, state: 'refused', refusal: { code: 'duplicate_in_batch', values: { row: 5 } } },
  ])
  expect(plan.ready.map(({ row }) => row)).toEqual([3, 4, 5])
  expect(plan.quota).toEqual({ available: 0, needed: 1, missing: 1 })
})

test('a row keeps its key as long as batch, document, facts and place stay the same', () => {
  const [row] = rowsOf(1)
  if (row === undefined) throw new Error('no row')
  const keyOf = (looked: LookedRow, batchKey = 'batch') => planOf([looked], { batchKey }).ready[0]?.key
  const key = keyOf(row)
  expect(keyOf({ ...row, row: { ...row.row, row: 9, file: 'renamed.pdf' } })).toBe(key)
  expect(keyOf(row, 'other')).not.toBe(key)
  expect(keyOf({ ...row, row: { ...row.row, facts: { ...row.row.facts, number: '2' } } })).not.toBe(key)
})
