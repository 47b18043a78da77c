import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import type { Receiver } from '../base/receiver.ts'
import { openSealing } from '../base/sealing.ts'
import { codeGuessesMax, codeReceiverGuessesMax } from '../limits/people.ts'
import type { CodePurpose } from './code-guards.ts'
import { checkCode, type CodeAsk, type CodeChecked, type CodeLimits, requestCode } from './codes.ts'

const sealing = openSealing(randomBytes(32))
let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const parts = (limits: Partial<CodeLimits> = {}) => ({ database: db.database, sealing, limits })

let numbers = 0
/** A number of its own: six digits of prefix, and the rest counted on. */
const newPhone = (prefix = '812345'): string => `+62${prefix}${String(++numbers).padStart(5, '0')}`
const sms = (address = newPhone()): Receiver => ({ route: 'sms', address })

function ask(more: Partial<CodeAsk> = {}): CodeAsk {
  return { purpose: 'sign_in', subject: newUuid(new Date()), receiver: sms(), language: 'id', ...more }
}

/** A code that was made, with the digits as its message has them; `''` where it was withheld. */
async function requested(wanted: CodeAsk, limits: Partial<CodeLimits> = {}) {
  const made = await requestCode(parts(limits), wanted)
  if (!made.ok) throw new Error(made.refusal.code)
  const [row] = await db.database.sql<{ id: string; body: Buffer; state: string }[]>`
    select message_id as id, body, state from messages order by message_id desc limit 1`
  if (row === undefined) throw new Error('no message')
  const body: unknown = JSON.parse(sealing.open({ purpose: 'message.body', owner: row.id }, row.body).toString())
  const code = /"code":"(\d{6})"/.exec(JSON.stringify(body))?.[1] ?? ''
  return { ...wanted, ...made, code, state: row.state }
}

type Made = { codeId: string; subject: string; purpose: CodePurpose }
const check = ({ codeId, subject, purpose }: Made, code: string): Promise<CodeChecked> =>
  checkCode(parts(), { codeId, subject, purpose, code })
const wrongFor = (code: string) => (code === '000000' ? '000001' : '000000')

function refusalOf(answer: CodeChecked | Awaited<ReturnType<typeof requestCode>>): string {
  return answer.ok ? 'none' : answer.refusal.code
}

test('a right code answers with the receiver it went to, once', async () => {
  const made = await requested(ask())
  expect(made.code).toMatch(/^\d{6}$/)
  expect(await check(made, ` ${made.code.slice(0, 3)} ${made.code.slice(3)} `)).toEqual({
    ok: true,
    receiver: made.receiver,
  })
  expect(refusalOf(await check(made, made.code))).toBe('code_expired')
})

test('a code is good for its own subject and purpose alone', async () => {
  const made = await requested(ask())
  expect(refusalOf(await check({ ...made, subject: newUuid(new Date()) }, made.code))).toBe('code_expired')
  expect(refusalOf(await check({ ...made, purpose: 'pin_reset' }, made.code))).toBe('code_expired')
  expect(refusalOf(await check({ ...made, codeId: newUuid(new Date()) }, made.code))).toBe('code_expired')
  expect(await check(made, made.code)).toMatchObject({ ok: true })
})

test('guesses that come from everywhere at once are counted one by one: five, then a lock', async () => {
  const made = await requested(ask())
  const wrong = wrongFor(made.code)
  const answers = await Promise.all(Array.from({ length: 40 }, () => check(made, wrong)))
  const codes = answers.map(refusalOf)
  expect(codes.filter((code) => code === 'code_wrong')).toHaveLength(codeGuessesMax - 1)
  expect(codes.filter((code) => code === 'code_locked')).toHaveLength(answers.length - codeGuessesMax + 1)
  expect(answers.map((one) => (one.ok ? undefined : one.refusal.values?.['left']))).toEqual(
    expect.arrayContaining([1, 2, 3, 4]),
  )
  // not even the right one is compared any more
  expect(refusalOf(await check(made, made.code))).toBe('code_locked')
})

test('the right code among many wrong ones is found with at most five compares', async () => {
  const made = await requested(ask())
  const guesses = [...Array.from({ length: 20 }, () => wrongFor(made.code)), made.code]
  const answers = await Promise.all(guesses.map((code) => check(made, code)))
  const compared = answers.filter((one) => one.ok || one.refusal.code === 'code_wrong')
  expect(compared.length).toBeLessThanOrEqual(codeGuessesMax)
})

