import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmAct, lastMessage, registerPerson, type TestBrowser } from '../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../tests/support/web.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

type Invited = { id: string; account: string; contact: string; role: string }

/** An owner, and somebody who accepted their invitation. */
async function withMember(role: string, limits: object = {}) {
  const [owner, member] = [await registerPerson(web), await registerPerson(web)]
  const authorization = await confirmAct(owner.browser, 'members')
  const invitation = { contact: member.email, role, ...limits, authorization }
  const invited = await owner.browser.call('POST', '/v1/members', invitation)
  const { id } = invited.json<Invited>()
  const accepted = await member.browser.call('POST', `/v1/invitations/${id}/accept`)
  expect(accepted.json()).toMatchObject({ account: owner.accountId, role })
  /** The member's calls for the owner's account. */
  const acting: TestBrowser['call'] = (method, url, body) =>
    member.browser.call(method, url, body, { 'x-account': owner.accountId })
  return { owner, member, acting, limits }
}

test('whoever has the invited contact proven sees the invitation, and becomes a member by accepting it', async () => {
  const [owner, guest, stranger] = [await registerPerson(web), await registerPerson(web), await registerPerson(web)]
  const authorization = await confirmAct(owner.browser, 'members')
  const body = { contact: guest.email, role: 'stamper', stampsPerMonth: 20, orderLimitRupiah: '100000', authorization }
  const invited = (await owner.browser.call('POST', '/v1/members', body)).json<Invited>()

  expect(await lastMessage(web, guest.email)).toMatchObject({
    template: 'invitation',
    values: { account: owner.accountId },
  })
  const { items } = (await guest.browser.call('GET', '/v1/invitations')).json<{ items: Invited[] }>()
  expect(items).toMatchObject([{ id: invited.id, account: owner.accountId, role: 'stamper', stampsPerMonth: 20 }])
  expect((await stranger.browser.call('GET', '/v1/invitations')).json()).toEqual({ items: [] })
  const stolen = await stranger.browser.call('POST', `/v1/invitations/${invited.id}/accept`)
  expect(stolen.json()).toMatchObject({ code: 'not_found' })

  expect((await guest.browser.call('POST', `/v1/invitations/${invited.id}/accept`)).statusCode).toBe(200)
  expect((await guest.browser.call('POST', `/v1/invitations/${invited.id}/accept`)).json()).toMatchObject({
    code: 'not_found',
  })
  const listed = (await owner.browser.call('GET', '/v1/members')).json()
  expect(listed).toMatchObject({
    items: [
      { id: owner.personId, role: 'owner', self: true, stampsPerMonth: null },
      { id: guest.personId, role: 'stamper', self: false, stampsPerMonth: 20, orderLimitRupiah: '100000' },
    ],
    invitations: [],
  })
})

test('inviting an address nobody has looks like inviting any other', async () => {
  const owner = await registerPerson(web)
  const known = await registerPerson(web)
  const answers = await Promise.all(
    [known.email, 'nobody@contoh.example'].map((contact) =>
      owner.browser.call('POST', '/v1/members', { contact, role: 'reader' }),
    ),
  )
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201])
  expect(new Set(answers.map((answer) => Object.keys(answer.json<object>()).join())).size).toBe(1)
})

test('an invitation is taken back, and runs out', async () => {
  const [owner, guest] = [await registerPerson(web), await registerPerson(web)]
  const invite = async () =>
    (await owner.browser.call('POST', '/v1/members', { contact: guest.email, role: 'reader' })).json<Invited>()
  const first = await invite()
  expect((await owner.browser.call('DELETE', `/v1/members/invitations/${first.id}`)).statusCode).toBe(204)
  const second = await invite()
  await web.db.advance(15 * 24 * 60 * 60)
  for (const { id } of [first, second])
    expect((await guest.browser.call('POST', `/v1/invitations/${id}/accept`)).json()).toMatchObject({
      code: 'not_found',
    })
})

