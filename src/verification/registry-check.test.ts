import { afterAll, beforeAll, expect, test } from 'vitest'
import { affixDigest } from '../../tests/support/affix-digest.ts'
import { testWeb, type TestWeb } from '../../tests/support/web.ts'
import { checkItemsMax, pictureBatchMax } from '../limits/stamping.ts'
import { openRegistryCheck } from './registry-check.ts'

const digest = 'ab'.repeat(32)
const serials: string[] = []
let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
  const { liveKey } = await web.openAccount(100)
  for (let count = 0; count < pictureBatchMax * 2; count++)
    serials.push(await affixDigest({ url: web.url, key: liveKey }, `check-${count}`, digest))
}, 60_000)
afterAll(() => web.close())

function openCounted() {
  const drawn: string[] = []
  const registry = openRegistryCheck({
    ...web.affixing,
    hashPicture: ({ serial }) => (drawn.push(serial), `of ${serial}`),
  })
  return { registry, drawn }
}

test('a thousand questions about one stamp draw its picture once, and the next thousand draw nothing', async () => {
  const { registry, drawn } = openCounted()
  const [serial = ''] = serials
  const pairs = Array.from({ length: checkItemsMax }, () => ({ serial, digest }))
  const answers = await registry.checkSerials(pairs)
  expect(answers).toHaveLength(checkItemsMax)
  expect(answers.every(({ pictureSha256 }) => pictureSha256 === `of ${serial}`)).toBe(true)
  await registry.checkSerials(pairs)
  expect(drawn).toEqual([serial])
})

test('no picture is drawn for another document or an unknown number', async () => {
  const { registry, drawn } = openCounted()
  const [serial = ''] = serials
  await registry.checkSerials([
    { serial, digest: 'cd'.repeat(32) },
    { serial: 'SPESIMEN01XQABCDEFGHI0', digest },
  ])
  expect(drawn).toEqual([])
})

test('others have their turn between so many pictures', async () => {
  const { registry, drawn } = openCounted()
  const seen: number[] = []
  let isDone = false
  const watch = () => {
    seen.push(drawn.length)
    if (!isDone) setImmediate(watch)
  }
  watch()
  await registry.checkSerials(serials.map((serial) => ({ serial, digest })))
  isDone = true
  expect(drawn).toEqual(serials)
  const steps = seen.map((count, at) => count - (seen[at - 1] ?? 0))
  expect(Math.max(...steps)).toBeLessThanOrEqual(pictureBatchMax)
})
