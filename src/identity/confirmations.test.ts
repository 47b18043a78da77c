import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { countingSealing, fakeProofs, type FakeProofs } from '../../tests/support/signed-in.ts'
import { authorizationSeconds } from '../limits/people.ts'
import {
  confirmByPin,
  confirmOtherwise,
  dropOldConfirmations,
  oneAffixing,
  spendAuthorization,
  type Confirmation,
  type Confirmed,
  type Confirming,
  type ConfirmParts,
} from './confirmations.ts'
import { changePin, resetPin, setFirstPin } from './pin-changes.ts'

let db: TestDatabase
let proofs: FakeProofs
let parts: ConfirmParts
let who: Confirming
const pin = '402817'
const wrong = '555123'
const digestOf = (name: string) => createHash('sha256').update(name).digest('hex')
const one = oneAffixing(digestOf('one'))

beforeAll(async () => {
  db = await testDatabase()
})
beforeEach(async () => {
  proofs = fakeProofs()
  parts = { database: db.database, sealing: countingSealing(), proofs }
  const personId = randomUUID()
  who = { accountId: randomUUID(), personId, actor: 'person:test' }
  await setFirstPin(parts, { who, pin, password: proofs.password })
  proofs.notices = []
  proofs.compared = 0
})
afterAll(() => db.drop())

async function confirmed(what: Confirmed = one): Promise<string> {
  return authorizationOf(await confirmByPin(parts, { who, what, pin }))
}

function authorizationOf(made: Confirmation | { ok: false; refusal: { code: string } }): string {
  if (!made.ok) throw new Error(made.refusal.code)
  return made.authorization
}

function spend(authorization: string, what: Confirmed = one, by: Partial<Confirming> = {}): Promise<boolean> {
  const { accountId, personId } = { ...who, ...by }
  return db.database.transaction(async (tx) =>
    spendAuthorization(tx, { accountId, personId, authorization, what }, await db.database.now(tx)),
  )
}

const codeOf = (answer: { ok: true } | { ok: false; refusal: { code: string } }) =>
  answer.ok ? 'ok' : answer.refusal.code

async function askedCode(purpose: 'affixing' | 'pin_reset'): Promise<string> {
  const { personId, accountId } = who
  const asked = await proofs.requestCode({ personId, accountId, purpose, route: 'sms', language: 'id' })
  return asked.ok ? asked.codeId : ''
}

async function byCode(change: { what?: Confirmed; password?: string; codeId?: string; code?: string } = {}) {
  const codeId = change.codeId ?? (await askedCode('affixing'))
  const { what = one, password = proofs.password, code = '731946' } = change
  return confirmOtherwise(parts, { who, what, proof: { kind: 'code', password, codeId, code } })
}

function byPasskey() {
  const response = { id: 'x', rawId: 'x', type: 'public-key', clientExtensionResults: {} } as const
  const answer = { clientDataJSON: '', authenticatorData: '', signature: '' }
  const passkey = { challengeId: randomUUID(), response: { ...response, response: answer } }
  return confirmOtherwise(parts, { who, what: one, proof: { kind: 'passkey', passkey } })
}

test('an authorization is spent once, though ten ask at the same moment', async () => {
  const authorization = await confirmed()
  const spent = await Promise.all(Array.from({ length: 10 }, () => spend(authorization)))
  expect(spent.filter(Boolean)).toHaveLength(1)
  expect(await spend(authorization)).toBe(false)
})

test('it is good for nothing else: no other document, number, purpose, account, person or text', async () => {
  const authorization = await confirmed()
  const two = digestOf('two')
  expect([
    await spend(authorization, oneAffixing(two)),
    await spend(authorization, { ...one, count: 2 }),
    await spend(authorization, { ...one, purpose: 'batch' }),
    await spend(authorization, { ...one, sourceSha256s: [...one.sourceSha256s, two] }),
    await spend(authorization, one, { accountId: randomUUID() }),
    await spend(authorization, one, { personId: randomUUID() }),
    await spend(`${authorization.slice(0, -1)}${authorization.endsWith('A') ? 'B' : 'A'}`),
    await spend(''),
  ]).toEqual(Array.from({ length: 8 }, () => false))
  expect(await spend(authorization)).toBe(true)
})

