import { expect, test } from 'vitest'
import { FakeService, problem } from '../../tests/support/fake-service.ts'
import { append, onePage } from '../../tests/support/stamped-pdf.ts'
import { concatBytes, equalBytes } from '../base/bytes.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { affixDocument, digestOf, type AffixOrder, type Note } from './affix.ts'
import { readAffixing } from './affixing-answer.ts'
import { attemptsMax, sendsMax, signaturePollsMax } from './bounds.ts'
import { rebuildDocument } from './rebuild.ts'
import type { Transport } from './transport.ts'

const original = append(new Uint8Array(), onePage())
const sourceSha256 = digestOf(original, nodePrimitives)
function orderTo(transport: Transport, changes: Partial<AffixOrder> = {}): AffixOrder & { waits: number[] } {
  const waits: number[] = []
  return {
    transport,
    waits,
    wait: async (milliseconds) => void waits.push(milliseconds),
    original,
    primitives: nodePrimitives,
    facts: { documentType: 'surat-pernyataan', fileName: 'surat.pdf' },
    placement,
    idempotencyKey: 'first-key',
    ...changes,
  }
}

const placement = { page: 'last', left: 400, bottom: 36, width: 100, height: 100, unit: 'pt' } as const

const requestOf = (order: AffixOrder) => ({
  facts: order.facts,
  placement: { ...placement, page: 1 },
  sourceSha256,
  sourceLength: original.length,
  pageCount: 1,
  additional: false,
})

async function stamped(order: AffixOrder): Promise<Uint8Array> {
  const outcome = await affixDocument(order)
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
  return outcome.tail
}

test('a document is stamped in two calls, and its page named last is a number for the service', async () => {
  const service = new FakeService()
  const notes: Note[] = []
  const outcome = await affixDocument(orderTo(service, { remember: async (note) => void notes.push(note) }))
  expect(outcome).toMatchObject({
    ok: true,
    affixing: { id: 'afx_0', state: 'affixed', digest: service.rows[0]?.digest },
  })
  expect(service.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/affixings',
    'PUT /v1/affixings/afx_0/signature',
  ])
  expect(service.calls[0]).toMatchObject({
    headers: { 'idempotency-key': 'first-key' },
    json: { pageCount: 1, placement: { page: 1 }, sourceSha256 },
  })
  expect(notes).toEqual([{ idempotencyKey: 'first-key' }, { idempotencyKey: 'first-key', affixingId: 'afx_0' }])
})

test('the file itself is never sent', async () => {
  const service = new FakeService()
  await stamped(orderTo(service))
  expect(JSON.stringify(service.calls).length).toBeLessThan(2000)
  expect(JSON.stringify(service.calls)).not.toContain('%PDF')
})

test('rebuilding from the stored affixing gives the same bytes', async () => {
  const service = new FakeService()
  const tail = await stamped(orderTo(service))
  const affixing = readAffixing(service.rows[0])
  const rebuilt = rebuildDocument({ original, affixing, primitives: nodePrimitives })
  expect(rebuilt.ok && equalBytes(rebuilt.tail, tail)).toBe(true)
})

test('rebuilding from another file is refused, from an unsigned affixing too', async () => {
  const service = new FakeService()
  await stamped(orderTo(service))
  const affixing = readAffixing(service.rows[0])
  const other = concatBytes([original, Uint8Array.of(10)])
  expect(rebuildDocument({ original: other, affixing, primitives: nodePrimitives })).toMatchObject({
    refusal: { code: 'file_differs' },
  })
  const { signature: _, ...unsigned } = affixing
  expect(rebuildDocument({ original, affixing: unsigned, primitives: nodePrimitives })).toMatchObject({
    refusal: { code: 'in_progress' },
  })
  const released = { ...affixing, state: 'released' } as const
  expect(rebuildDocument({ original, affixing: released, primitives: nodePrimitives })).toMatchObject({
    refusal: { code: 'affixing_released' },
  })
})

test.each([
  ['the reservation', 'POST'],
  ['the signature', 'PUT'],
])('an answer lost after %s is asked for again and charges once', async (_, method) => {
  const service = new FakeService()
  service.faults.push({ method, fault: 'lost answer' }, { method, fault: 'lost request' })
  const order = orderTo(service)
  await stamped(order)
  expect(service.rows).toHaveLength(1)
  expect(service.count(method)).toBe(3)
  expect(order.waits).toEqual([1000, 2000])
})

