import { expect, test } from 'vitest'
import { judgeTogether, refusedRow, worstExitCode, type BatchRow, type BatchStamp } from './batch.ts'

const serials = { a: 'SPESIMEN01XQABCDEFGHI0', b: 'SPESIMEN01XQJKLMNOPQR0' }
const digests = { a: 'ab'.repeat(32), b: 'cd'.repeat(32) }

function row(file: string, stamp: Partial<BatchStamp> = {}, changes: Partial<BatchRow> = {}): BatchRow {
  const whole: BatchStamp = {
    serial: serials.a,
    digest: digests.a,
    integrity: 'intact',
    documentType: 'surat-pernyataan',
    stampedAt: '2026-11-24T05:00:00.000Z',
    ...stamp,
  }
  return { file, verdict: 'intact', integrity: 'intact', standing: 'stamp', reasons: [], stamps: [whole], ...changes }
}
const offline = { verdict: 'unreachable', standing: 'unreachable' } as const
const verdictsOf = (rows: readonly BatchRow[]) => rows.map(({ verdict }) => verdict)

test('the same stamped document a second time is a duplicate, the first one is not', () => {
  const judged = judgeTogether([row('a.pdf'), row('b.pdf', { serial: serials.b }), row('c.pdf')], {})
  expect(verdictsOf(judged)).toEqual(['intact', 'intact', 'duplicate_document'])
  expect(judged[2]).toMatchObject({ sameAs: 'a.pdf' })
})

test('one number on two documents makes both suspicious while the registry is silent', () => {
  const judged = judgeTogether([row('a.pdf', {}, offline), row('b.pdf', { digest: digests.b }, offline)], {})
  expect(verdictsOf(judged)).toEqual(['duplicate_serial', 'duplicate_serial'])
  expect(judged.map(({ sameAs }) => sameAs)).toEqual(['b.pdf', 'a.pdf'])
})

test('of one number on two documents the one the registry knows keeps its verdict', () => {
  const other = { verdict: 'other_document', standing: 'other_document' } as const
  const judged = judgeTogether([row('a.pdf'), row('b.pdf', { digest: digests.b }, other)], {})
  expect(verdictsOf(judged)).toEqual(['intact', 'other_document'])
})

test('a copy changed after stamping casts no doubt on the original, and names it', () => {
  const changed = { verdict: 'changed', integrity: 'changed' } as const
  const copy = row('b.pdf', { digest: digests.b, integrity: 'changed' }, changed)
  const judged = judgeTogether([row('a.pdf', {}, offline), copy], {})
  expect(verdictsOf(judged)).toEqual(['unreachable', 'changed'])
  expect(judged[1]).toMatchObject({ sameAs: 'a.pdf' })
})

test('rows judged together before are judged anew, with the list as it is now', () => {
  const [, second] = judgeTogether([row('a.pdf'), row('b.pdf')], { documentType: 'akta-notaris' })
  expect(second).toMatchObject({ verdict: 'duplicate_document', sameAs: 'a.pdf' })
  const [alone] = judgeTogether(second === undefined ? [] : [second], {})
  expect(alone).toEqual(row('b.pdf'))
})

test.each([
  ['surat-pernyataan', 'intact'],
  ['akta-notaris', 'type_differs'],
] as const)('expected to be a %s it is %s', (documentType, verdict) => {
  expect(verdictsOf(judgeTogether([row('a.pdf')], { documentType }))).toEqual([verdict])
})

test.each([
  ['2026-11-23T16:59:59.000Z', 'day_differs'],
  ['2026-11-23T17:00:00.000Z', 'intact'],
  ['2026-11-25T16:59:59.000Z', 'intact'],
  ['2026-11-25T17:00:00.000Z', 'day_differs'],
])('stamped at %s, between the 24th and the 25th in Jakarta, is %s', (stampedAt, verdict) => {
  const between = { first: '2026-11-24', last: '2026-11-25' }
  expect(verdictsOf(judgeTogether([row('a.pdf', { stampedAt })], { between }))).toEqual([verdict])
})

test('a stamp without a timestamp to rely on is of no expected day', () => {
  const { stampedAt: _, ...undated } = row('a.pdf').stamps[0] ?? { serial: '', digest: '', integrity: 'intact' }
  const judged = judgeTogether([row('a.pdf', {}, { stamps: [undated] })], {
    between: { first: '2026-01-01', last: '2026-12-31' },
  })
  expect(verdictsOf(judged)).toEqual(['day_differs'])
})

test('what was expected does not hide what is worse', () => {
  const broken = { verdict: 'broken', integrity: 'broken' } as const
  expect(verdictsOf(judgeTogether([row('a.pdf', {}, broken)], { documentType: 'akta-notaris' }))).toEqual(['broken'])
})

test('a list ends on its worst file', () => {
  const changed = row('c.pdf', {}, { verdict: 'changed', integrity: 'changed' })
  expect(worstExitCode([row('a.pdf')])).toBe(0)
  expect(worstExitCode([row('a.pdf'), row('b.pdf', {}, offline)])).toBe(69)
  expect(worstExitCode([row('b.pdf', {}, offline), refusedRow('d.pdf', 'password_needed')])).toBe(65)
  expect(worstExitCode([refusedRow('d.pdf', 'password_needed'), changed, row('a.pdf')])).toBe(20)
  expect(worstExitCode([])).toBe(0)
})