test.each(['buyer', 'stamper', 'reader'])('a %s manages nobody, and sees no identity', async (role) => {
  const { owner, acting, member } = await withMember(role)
  const attempts = [
    await acting('GET', '/v1/members'),
    await acting('POST', '/v1/members', { contact: 'siapa@contoh.example', role: 'owner' }),
    await acting('PATCH', `/v1/members/${member.personId}`, { role: 'owner' }),
    await acting('DELETE', `/v1/members/${owner.personId}`),
    await acting('GET', '/v1/account/export'),
    await acting('GET', '/v1/account/identity-photo'),
    await acting('PATCH', '/v1/account', { identity: { name: 'Contoh B' } }),
    await acting('POST', '/v1/account/close', { password: 'kucing abu makan ikan' }),
    await acting('POST', '/v1/webhooks', { url: 'http://localhost/x', events: ['affixing.affixed'] }),
  ]
  expect(attempts.map((answer) => answer.json<{ code: string }>().code)).toEqual(Array(9).fill('not_allowed'))
  const seen = (await acting('GET', '/v1/account')).json<object>()
  expect(seen).toMatchObject({ id: owner.accountId, role })
  expect(seen).not.toHaveProperty('identity')
})

test('another role and other limits count from the next call on; what is left out stays', async () => {
  const { owner, acting, member } = await withMember('reader', { stampsPerMonth: 5 })
  const authorization = await confirmAct(owner.browser, 'members')
  await owner.browser.call('PATCH', `/v1/members/${member.personId}`, { role: 'owner', authorization })
  expect((await acting('GET', '/v1/members')).json()).toMatchObject({
    items: [{}, { role: 'owner', stampsPerMonth: 5 }],
  })
  const lowered = { role: 'stamper', stampsPerMonth: null, orderLimitRupiah: '0' }
  const again = await confirmAct(member.browser, 'members', { 'x-account': owner.accountId })
  await acting('PATCH', `/v1/members/${member.personId}`, { ...lowered, authorization: again })
  expect((await owner.browser.call('GET', '/v1/members')).json()).toMatchObject({
    items: [{}, { role: 'stamper', stampsPerMonth: null, orderLimitRupiah: '0' }],
  })
})

test('a removed member is out at once, and may leave by themselves', async () => {
  const { owner, acting, member } = await withMember('stamper')
  expect((await owner.browser.call('DELETE', `/v1/members/${member.personId}`)).statusCode).toBe(204)
  expect((await acting('GET', '/v1/account')).json()).toMatchObject({ code: 'not_found' })
  // their own account is theirs still
  expect((await member.browser.call('GET', '/v1/account')).json()).toMatchObject({ id: member.accountId })

  const leaving = await withMember('reader')
  expect((await leaving.acting('DELETE', `/v1/members/${leaving.member.personId}`)).statusCode).toBe(204)
  expect((await leaving.acting('GET', '/v1/account')).json()).toMatchObject({ code: 'not_found' })
})