test('a transaction that is rolled back spends nothing', async () => {
  const authorization = await confirmed()
  const { accountId, personId } = who
  const failing = db.database.transaction(async (tx) => {
    const now = await db.database.now(tx)
    expect(await spendAuthorization(tx, { accountId, personId, authorization, what: one }, now)).toBe(true)
    throw new Error('a step later')
  })
  await expect(failing).rejects.toThrow('a step later')
  expect(await spend(authorization)).toBe(true)
})

test('after ten minutes it is nothing, and a day later forgotten', async () => {
  const authorization = await confirmed()
  await db.advance(authorizationSeconds + 1)
  expect(await spend(authorization)).toBe(false)
  await dropOldConfirmations(db.database, new AbortController().signal)
  const count = async () => {
    const rows = await db.database.sql`select 1 from confirmations where account_id = ${who.accountId}`
    return rows.length
  }
  expect(await count()).toBe(1)
  await db.advance(24 * 60 * 60)
  await dropOldConfirmations(db.database, new AbortController().signal)
  expect(await count()).toBe(0)
})

test('affixings confirmed together are spent one by one, a batch as a whole in any order', async () => {
  const digests = ['a', 'b', 'c'].map(digestOf)
  const [first = '', second = ''] = digests
  const several = await confirmed({ purpose: 'affixing', sourceSha256s: digests, count: 3 })
  expect(await spend(several, oneAffixing(second))).toBe(true)
  expect(await spend(several, oneAffixing(second))).toBe(false)
  expect(await spend(several, oneAffixing(first))).toBe(true)

  const batch: Confirmed = { purpose: 'batch', sourceSha256s: digests, count: 3 }
  const whole = await confirmed(batch)
  expect(await spend(whole, oneAffixing(first))).toBe(false)
  expect(await spend(whole, { ...batch, sourceSha256s: digests.toReversed() })).toBe(true)
  expect(await spend(whole, batch)).toBe(false)
})

test('the fifth wrong PIN locks it, which its owner is told once', async () => {
  const codes: string[] = []
  for (let i = 0; i < 7; i++) codes.push(codeOf(await confirmByPin(parts, { who, what: one, pin: wrong })))
  expect(codes).toEqual([...Array.from({ length: 4 }, () => 'pin_wrong'), 'pin_locked', 'pin_locked', 'pin_locked'])
  expect(codeOf(await confirmByPin(parts, { who, what: one, pin }))).toBe('pin_locked')
  expect(proofs.notices).toEqual(['pin_locked'])
})

test('a locked PIN leaves the other way for a single affixing, with a notice', async () => {
  for (let i = 0; i < 5; i++) await confirmByPin(parts, { who, what: one, pin: wrong })
  const authorization = authorizationOf(await byCode())
  expect(proofs.notices).toEqual(['pin_locked', 'affixing_confirmed'])
  expect(await spend(authorization)).toBe(true)
})

test.each<[string, Confirmed]>([
  ['a batch', { purpose: 'batch', sourceSha256s: [digestOf('one')], count: 1 }],
  ['what moves money', { purpose: 'money', sourceSha256s: [], count: 1 }],
  ['a key', { purpose: 'key', sourceSha256s: [], count: 1 }],
  ['two affixings', { purpose: 'affixing', sourceSha256s: [digestOf('one'), digestOf('two')], count: 2 }],
])('the other way is not for %s, and nothing is compared', async (_, what) => {
  expect(codeOf(await byCode({ what }))).toBe('pin_needed')
  expect(proofs.compared).toBe(0)
})

test('the other way is there three times a day, and again the day after', async () => {
  for (let i = 0; i < 3; i++) expect(codeOf(await byCode())).toBe('ok')
  expect(codeOf(await byCode())).toBe('confirmations_used_up')
  await db.advance(24 * 60 * 60)
  expect(codeOf(await byCode())).toBe('ok')
})

test('many at once by the other way are three at most', async () => {
  const answers = await Promise.all(Array.from({ length: 9 }, () => byCode()))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(3)
})

test('a stolen session guesses ten passwords a day, and then not even the right one is looked at', async () => {
  const guesses = Array.from({ length: 30 }, (_, i) => byCode({ password: `tebakan ${i}` }))
  const codes = (await Promise.all(guesses)).map(codeOf)
  expect(codes.filter((code) => code === 'confirmation_wrong')).toHaveLength(10)
  expect(proofs.compared).toBe(10)
  expect(codeOf(await byCode())).toBe('confirmations_used_up')
  expect(proofs.compared).toBe(10)
})