test('a service that never answers is unreachable after a bounded number of sends', async () => {
  const service = new FakeService()
  service.faults.push(...Array.from({ length: 50 }, () => ({ method: 'POST', fault: 'lost request' }) as const))
  expect(await affixDocument(orderTo(service))).toEqual({ ok: false, refusal: { code: 'service_unreachable' } })
  expect(service.calls).toHaveLength(sendsMax)
})

test('a mistake of the transport goes through instead of being sent again', async () => {
  const broken: Transport = { request: () => Promise.reject(new TypeError('not a URL')) }
  await expect(affixDocument(orderTo(broken))).rejects.toThrow('not a URL')
})

test('the time named by Retry-After is waited', async () => {
  const service = new FakeService()
  service.faults.push({ method: 'POST', fault: { ...problem('overloaded'), headers: { 'retry-after': '9' } } })
  const order = orderTo(service)
  await stamped(order)
  expect(order.waits).toEqual([9000])
})

test('an empty quota is told at once and nothing is repeated', async () => {
  const service = new FakeService()
  service.faults.push({ method: 'POST', fault: problem('quota_empty', { available: 0 }) })
  expect(await affixDocument(orderTo(service))).toMatchObject({
    refusal: { code: 'quota_empty', values: { available: 0 } },
  })
  expect(service.calls).toHaveLength(1)
})

test('the same key goes on with the affixing it began, signed or not', async () => {
  const service = new FakeService()
  const first = await stamped(orderTo(service))
  const second = await stamped(orderTo(service))
  expect(equalBytes(first, second)).toBe(true)
  expect(service.rows).toHaveLength(1)
  expect(service.count('PUT')).toBe(1)
})

test('an open reservation for the same facts and place is resumed without its key', async () => {
  const service = new FakeService()
  const order = orderTo(service)
  const { facts, ...rest } = requestOf(order)
  // as the API stores it: names in another order, the number filled in
  service.reserve({ ...rest, facts: { fileName: facts.fileName, number: '0', documentType: facts.documentType } })
  await stamped(order)
  expect(service.rows.map(({ state }) => state)).toEqual(['affixed'])
  expect(service.count('DELETE')).toBe(0)
})

test.each([
  ['another place', (order: AffixOrder) => ({ ...requestOf(order), placement: { ...placement, page: 1, left: 10 } })],
  ['other facts', (order: AffixOrder) => ({ ...requestOf(order), facts: { ...order.facts, number: '7' } })],
])('an open reservation for %s is cancelled and a new one made with another key', async (_, earlier) => {
  const service = new FakeService()
  const order = orderTo(service)
  service.reserve(earlier(order))
  await stamped(order)
  expect(service.rows.map(({ state }) => state)).toEqual(['released', 'affixed'])
  const keys = service.calls
    .filter(({ method }) => method === 'POST')
    .map(({ headers }) => headers?.['idempotency-key'])
  expect(new Set(keys).size).toBe(2)
})

test('a document stamped already is refused with its affixing, and nothing is cancelled', async () => {
  const service = new FakeService()
  await stamped(orderTo(service))
  const outcome = await affixDocument(orderTo(service, { idempotencyKey: 'other-key' }))
  expect(outcome).toMatchObject({ refusal: { code: 'already_stamped', values: { affixingId: 'afx_0' } } })
  expect(service.rows.map(({ state }) => state)).toEqual(['affixed'])
})

test('another stamp on the same document takes its own unit', async () => {
  const service = new FakeService()
  await stamped(orderTo(service))
  await stamped(orderTo(service, { idempotencyKey: 'other-key', additional: true }))
  expect(service.rows.map(({ state }) => state)).toEqual(['affixed', 'affixed'])
})

test('a key whose reservation expired starts anew, and a repeat with the first key finds what was begun', async () => {
  const service = new FakeService()
  const begun = orderTo(service)
  service.faults.push(...Array.from({ length: sendsMax }, () => ({ method: 'PUT', fault: 'lost request' }) as const))
  expect(await affixDocument(begun)).toMatchObject({ refusal: { code: 'service_unreachable' } })
  Object.assign(service.rows[0] ?? {}, { state: 'released', releaseReason: 'expired' })
  const first = await stamped(orderTo(service))
  const second = await stamped(orderTo(service))
  expect(service.rows.map(({ state }) => state)).toEqual(['released', 'affixed'])
  expect(equalBytes(first, second)).toBe(true)
})