test('a guess stays counted where the act around it fails', async () => {
  const made = await requested(ask())
  const failing = () =>
    db.database.transaction(async () => {
      await check(made, wrongFor(made.code))
      throw new Error('the act failed')
    })
  for (let tries = 1; tries < codeGuessesMax; tries++) await expect(failing()).rejects.toThrow('the act failed')
  expect(refusalOf(await check(made, wrongFor(made.code)))).toBe('code_locked')
})

test('a new code makes the older one void and keeps the count', async () => {
  const first = await requested(ask())
  for (let tries = 1; tries <= 3; tries++) await check(first, wrongFor(first.code))
  await db.advance(31)
  const second = await requested(first)
  expect(refusalOf(await check(first, first.code))).toBe('code_expired')
  expect(await check(second, wrongFor(second.code))).toMatchObject({ refusal: { values: { left: 1 } } })
  expect(refusalOf(await check(second, wrongFor(second.code)))).toBe('code_locked')
})

test('while it is locked no code is made; every lock is longer than the one before', async () => {
  const wanted = ask()
  const lockedFor = async () => {
    const made = await requested(wanted)
    for (let tries = 1; tries < codeGuessesMax; tries++) await check(made, wrongFor(made.code))
    const last = await check(made, wrongFor(made.code))
    return last.ok ? 0 : Number(last.refusal.values?.['seconds'])
  }
  expect(await lockedFor()).toBe(15 * 60)
  expect(refusalOf(await requestCode(parts(), wanted))).toBe('code_locked')
  await db.advance(15 * 60)
  expect(await lockedFor()).toBe(60 * 60)
})

test('a right code forgets the wrong ones before it', async () => {
  const first = await requested(ask())
  for (let tries = 1; tries < codeGuessesMax; tries++) await check(first, wrongFor(first.code))
  expect(await check(first, first.code)).toMatchObject({ ok: true })
  const second = await requested(first)
  expect(await check(second, wrongFor(second.code))).toMatchObject({
    refusal: { values: { left: codeGuessesMax - 1 } },
  })
})

test('guesses at the door lock nobody out who is inside', async () => {
  const subject = newUuid(new Date())
  const receiver = sms()
  const door = await requested(ask({ subject, receiver }))
  for (let tries = 1; tries <= codeGuessesMax; tries++) await check(door, wrongFor(door.code))
  await db.advance(31)
  const inside = await requested(ask({ subject, receiver, purpose: 'affixing' }))
  expect(await check(inside, inside.code)).toMatchObject({ ok: true })
})

test('many registrations with one number share its guesses', async () => {
  const receiver: Receiver = { route: 'email', address: 'bersama@contoh.example' }
  let guesses = 0
  for (let round = 0; round < 3; round++) {
    const answer = await requestCode(parts(), ask({ receiver, purpose: 'registration' }))
    if (!answer.ok) break
    const { subject } = ask()
    expect(refusalOf(await check({ codeId: answer.codeId, subject, purpose: 'registration' }, '000000'))).toBe(
      'code_expired',
    )
    const [row] = await db.database.sql<{ subject: string }[]>`
      select subject from one_time_codes where code_id = ${answer.codeId}`
    const made = { codeId: answer.codeId, subject: row?.subject ?? '', purpose: 'registration' } as const
    for (let tries = 1; tries <= codeGuessesMax; tries++) {
      const code = refusalOf(await check(made, 'wrong'))
      if (code === 'code_wrong' || (code === 'code_locked' && tries === codeGuessesMax)) guesses++
    }
    await db.advance(121)
  }
  expect(guesses).toBe(codeReceiverGuessesMax)
  expect(refusalOf(await requestCode(parts(), ask({ receiver, purpose: 'registration' })))).toBe('code_locked')
})

test('a code lives ten minutes', async () => {
  const made = await requested(ask())
  await db.advance(10 * 60)
  expect(refusalOf(await check(made, made.code))).toBe('code_expired')
})

test('the next code waits longer each time, and after two unanswered ones another route is offered', async () => {
  const wanted = ask()
  const first = await requested(wanted)
  expect(first).toMatchObject({ otherRoutes: false })
  expect((first.expiresAt.getTime() - first.resendAt.getTime()) / 1000).toBe(600 - 30)
  const tooSoon = await requestCode(parts(), wanted)
  expect(refusalOf(tooSoon)).toBe('code_too_soon')
  await db.advance(30)
  const second = await requested(wanted)
  expect(second).toMatchObject({ otherRoutes: true })
  expect((second.expiresAt.getTime() - second.resendAt.getTime()) / 1000).toBe(600 - 60)
  // another route has a pause of its own
  const other = await requested({ ...wanted, receiver: { ...wanted.receiver, route: 'whatsapp' } })
  expect(other).toMatchObject({ otherRoutes: false })
})