test('an account is never left without an owner, however owners go at once', async () => {
  const { owner, member } = await withMember('owner')
  const account = { 'x-account': owner.accountId }
  const both = [owner, member].map(async ({ browser, personId }) => ({
    leave: `/v1/members/${personId}`,
    headers: { ...account, 'x-pin-authorization': await confirmAct(browser, 'members', account) },
    browser,
  }))
  const leaving = await Promise.all(both)
  const gone = await Promise.all(
    leaving.map(({ browser, leave, headers }) => browser.call('DELETE', leave, undefined, headers)),
  )
  expect(gone.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([204, 409])

  const alone = await registerPerson(web)
  // one confirmation: what is refused spends none
  const authorization = await confirmAct(alone.browser, 'members')
  const headers = { 'x-pin-authorization': authorization }
  for (const answer of [
    await alone.browser.call('DELETE', `/v1/members/${alone.personId}`, undefined, headers),
    await alone.browser.call('PATCH', `/v1/members/${alone.personId}`, { role: 'reader', authorization }),
  ])
    expect(answer.json()).toMatchObject({ code: 'last_owner' })
})

test('a session alone makes nobody an owner, a buyer or a stamper, gives nobody more, and removes no owner', async () => {
  const { owner, member } = await withMember('stamper', { stampsPerMonth: 5 })
  const { browser } = owner
  const place = `/v1/members/${member.personId}`
  const attempts = [
    ...['owner', 'buyer', 'stamper'].map(
      (role) => ['POST', '/v1/members', { contact: 'a@contoh.example', role }] as const,
    ),
    ...['owner', 'buyer'].map((role) => ['PATCH', place, { role }] as const),
    ['PATCH', place, { stampsPerMonth: null }] as const,
    ['PATCH', place, { stampsPerMonth: 6 }] as const,
    ['PATCH', `/v1/members/${owner.personId}`, { role: 'reader' }] as const,
    ['DELETE', `/v1/members/${owner.personId}`, undefined] as const,
  ]
  for (const [method, url, body] of attempts)
    expect((await browser.call(method, url, body)).json(), `${method} ${url}`).toMatchObject({
      code: 'authorization_missing',
    })
  const unfit = await confirmAct(browser, 'key')
  const refused = await browser.call('PATCH', place, { role: 'owner', authorization: unfit })
  expect(refused.json()).toMatchObject({ code: 'authorization_unusable' })
  // less is given without one
  expect((await browser.call('PATCH', place, { stampsPerMonth: 4, role: 'reader' })).statusCode).toBe(204)
})

test('every owner is told of who is invited and who joins', async () => {
  const { owner, member, acting } = await withMember('owner')
  const told = { template: 'members_changed', values: { act: 'joined', role: 'owner' } }
  expect(await lastMessage(web, owner.email)).toMatchObject(told)
  await acting('POST', '/v1/members', { contact: 'tamu@contoh.example', role: 'reader' })
  for (const { email } of [owner, member])
    expect(await lastMessage(web, email)).toMatchObject({ template: 'members_changed', values: { act: 'invited' } })
})

test('one contact is invited five times a day and no more, whoever invites', async () => {
  const owners = [await registerPerson(web), await registerPerson(web)]
  const body = { contact: '+6281234567890', route: 'whatsapp', role: 'reader' }
  const codes: number[] = []
  for (let round = 0; round < 3; round++)
    for (const { browser } of owners) codes.push((await browser.call('POST', '/v1/members', body)).statusCode)
  expect(codes).toEqual([201, 201, 201, 201, 201, 429])
  await web.db.advance(24 * 60 * 60 + 1)
  expect((await owners[0]?.browser.call('POST', '/v1/members', body))?.statusCode).toBe(201)
})

test('members of another account are not there, and no key manages members', async () => {
  const [mine, other] = [await registerPerson(web), await registerPerson(web)]
  for (const answer of [
    await mine.browser.call('PATCH', `/v1/members/${other.personId}`, { stampsPerMonth: 1 }),
    await mine.browser.call('DELETE', `/v1/members/${other.personId}`),
  ])
    expect(answer.json()).toMatchObject({ code: 'not_found' })
  const { liveKey } = await web.openAccount(0)
  const headers = { authorization: `Bearer ${liveKey}` }
  expect((await web.app.inject({ url: '/v1/members', headers })).json()).toMatchObject({ code: 'session_needed' })
})

test('a person with several accounts picks one, for a call or for the session', async () => {
  const { owner, member } = await withMember('reader')
  const chosen = await member.browser.call('PATCH', '/v1/sessions/current', { account: owner.accountId })
  expect(chosen.statusCode).toBe(204)
  expect((await member.browser.call('GET', '/v1/account')).json()).toMatchObject({
    id: owner.accountId,
    role: 'reader',
  })
  const own = await member.browser.call('GET', '/v1/account', undefined, { 'x-account': member.accountId })
  expect(own.json()).toMatchObject({ id: member.accountId, role: 'owner' })
})

test('a session never acts for another account in the place of one its person was removed from', async () => {
  const { owner, member } = await withMember('reader')
  await member.browser.call('PATCH', '/v1/sessions/current', { account: owner.accountId })
  await owner.browser.call('DELETE', `/v1/members/${member.personId}`)
  expect((await member.browser.call('GET', '/v1/account')).json()).toMatchObject({ code: 'account_needed' })
  expect((await member.browser.call('GET', '/v1/sessions/current')).json()).toMatchObject({ account: null })
  await member.browser.call('PATCH', '/v1/sessions/current', { account: member.accountId })
  expect((await member.browser.call('GET', '/v1/account')).json()).toMatchObject({ id: member.accountId })
})