test('a reservation released under the signature starts anew, a bounded number of times', async () => {
  const service = new FakeService()
  service.faults.push({ method: 'PUT', fault: problem('signature_too_large') })
  const release = async (note: Note) => {
    if (note.affixingId !== 'afx_0') return
    Object.assign(service.rows[0] ?? {}, { state: 'released', releaseReason: 'refused' })
  }
  await stamped(orderTo(service, { remember: release }))
  expect(service.rows.map(({ state }) => state)).toEqual(['released', 'affixed'])
  const endless = new FakeService()
  const always = async () => {
    for (const row of endless.rows) row.state = 'released'
  }
  expect(await affixDocument(orderTo(endless, { remember: always }))).toMatchObject({
    refusal: { code: 'affixing_released' },
  })
  expect(endless.rows).toHaveLength(attemptsMax)
})

test('a placed document that is refused gives its reservation back', async () => {
  const service = new FakeService()
  service.changeRecipe = (recipe) =>
    void Object.assign(recipe, { placement: { page: 1, left: 590, bottom: 0, width: 100, height: 100, unit: 'pt' } })
  expect(await affixDocument(orderTo(service))).toMatchObject({ refusal: { code: 'box_outside_page' } })
  expect(service.rows.map(({ state }) => state)).toEqual(['released'])
  expect(service.count('PUT')).toBe(0)
})

test.each([
  [
    'a page that does not exist',
    { placement: { page: 9, left: 0, bottom: 0, width: 100, height: 100, unit: 'pt' } },
    'page_out_of_range',
  ],
  ['no PDF', { original: new TextEncoder().encode('hello') }, 'not_a_pdf'],
] as const)('%s is refused before the service hears of it', async (_, changes, code) => {
  const service = new FakeService()
  expect(await affixDocument(orderTo(service, changes))).toMatchObject({ ok: false, refusal: { code } })
  expect(service.calls).toEqual([])
})

test('a signature that waits for its timestamp is waited for', async () => {
  const service = new FakeService()
  service.timestampAfter = 3
  const order = orderTo(service)
  await stamped(order)
  expect(order.waits).toEqual([7000, 7000, 7000])
  expect(service.count('PUT')).toBe(1)
})

test('waiting for a timestamp ends after a bounded number of questions, and the key goes on later', async () => {
  const service = new FakeService()
  service.timestampAfter = signaturePollsMax + 1
  expect(await affixDocument(orderTo(service))).toMatchObject({ refusal: { code: 'timestamp_unavailable' } })
  await stamped(orderTo(service))
  expect(service.rows.map(({ state }) => state)).toEqual(['affixed'])
})

test('a waiting affixing that is released says so', async () => {
  const service = new FakeService()
  service.timestampAfter = 9
  const order = orderTo(service)
  const released = {
    ...order,
    wait: async () => void Object.assign(service.rows[0] ?? {}, { state: 'released', releaseReason: 'cancelled' }),
  }
  expect(await affixDocument(released)).toMatchObject({
    refusal: { code: 'affixing_released', values: { reason: 'cancelled' } },
  })
})

test('the placed document is kept before its signature is asked for', async () => {
  const service = new FakeService()
  const seen: number[] = []
  await stamped(orderTo(service, { onPrepared: async () => void seen.push(service.count('PUT')) }))
  expect(seen).toEqual([0])
})

test('an answer outside the contract is an error that names the field', async () => {
  const service = new FakeService()
  service.changeRecipe = (recipe) => void Object.assign(recipe, { format: 2 })
  await expect(affixDocument(orderTo(service))).rejects.toThrow('affixing.recipe.format is 2')
  service.changeRecipe = (recipe) => void Object.assign(recipe, { contentsBytes: 2 ** 40 })
  await expect(affixDocument(orderTo(service, { idempotencyKey: 'b', additional: true }))).rejects.toThrow(
    'recipe.contentsBytes',
  )
})