test('an answered code makes nobody wait', async () => {
  const wanted = ask()
  const first = await requested(wanted)
  await check(first, first.code)
  expect(await requestCode(parts(), wanted)).toMatchObject({ ok: true })
})

test('codes that are asked for at once make one code', async () => {
  const wanted = ask()
  const answers = await Promise.all(Array.from({ length: 8 }, () => requestCode(parts(), wanted)))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  expect(new Set(answers.map(refusalOf))).toEqual(new Set(['none', 'code_too_soon']))
})

test('a subject and a receiver have so many codes in 24 hours', async () => {
  const subject = newUuid(new Date())
  await requested(ask({ subject }))
  await requested(ask({ subject }))
  const over = await requestCode(parts({ subjectDay: 2 }), ask({ subject }))
  expect(over).toMatchObject({ ok: false, refusal: { code: 'code_limit_reached', values: { limit: 2 } } })

  const receiver: Receiver = { route: 'email', address: 'sering@contoh.example' }
  await requested(ask({ receiver }))
  await db.advance(31)
  expect(refusalOf(await requestCode(parts({ receiverDay: 1 }), ask({ receiver })))).toBe('code_limit_reached')
  await db.advance(24 * 60 * 60)
  expect(refusalOf(await requestCode(parts({ receiverDay: 1 }), ask({ receiver })))).toBe('none')
})

test.each([
  ['number', { smsNumberDay: 1 }, (receiver: Receiver) => receiver],
  ['prefix', { smsPrefixDay: 1 }, () => sms(newPhone('899111'))],
  ['service', { smsDay: 0 }, () => sms(newPhone('877222'))],
] as const)('SMS have a budget for each %s; other routes go on', async (_, limits, next) => {
  const receiver = sms(newPhone('899111'))
  await requested(ask({ receiver }))
  await db.advance(31)
  const over = next(receiver)
  const refused = await requestCode(parts(limits), ask({ receiver: over }))
  expect(refused).toMatchObject({ ok: false, refusal: { code: 'sms_budget_spent' } })
  expect(await requestCode(parts(limits), ask({ receiver: { ...over, route: 'whatsapp' } }))).toMatchObject({
    ok: true,
  })
})

test('the budget of SMS is never passed by codes that are asked for at once', async () => {
  const asked = Array.from({ length: 12 }, () => ask({ receiver: sms(newPhone('855333')) }))
  const answers = await Promise.all(asked.map((one) => requestCode(parts({ smsPrefixDay: 5 }), one)))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(5)
})

test('an unknown person gets the same answers, and no code is right', async () => {
  const known = ask()
  const unknown = ask({ send: false })
  const made = await requested(known)
  const withheld = await requested(unknown)
  expect(withheld.state).toBe('withheld')
  expect(Object.keys(withheld).filter((key) => key !== 'send')).toEqual(Object.keys(made))
  expect(refusalOf(await requestCode(parts(), unknown))).toBe(refusalOf(await requestCode(parts(), known)))
  expect(refusalOf(await check(withheld, withheld.code))).toBe('code_wrong')
  for (let tries = 2; tries <= codeGuessesMax; tries++) await check(withheld, '000000')
  expect(refusalOf(await check(withheld, '000000'))).toBe('code_locked')
  const [row] = await db.database.sql<{ due: boolean }[]>`
    select bool_or(due_at is not null) as due from messages where state = 'withheld'`
  expect(row?.due).toBe(false)
})

test('codes asked for at the door, or for a contact by others, hold up none inside', async () => {
  const receiver = sms()
  for (const purpose of ['sign_in', 'contact_change'] as const) {
    await requested(ask({ receiver, purpose }))
    expect(refusalOf(await requestCode(parts(), ask({ receiver, purpose })))).toBe('code_too_soon')
  }
  expect(refusalOf(await requestCode(parts(), ask({ receiver, purpose: 'affixing' })))).toBe('none')
})

test('withheld codes spend no SMS, and strangers leave some for those inside', async () => {
  await db.owner.sql`truncate sms_counts`
  const limits = { smsDay: 10 }
  const answers = async (more: Partial<CodeAsk>) => refusalOf(await requestCode(parts(limits), ask(more)))
  for (let i = 0; i < 12; i++) expect(await answers({ send: false })).toBe('none')
  for (let i = 0; i < 9; i++) expect(await answers({})).toBe('none')
  expect([await answers({}), await answers({ send: false })]).toEqual(['sms_budget_spent', 'sms_budget_spent'])
  expect(await answers({ purpose: 'pin_reset' })).toBe('none')
  expect(await answers({ purpose: 'pin_reset' })).toBe('sms_budget_spent')
})
