import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import {
  type SimulatedTimestampServer,
  simulateTimestampServer,
  type TimestampManner,
} from '../../tests/support/timestamp-server.ts'
import { timestampFailuresMax, timestampOpenMilliseconds, timestampRoundsMax } from '../limits/stamping.ts'
import { parseTimestampToken } from '../stamp/cms/timestamp.ts'
import { openAuthority } from './authority.ts'
import { openStampSigner } from './stamp-signer.ts'
import { type TimestampServersOptions, timestampServers } from './timestamp-servers.ts'
import { TimestampUnavailable } from './timestamp-source.ts'

const base = await mkdtemp(join(tmpdir(), 'meterai-timestamp-servers-'))
afterAll(() => rm(base, { recursive: true, force: true }))
const authority = await openAuthority(join(base, 'authority'))
const digest = new Uint8Array(createHash('sha256').update(randomBytes(20)).digest())

let now = 0
let first: SimulatedTimestampServer
let second: SimulatedTimestampServer
beforeEach(async () => {
  first = await simulateTimestampServer(authority, '1.2.3.1')
  second = await simulateTimestampServer(authority, '1.2.3.2')
  onTestFinished(async () => void (await Promise.all([first.die(), second.die()])))
})

/** Both servers, with time enough for a busy machine, and patience short where a test is about lateness. */
function both(options: TimestampServersOptions = {}) {
  return timestampServers([first.url, second.url], {
    waitMilliseconds: 20_000,
    lateMilliseconds: 10_000,
    now: () => now,
    ...options,
  })
}
const policyOf = async (token: Promise<Uint8Array>) => parseTimestampToken(await token).policy
const asked = () => [first.requests, second.requests]

test('the first server is asked, and the second never while the first serves', async () => {
  const source = both()
  for (let i = 0; i < 3; i++) expect(await policyOf(source.timestamp(digest))).toBe(first.policy)
  expect(asked()).toEqual([3, 0])
})

test.each(['busy', 'refusing', 'other bytes', 'other nonce', 'no token'] satisfies TimestampManner[])(
  'a first server that is "%s" costs one request, and the second one serves',
  async (manner) => {
    first.manner = manner
    expect(await policyOf(both().timestamp(digest))).toBe(second.policy)
    expect(asked()).toEqual([1, 1])
  },
)

test('after failures in a row the first server gets no request, until a pause has passed and one call tries it', async () => {
  first.manner = 'busy'
  const source = both()
  for (let i = 0; i < timestampFailuresMax + 10; i++)
    expect(await policyOf(source.timestamp(digest))).toBe(second.policy)
  expect(asked()).toEqual([timestampFailuresMax, timestampFailuresMax + 10])

  now += timestampOpenMilliseconds
  const probed = first.nextRequest()
  expect(await policyOf(source.timestamp(digest))).toBe(second.policy)
  await probed
  await source.timestamp(digest)
  expect(first.requests).toBe(timestampFailuresMax + 1)
})

test('a server that was down is asked again by one call of many, and serves all when it is back', async () => {
  await first.die()
  const closed: string[] = []
  let recovered: (() => void) | undefined
  const source = both({
    observe({ url, ok }) {
      closed.push(`${url === first.url ? 'first' : 'second'} ${ok}`)
      if (url === first.url && ok) recovered?.()
    },
  })
  for (let i = 0; i < timestampFailuresMax; i++) expect(await policyOf(source.timestamp(digest))).toBe(second.policy)
  await first.comeBack()
  await Promise.all(Array.from({ length: 8 }, () => source.timestamp(digest)))
  expect(first.requests).toBe(0)

  now += timestampOpenMilliseconds
  const back = new Promise<void>((resolve) => (recovered = resolve))
  await Promise.all(Array.from({ length: 8 }, () => source.timestamp(digest)))
  await back
  expect(first.requests).toBe(1)
  const before = second.requests
  for (let i = 0; i < 3; i++) expect(await policyOf(source.timestamp(digest))).toBe(first.policy)
  expect(second.requests).toBe(before)
})

test('beside a late server the second is asked, and the first one to answer serves', async () => {
  first.manner = 'silent'
  const source = both({ lateMilliseconds: 20 })
  expect(await policyOf(source.timestamp(digest))).toBe(second.policy)
  expect(asked()).toEqual([1, 1])

  second.manner = 'silent'
  const beside = second.nextRequest()
  const token = source.timestamp(digest)
  await beside
  await first.answerLate()
  expect(await policyOf(token)).toBe(first.policy)
  expect(asked()).toEqual([2, 2])
})

test('a server that is late again and again is left alone, so that nobody waits for it', async () => {
  first.manner = 'silent'
  const source = both({ lateMilliseconds: 20 })
  for (let i = 0; i < timestampFailuresMax + 5; i++) await source.timestamp(digest)
  expect(asked()).toEqual([timestampFailuresMax, timestampFailuresMax + 5])
})

test('where both fail each is asked again once, then it is said what each one did', async () => {
  first.manner = 'busy'
  second.manner = 'refusing'
  const failed = await both()
    .timestamp(digest)
    .catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(TimestampUnavailable)
  expect(String(failed)).toContain('HTTP status 503')
  expect(String(failed)).toContain('refused with status 2 no clock')
  expect(asked()).toEqual([timestampRoundsMax, timestampRoundsMax])
})

test('a hiccup of the only server is got over by asking it again', async () => {
  first.manner = 'busy'
  const only = timestampServers([first.url], { waitMilliseconds: 20_000, lateMilliseconds: 10_000 })
  const failedOnce = first.nextRequest()
  const token = only.timestamp(digest)
  await failedOnce
  first.manner = 'good'
  expect(await policyOf(token)).toBe(first.policy)
  expect(first.requests).toBe(2)
})

test('the only server may be late as long as the call has time, and is not asked twice', async () => {
  first.manner = 'silent'
  const only = timestampServers([first.url], { waitMilliseconds: 20_000, lateMilliseconds: 1 })
  const came = first.nextRequest()
  const token = only.timestamp(digest)
  await came
  await first.answerLate()
  expect(await policyOf(token)).toBe(first.policy)
  expect(first.requests).toBe(1)
})

test('silent servers end a call when its time is over, and then no request goes out at all', async () => {
  first.manner = 'silent'
  second.manner = 'silent'
  let reported = 0
  let allReported: (() => void) | undefined
  const over = new Promise<void>((resolve) => (allReported = resolve))
  const observe = () => void (++reported === 2 * timestampFailuresMax && allReported?.())
  const source = both({ waitMilliseconds: 1_000, lateMilliseconds: 10, observe })
  const failures = await Promise.all(
    Array.from({ length: timestampFailuresMax }, () => source.timestamp(digest).catch((error: unknown) => error)),
  )
  for (const failed of failures) expect(failed).toBeInstanceOf(TimestampUnavailable)
  expect(asked()).toEqual([timestampFailuresMax, timestampFailuresMax])
  await over
  const patient = await source.timestamp(digest).catch((error: unknown) => String(error))
  expect(patient).toContain('every server failed a moment ago and is left alone')
  expect(asked()).toEqual([timestampFailuresMax, timestampFailuresMax])
})

test('a stamp is signed with the second server while the first is dead, and measured room holds its signature', async () => {
  await first.die()
  const signer = await openStampSigner({ authority, timestamps: both() })
  const cms = await signer.sign({ digest: 'a'.repeat(64), serial: 'S'.repeat(22) })
  expect(cms.length).toBeLessThan(signer.contentsBytes)
  expect(second.requests).toBeGreaterThanOrEqual(5)
})
