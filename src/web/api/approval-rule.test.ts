import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { confirmAct, lastMessage, registerMember, registerPerson } from '../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'
import { parsePublicId } from '../../base/ids.ts'
import type { Role } from '../../identity/roles.ts'
import { coolingSeconds, ruleChangeDays } from '../../limits/people.ts'

// One sum for batches and orders. More strictness holds at once; less takes another owner, or, where there is none, a day.

let web: TestWeb
let owner: Member
let accountId: string
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())
beforeEach(async () => {
  const person = await registerPerson(web)
  owner = { ...person, account: person.accountId }
  accountId = parsePublicId('account', person.accountId) ?? ''
})

type Member = Awaited<ReturnType<typeof registerPerson>> & { account: string }

async function join(role: Role): Promise<Member> {
  const person = await registerMember(web, accountId, role)
  return { ...person, account: owner.account }
}

const answerJson = z
  .object({
    code: z.string().optional(),
    aboveRupiah: z.string().nullable().optional(),
    change: z.object({ aboveRupiah: z.string().nullable() }).loose().nullable().optional(),
  })
  .loose()

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'
async function call(by: Member | string, method: Method, path = '', body?: object) {
  const url = `/v1/approval-rule${path}`
  const answer =
    typeof by === 'string'
      ? await web.app.inject({
          method,
          url,
          headers: { authorization: `Bearer ${by}` },
          ...(body === undefined ? {} : { payload: body }),
        })
      : await by.browser.call(method, url, body, { 'x-account': by.account })
  return { status: answer.statusCode, ...answerJson.parse(answer.json()) }
}

const confirmed = async (by: Member) => ({
  authorization: await confirmAct(by.browser, 'members', { 'x-account': by.account }),
})
const set = async (by: Member, aboveRupiah: string | null) =>
  call(by, 'PUT', '', { aboveRupiah, ...(await confirmed(by)) })
const confirm = async (by: Member, aboveRupiah: string | null) =>
  call(by, 'POST', '/confirm', { aboveRupiah, ...(await confirmed(by)) })

test('beginning the rule and lowering its sum hold at once, by PIN, and the owners are told', async () => {
  expect(await call(owner, 'PUT', '', { aboveRupiah: '100000' })).toMatchObject({ code: 'authorization_missing' })
  expect(await set(owner, '100000')).toMatchObject({ status: 200, aboveRupiah: '100000', change: null })
  expect(await set(owner, '50000')).toMatchObject({ aboveRupiah: '50000', change: null })
  expect(await lastMessage(web, owner.email)).toMatchObject({
    template: 'approval_rule_changed',
    values: { act: 'set', account: owner.account },
  })
})

test.each([['a higher sum', '200000'] as const, ['none', null] as const])(
  '%s waits for another owner than who asked, and a buyer is none',
  async (_, aboveRupiah) => {
    const [second, buyer] = [await join('owner'), await join('buyer')]
    await set(owner, '100000')

    const asked = await set(owner, aboveRupiah)

    expect(asked).toMatchObject({ aboveRupiah: '100000', change: { aboveRupiah, lapsesAt: expect.any(String) } })
    expect(await lastMessage(web, second.email)).toMatchObject({ values: { act: 'asked' } })
    expect(await confirm(owner, aboveRupiah)).toMatchObject({ status: 403, code: 'approval_by_maker' })
    expect(await call(buyer, 'POST', '/confirm', { aboveRupiah: null })).toMatchObject({
      status: 403,
      code: 'not_allowed',
    })
    expect(await call(second, 'POST', '/confirm', { aboveRupiah })).toMatchObject({ code: 'authorization_missing' })
    expect(await call(owner, 'GET')).toMatchObject({ aboveRupiah: '100000' })
    expect(await confirm(second, '150000')).toMatchObject({ status: 404 })
    expect(await confirm(second, aboveRupiah)).toMatchObject({ status: 200, aboveRupiah, change: null })
    expect(await confirm(second, aboveRupiah)).toMatchObject({ status: 404 })
  },
)

test('a key neither raises nor ends the rule, for one owner could hold two; a test key may, where nothing counts', async () => {
  const key = await web.addKey(accountId)
  expect(await call(key, 'PUT', '', { aboveRupiah: '100000' })).toMatchObject({ status: 200 })
  expect(await call(key, 'PUT', '', { aboveRupiah: null })).toMatchObject({ status: 403, code: 'session_needed' })
  await join('owner')
  await set(owner, null)
  expect(await call(key, 'POST', '/confirm', { aboveRupiah: null })).toMatchObject({
    status: 403,
    code: 'session_needed',
  })
  const { testKey } = await web.openAccount(0)
  for (const aboveRupiah of ['10000', '20000', null])
    expect(await call(testKey, 'PUT', '', { aboveRupiah })).toMatchObject({ aboveRupiah, change: null })
})

test('any owner drops the change; so does setting the rule anew', async () => {
  const second = await join('owner')
  await set(owner, '100000')
  await set(owner, null)
  expect(await call(second, 'DELETE', '/change')).toMatchObject({ aboveRupiah: '100000', change: null })
  await set(owner, '300000')
  expect(await set(second, '90000')).toMatchObject({ aboveRupiah: '90000', change: null })
  expect(await confirm(second, '300000')).toMatchObject({ status: 404 })
})

test('who could approve is counted, so that an owner alone is told before the rule locks them', async () => {
  expect(await set(owner, '0')).toMatchObject({ approvers: { orders: 1, batches: 1 } })
  await join('buyer')
  await join('reader')
  await web.addKey(accountId)
  expect(await call(owner, 'GET')).toMatchObject({ approvers: { orders: 3, batches: 2 } })
})

// at the end: the clock does not come back
test('an owner alone ends the rule after a day; what another does not confirm in its days is over', async () => {
  await set(owner, '100000')
  expect(await set(owner, null)).toMatchObject({
    aboveRupiah: '100000',
    change: { aboveRupiah: null, effectiveAt: expect.any(String) },
  })
  expect(await lastMessage(web, owner.email)).toMatchObject({ values: { act: 'cooling' } })
  await web.db.advance(coolingSeconds - 60)
  expect(await call(owner, 'GET')).toMatchObject({ aboveRupiah: '100000' })
  await web.db.advance(61)
  expect(await call(owner, 'GET')).toMatchObject({ aboveRupiah: null, change: null })

  await set(owner, '100000')
  await set(owner, '200000')
  await web.db.advance(coolingSeconds)
  const second = await join('owner')
  // what held by itself is what the next change begins with
  expect(await set(owner, '300000')).toMatchObject({ aboveRupiah: '200000', change: { aboveRupiah: '300000' } })
  await web.db.advance(ruleChangeDays * 24 * 60 * 60)
  expect(await confirm(second, '300000')).toMatchObject({ status: 404 })
  expect(await call(owner, 'GET')).toMatchObject({ aboveRupiah: '200000', change: null })
})