test('a passkey does as well, within the same three a day', async () => {
  expect(codeOf(await byPasskey())).toBe('passkey_refused')
  proofs.passkeyHeld = true
  expect(await spend(authorizationOf(await byPasskey()))).toBe(true)
  expect([codeOf(await byCode()), codeOf(await byPasskey()), codeOf(await byPasskey())]).toEqual([
    'ok',
    'ok',
    'confirmations_used_up',
  ])
})

test('where a password or contact was replaced lately the PIN confirms affixings and nothing else', async () => {
  proofs.cooling = new Date((await db.database.now()).getTime() + 60_000)
  const key: Confirmed = { purpose: 'key', sourceSha256s: [], count: 1 }
  expect(codeOf(await confirmByPin(parts, { who, what: key, pin }))).toBe('pin_cooling')
  expect(codeOf(await confirmByPin(parts, { who, what: one, pin }))).toBe('ok')
  await db.advance(61)
  expect(codeOf(await confirmByPin(parts, { who, what: key, pin }))).toBe('ok')
})

test('a wrong code confirms nothing, nor does one that was used', async () => {
  expect(codeOf(await byCode({ code: '000000' }))).toBe('code_wrong')
  const codeId = await askedCode('affixing')
  expect(codeOf(await byCode({ codeId }))).toBe('ok')
  expect(codeOf(await byCode({ codeId }))).toBe('code_wrong')
  expect(proofs.notices).toEqual(['affixing_confirmed'])
})

async function reset(newPin: string, code = '731946') {
  return resetPin(parts, { who, pin: newPin, codeId: await askedCode('pin_reset'), code })
}

test('after a reset by code the new PIN confirms nothing for a day, while password and code still confirm an affixing', async () => {
  expect(codeOf(await reset('918273'))).toBe('ok')
  expect(proofs.notices).toEqual(['pin_changed'])
  const purposes: Confirmed[] = [one, { ...one, purpose: 'batch' }, { purpose: 'key', sourceSha256s: [], count: 1 }]
  for (const what of purposes)
    expect(codeOf(await confirmByPin(parts, { who, what, pin: '918273' }))).toBe('pin_cooling')
  expect(codeOf(await byCode())).toBe('ok')
  await db.advance(24 * 60 * 60 + 1)
  expect(codeOf(await confirmByPin(parts, { who, what: one, pin: '918273' }))).toBe('ok')
  expect(codeOf(await confirmByPin(parts, { who, what: one, pin }))).toBe('pin_wrong')
})

test('a wrong code resets nothing, and an easy PIN does not even use the code up', async () => {
  expect(codeOf(await reset('918273', '000000'))).toBe('code_wrong')
  const compared = proofs.compared
  expect(codeOf(await reset('123456'))).toBe('pin_weak')
  expect(proofs.compared).toBe(compared)
  expect(await spend(await confirmed())).toBe(true)
})

test('another PIN takes the old one, whose tries are counted like any other, and leaves a notice', async () => {
  for (let i = 0; i < 4; i++)
    expect(codeOf(await changePin(parts, { who, pin: '918273', oldPin: wrong }))).toBe('pin_wrong')
  expect(codeOf(await changePin(parts, { who, pin: '918273', oldPin: wrong }))).toBe('pin_locked')
  expect(codeOf(await changePin(parts, { who, pin: '918273', oldPin: pin }))).toBe('pin_locked')
  await db.advance(15 * 60 + 1)
  expect(codeOf(await changePin(parts, { who, pin: '918273', oldPin: pin }))).toBe('ok')
  expect(codeOf(await confirmByPin(parts, { who, what: one, pin: '918273' }))).toBe('ok')
  expect(proofs.notices).toEqual(['pin_locked', 'pin_changed'])
})

test('a birth date is no PIN', async () => {
  proofs.birthDate = '1945-08-17'
  expect(codeOf(await changePin(parts, { who, pin: '170845', oldPin: pin }))).toBe('pin_weak')
})

test('neither PIN nor authorization stands in the database, nor in what the audit tells', async () => {
  const authorization = await confirmed()
  const [row] = await db.owner.sql<{ dump: string }[]>`
    select (select string_agg(p::text, '') from pins p) || (select string_agg(c::text, '') from confirmations c)
      || (select string_agg(a::text, '') from audit a) as dump`
  const forms = [pin, authorization, authorization.slice(3)].flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('hex'),
  ])
  expect(row?.dump).toContain('confirmation.made')
  expect(forms.filter((form) => row?.dump.includes(form))).toEqual([])
})
