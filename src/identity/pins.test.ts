import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { countingSealing } from '../../tests/support/signed-in.ts'
import { openDatabase, type Database } from '../database/database.ts'
import { pinLockSeconds } from '../limits/people.ts'
import { checkPin, hashPin, pinProblem, readPinState, replacePin, setPin } from './pins.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const right = '402817'
const wrong = '555123'

async function openPerson() {
  const { database } = db
  const personId = randomUUID()
  const sealing = countingSealing()
  const at = await database.now()
  expect(await database.transaction((tx) => setPin(tx, sealing, { personId, pin: right, at }))).toEqual({ ok: true })
  const before = sealing.hashed()
  return {
    personId,
    sealing,
    compared: () => sealing.hashed() - before,
    check: (pin: string, on: Database = database) => checkPin({ database: on, sealing }, { personId, pin }),
  }
}

test.each([
  ['000000', 'repeats'],
  ['777777', 'repeats'],
  ['121212', 'repeats'],
  ['493493', 'repeats'],
  ['123456', 'run'],
  ['654321', 'run'],
  ['890123', 'run'],
  ['170845', 'birth_date'],
  ['450817', 'birth_date'],
  ['194508', 'birth_date'],
] as const)('the PIN %s is too easy: %s', (pin, problem) => {
  expect(pinProblem(pin, '1945-08-17')).toBe(problem)
})

test.each(['402817', '112233', '123457', '100000', '170846'])('the PIN %s will do', (pin) => {
  expect(pinProblem(pin, '1945-08-17')).toBeUndefined()
})

test('the right PIN is right, a wrong one says how many tries are left, and a right one begins anew', async () => {
  const { check } = await openPerson()
  expect(await check(wrong)).toMatchObject({ refusal: { code: 'pin_wrong', values: { triesLeft: 4 } } })
  expect(await check(wrong)).toMatchObject({ refusal: { code: 'pin_wrong', values: { triesLeft: 3 } } })
  expect(await check(right)).toEqual({ ok: true })
  expect(await check(wrong)).toMatchObject({ refusal: { code: 'pin_wrong', values: { triesLeft: 4 } } })
})

test('of sixty guesses at once over many connections five are compared, and the right one among them gains nothing more', async () => {
  const { check, compared } = await openPerson()
  const others = [1, 2, 3, 4].map(() => openDatabase({ url: db.url }))
  const guesses = Array.from({ length: 60 }, (_, i) => check(`9${String(i * 37).padStart(5, '0')}`, others[i % 4]))
  const codes = (await Promise.all(guesses)).map((answer) => (answer.ok ? 'ok' : answer.refusal.code))
  await Promise.all(others.map((one) => one.close()))

  expect(compared()).toBe(5)
  expect(codes.filter((code) => code === 'pin_wrong')).toHaveLength(4)
  expect(codes.filter((code) => code === 'pin_locked')).toHaveLength(56)
  expect(await check(right)).toMatchObject({ ok: false, refusal: { code: 'pin_locked' } })
  expect(compared()).toBe(5)
})

test('locks in a row grow from a quarter of an hour to a day, each says until when, and a right PIN ends the row', async () => {
  const { check, personId } = await openPerson()
  const lockedSeconds = async () => {
    for (let i = 0; i < 4; i++) expect(await check(wrong)).toMatchObject({ refusal: { code: 'pin_wrong' } })
    const last = await check(wrong)
    if (last.ok || last.refusal.code !== 'pin_locked') throw new Error('not locked')
    expect(last.lockedNow).toBe(true)
    const { lockedUntil } = await readPinState({ database: db.database, sealing: countingSealing() }, personId)
    expect(last.refusal.values).toMatchObject({ until: lockedUntil?.toISOString() })
    expect(await check(right)).toMatchObject({ refusal: { code: 'pin_locked' }, lockedNow: false })
    return Number(last.refusal.values?.['seconds'])
  }
  const seen: number[] = []
  for (const seconds of [...pinLockSeconds, ...pinLockSeconds.slice(-1)]) {
    seen.push(await lockedSeconds())
    await db.advance(seconds + 1)
  }
  const longest = pinLockSeconds.at(-1)
  expect(seen).toEqual([...pinLockSeconds, longest])
  expect(await check(right)).toEqual({ ok: true })
  expect(await lockedSeconds()).toBe(pinLockSeconds[0])
})

test('a first PIN never takes the place of another', async () => {
  const { personId, sealing, check } = await openPerson()
  const at = await db.database.now()
  const again = await db.database.transaction((tx) => setPin(tx, sealing, { personId, pin: '918273', at }))
  expect(again).toEqual({ ok: false, refusal: { code: 'pin_already_set' } })
  expect(await check(right)).toEqual({ ok: true })
})

test('a reset by code ends a lock and cools for a day; another change meanwhile does not shorten it', async () => {
  const { personId, sealing, check } = await openPerson()
  for (let i = 0; i < 5; i++) await check(wrong)
  const at = await db.database.now()
  const replace = (pin: string, byCode: boolean) =>
    db.database.transaction((tx) => replacePin(tx, sealing, { personId, pin, at, byCode }))
  await replace('918273', true)
  await replace('382917', false)
  const checked = await check('382917')
  expect(checked).toEqual({ ok: true, coolingUntil: new Date(at.getTime() + 24 * 60 * 60 * 1000) })
  await db.advance(24 * 60 * 60 + 1)
  expect(await check('382917')).toEqual({ ok: true })
})

test('who has no PIN is told so', async () => {
  const answer = await checkPin(
    { database: db.database, sealing: countingSealing() },
    { personId: randomUUID(), pin: right },
  )
  expect(answer).toMatchObject({ ok: false, refusal: { code: 'pin_not_set' } })
})

test('two people with one PIN have nothing in common in the database', async () => {
  const [one, other] = [await openPerson(), await openPerson()]
  const rows = await db.database.sql<{ hash: Buffer }[]>`
    select hash from pins where person_id = any(${[one.personId, other.personId]}::uuid[])`
  expect(new Set(rows.map(({ hash }) => hash.toString('hex'))).size).toBe(2)
})

test('a check costs less than a tenth of a millisecond beside its two statements', async () => {
  const { sealing, personId } = await openPerson()
  const salt = Buffer.alloc(16, 3)
  const started = performance.now()
  for (let i = 0; i < 2_000; i++) hashPin(sealing, { personId, salt, pin: right })
  expect((performance.now() - started) / 2_000).toBeLessThan(0.1)
})
