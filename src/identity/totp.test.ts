import { randomBytes } from 'node:crypto'
import { generateSync } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { openSealing } from '../base/sealing.ts'
import { codeGuessesMax, recoveryCodesMax, totpStepSeconds } from '../limits/people.ts'
import { beginTotp, checkTotp, confirmTotp, makeRecoveryCodes, readTotp, removeTotp } from './totp.ts'

const sealing = openSealing(randomBytes(32))
let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const parts = () => ({ database: db.database, sealing })

function begin(personId: string) {
  return db.database.transaction(async (tx) =>
    beginTotp(tx, sealing, { personId, label: 'meterai.example', at: await db.database.now(tx) }),
  )
}

/** Into the middle of a step, so that none ends while a test looks at it. */
async function toMidStep(): Promise<void> {
  const seconds = ((await db.database.now()).getTime() / 1000) % totpStepSeconds
  await db.advance((totpStepSeconds * 3) / 2 - seconds)
}

/** What the app shows so many steps from now. */
async function shown(secret: string, steps = 0): Promise<string> {
  const epoch = Math.floor((await db.database.now()).getTime() / 1000) + steps * totpStepSeconds
  return generateSync({ secret, epoch })
}

async function confirmed() {
  const personId = newUuid(new Date())
  const setup = await begin(personId)
  if (setup === undefined) throw new Error('an app is there')
  const done = await confirmTotp(parts(), { personId, code: await shown(setup.secret) })
  if (!done.ok) throw new Error(done.refusal.code)
  await db.advance(totpStepSeconds)
  return { personId, ...setup, recoveryCodes: done.recoveryCodes }
}

const check = (personId: string, code: string) => checkTotp(parts(), { personId, code })
const wrong = { ok: false, refusal: { code: 'authenticator_wrong' } }

test('an app is set up by its address and counts once a code of it was shown', async () => {
  const personId = newUuid(new Date())
  const setup = await begin(personId)
  expect(setup?.uri).toMatch(/^otpauth:\/\/totp\/OpenMeterai:meterai\.example\?secret=[A-Z2-7]{32}&issuer=OpenMeterai/)
  const secret = setup?.secret ?? ''
  expect(await check(personId, await shown(secret))).toMatchObject(wrong)
  expect(await readTotp(db.database.sql, personId)).toBeUndefined()
  expect(await confirmTotp(parts(), { personId, code: await shown(secret) })).toMatchObject({ ok: true })
  expect(await readTotp(db.database.sql, personId)).toMatchObject({ recoveryCodesLeft: recoveryCodesMax })
  expect(await begin(personId)).toBeUndefined()
})

test('a code is good in its step and those beside it', async () => {
  for (const [steps, isGood] of [
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ] as const) {
    const { personId, secret } = await confirmed()
    await db.advance(3 * totpStepSeconds)
    await toMidStep()
    expect(await check(personId, await shown(secret, steps)), `${steps}`).toMatchObject({ ok: isGood })
  }
})

test('a step is used once, and none before it afterwards', async () => {
  const { personId, secret } = await confirmed()
  await toMidStep()
  const now = await shown(secret)
  const answers = await Promise.all([1, 2, 3].map(() => check(personId, now)))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  await db.advance(totpStepSeconds)
  expect(await check(personId, await shown(secret, 1))).toMatchObject({ ok: true })
  expect(await check(personId, await shown(secret))).toMatchObject(wrong)
})

test('guesses that come at once are counted one by one, and lock even the right code out', async () => {
  const { personId, secret } = await confirmed()
  await toMidStep()
  const right = await shown(secret)
  const bad = right === '000000' ? '000001' : '000000'
  const answers = await Promise.all(Array.from({ length: 20 }, () => check(personId, bad)))
  const codes = answers.map((one) => (one.ok ? 'ok' : one.refusal.code))
  expect(codes.filter((code) => code === 'authenticator_wrong')).toHaveLength(codeGuessesMax - 1)
  expect(await check(personId, right)).toMatchObject({ refusal: { code: 'code_locked' } })
})

test('a recovery code works once, as it is typed', async () => {
  const { personId, recoveryCodes } = await confirmed()
  const [first = '', second = ''] = recoveryCodes
  expect(new Set(recoveryCodes).size).toBe(recoveryCodesMax)
  const left = recoveryCodesMax - 1
  expect(await check(personId, ` ${first.toLowerCase().replace('-', ' ')} `)).toEqual({ ok: true, recovery: { left } })
  expect(await check(personId, first)).toMatchObject(wrong)
  expect(await check(newUuid(new Date()), second)).toMatchObject(wrong)
})

test('new recovery codes take the place of the old ones', async () => {
  const { personId, recoveryCodes } = await confirmed()
  const fresh = await db.database.transaction(async (tx) =>
    makeRecoveryCodes(tx, sealing, { personId, at: await db.database.now(tx) }),
  )
  expect(await check(personId, recoveryCodes[0] ?? '')).toMatchObject(wrong)
  expect(await check(personId, fresh[0] ?? '')).toMatchObject({ ok: true })
})

test('an app that was removed proves nothing, nor do its recovery codes', async () => {
  const { personId, secret, recoveryCodes } = await confirmed()
  expect(await db.database.transaction((tx) => removeTotp(tx, personId))).toBe(true)
  expect(await check(personId, await shown(secret))).toMatchObject(wrong)
  expect(await check(personId, recoveryCodes[0] ?? '')).toMatchObject(wrong)
  expect(await begin(personId)).toBeDefined()
})

test('neither secret nor recovery code stands in any column', async () => {
  const { secret, recoveryCodes } = await confirmed()
  const rows = await db.owner.sql`
    select t::text, encode(t.secret, 'escape') from totp_secrets t union all select r::text, encode(r.code_hash, 'escape') from recovery_codes r`
  const whole = JSON.stringify(rows)
  for (const one of [secret, ...recoveryCodes, ...recoveryCodes.map((code) => code.replace('-', ''))])
    for (const form of [one, Buffer.from(one).toString('hex')]) expect(whole).not.toContain(form)
})
