import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { permissions, roles, roleAllows, type Permission } from '../src/identity/roles.ts'
import { makeApiKey, storeApiKey } from '../src/identity/api-keys.ts'
import { printedRoutes } from './support/registered-routes.ts'
import { countingSealing, fakeProofs, signedInPeople } from './support/signed-in.ts'
import { testWeb, type TestWeb } from './support/web.ts'

/*
 * Every route under /v1, as the service has registered it: what it needs of its caller, or that it is open to anyone. A route that
 * is not in this table fails the first test, so a new one cannot be without.
 */

/** `person`: a caller who signed in, no key; `session`: the cookie itself, nothing else is looked at. */
const needs: Record<string, Permission | 'person' | 'session' | 'anyone'> = {
  'POST /v1/affixings': 'affix',
  'GET /v1/affixings': 'read',
  'GET /v1/affixings/:id': 'read',
  'DELETE /v1/affixings/:id': 'affix',
  'PUT /v1/affixings/:id/signature': 'affix',
  'GET /v1/affixings/:id/document': 'read',
  'DELETE /v1/affixings/:id/document': 'affix',
  'POST /v1/stampings': 'affix',
  'PUT /v1/stampings/:key': 'affix',
  'GET /v1/quota': 'read',
  'GET /v1/document-types': 'anyone',
  'POST /v1/checks': 'anyone',
  'GET /v1/artworks/:sha256': 'anyone',
  'GET /v1/trust-bundle': 'anyone',
  'GET /v1/openapi.json': 'anyone',
  'POST /v1/affixings/lookup': 'read',
  'POST /v1/batches': 'affix',
  'GET /v1/batches': 'read',
  'GET /v1/batches/:id': 'read',
  'DELETE /v1/batches/:id': 'affix',
  'POST /v1/batches/:id/items': 'affix',
  'GET /v1/batches/:id/items': 'read',
  'POST /v1/batches/:id/open': 'affix',
  'POST /v1/batches/:id/approve': 'affix',
  'GET /v1/approval-rule': 'read',
  'PUT /v1/approval-rule': 'manage',
  'POST /v1/approval-rule/confirm': 'manage',
  'DELETE /v1/approval-rule/change': 'manage',
  'POST /v1/webhooks': 'manage',
  'GET /v1/webhooks': 'manage',
  'GET /v1/webhooks/:id': 'manage',
  'PATCH /v1/webhooks/:id': 'manage',
  'DELETE /v1/webhooks/:id': 'manage',
  'POST /v1/webhooks/:id/rotate': 'manage',
  'GET /v1/webhooks/:id/deliveries': 'manage',
  'POST /v1/webhooks/:id/deliveries/:delivery/resend': 'manage',
  'POST /v1/webhooks/listeners': 'manage',
  'POST /v1/webhooks/listeners/:id/next': 'manage',
  'DELETE /v1/webhooks/listeners/:id': 'manage',
  'POST /v1/webhooks/trigger': 'manage',
  'POST /v1/orders': 'buy',
  'GET /v1/orders': 'read',
  'GET /v1/orders/:id': 'read',
  'DELETE /v1/orders/:id': 'buy',
  'POST /v1/orders/:id/approve': 'buy',
  'POST /v1/orders/:id/replace': 'buy',
  'POST /v1/orders/:id/look': 'read',
  'GET /v1/orders/:id/qr.svg': 'read',
  'GET /v1/orders/:id/receipt': 'read',
  'GET /v1/orders/:id/receipt.pdf': 'read',
  'POST /v1/payments/:gateway/notifications': 'anyone',
  'GET /v1/payment-methods': 'read',
  'GET /v1/credit': 'read',
  'POST /v1/credit-draws': 'buy',
  'GET /v1/quota-transfers': 'read',
  'GET /v1/quota-transfers/:id': 'read',
  'POST /v1/quota-transfers': 'manage',
  'GET /v1/statements/:month': 'read',
  'GET /v1/statements/:month/csv': 'read',
  'GET /v1/statements/:month/return': 'read',
  'GET /v1/statements/:month/return/classes': 'read',
  'DELETE /v1/refunds/:id': 'manage',
  'PUT /v1/refunds/:id/destination': 'manage',
  'POST /v1/refunds': 'manage',
  'GET /v1/refunds': 'read',
  'GET /v1/refunds/:id': 'read',
  'POST /v1/keys': 'manage',
  'GET /v1/keys': 'manage',
  'PATCH /v1/keys/:id': 'manage',
  'DELETE /v1/keys/:id': 'manage',
  'GET /v1/inbox': 'anyone',
  'GET /v1/pin': 'person',
  'PUT /v1/pin': 'person',
  'POST /v1/pin/codes': 'person',
  'POST /v1/pin/passkey-challenges': 'person',
  'POST /v1/pin/resets': 'person',
  'POST /v1/pin-confirmations': 'person',
  'GET /v1/account': 'read',
  'PATCH /v1/account': 'person',
  'PUT /v1/account/papers/:paper': 'manage',
  'GET /v1/account/papers/:paper': 'manage',
  'PUT /v1/account/identity-photo': 'manage',
  'GET /v1/account/identity-photo': 'manage',
  'GET /v1/account/access-log': 'manage',
  'GET /v1/account/export': 'manage',
  'POST /v1/account/close': 'manage',
  'POST /v1/accounts': 'session',
  'GET /v1/members': 'manage',
  'POST /v1/members': 'manage',
  'PATCH /v1/members/:id': 'manage',
  'DELETE /v1/members/:id': 'person',
  'DELETE /v1/members/invitations/:id': 'manage',
  'GET /v1/invitations': 'session',
  'POST /v1/invitations/:id/accept': 'session',
  'GET /v1/sessions': 'session',
  'POST /v1/sessions': 'anyone',
  'POST /v1/sessions/passkey-challenges': 'anyone',
  'DELETE /v1/sessions': 'session',
  'POST /v1/sessions/codes': 'anyone',
  'GET /v1/sessions/current': 'session',
  'PATCH /v1/sessions/current': 'session',
  'DELETE /v1/sessions/current': 'session',
  'DELETE /v1/sessions/:id': 'session',
  'PUT /v1/password': 'session',
  'POST /v1/password-resets': 'anyone',
  'POST /v1/password-resets/codes': 'anyone',
  'POST /v1/contacts/codes': 'session',
  'PUT /v1/contacts': 'session',
  'GET /v1/notice-settings': 'session',
  'PATCH /v1/notice-settings': 'session',
  'POST /v1/registrations': 'anyone',
  'GET /v1/registrations/:id': 'anyone',
  'PATCH /v1/registrations/:id': 'anyone',
  'PUT /v1/registrations/:id/papers/:paper': 'anyone',
  'GET /v1/registrations/:id/papers/:paper': 'anyone',
  'PUT /v1/registrations/:id/identity-photo': 'anyone',
  'GET /v1/registrations/:id/identity-photo': 'anyone',
  'POST /v1/registrations/:id/codes': 'anyone',
  'POST /v1/registrations/:id/proofs': 'anyone',
  'POST /v1/registrations/:id/complete': 'anyone',
  'GET /v1/authenticators': 'person',
  'POST /v1/authenticators/totp': 'person',
  'POST /v1/authenticators/totp/confirm': 'person',
  'POST /v1/authenticators/totp/remove': 'person',
  'POST /v1/authenticators/recovery-codes': 'person',
  'POST /v1/authenticators/passkeys': 'person',
  'POST /v1/authenticators/passkeys/challenge': 'person',
  'POST /v1/authenticators/passkeys/:id/remove': 'person',
}
const guarded = Object.entries(needs).filter(([, need]) => need !== 'anyone')
const permitted = guarded.flatMap(([route, need]) => {
  const permission = permissions.find((one) => one === need)
  return permission === undefined ? [] : [[route, permission] as const]
})

/** A body that passes each schema, so that the refusal is the caller's. */
const placement = { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' }
const digest = 'ab'.repeat(32)
const facts = { documentType: 'surat-pernyataan' }
const pin = '402817'
const destination = { bank: 'Bank Contoh', accountNumber: '1234567890', accountName: 'PT Contoh' }
const bodies: Record<string, object> = {
  'POST /v1/affixings': { facts, placement, sourceSha256: digest, sourceLength: 1000, pageCount: 1 },
  'PUT /v1/affixings/:id/signature': { digest },
  'POST /v1/affixings/lookup': { sourceSha256: [digest] },
  'PATCH /v1/notice-settings': {},
  'POST /v1/orders': { quantity: 1, method: 'qris' },
  'POST /v1/orders/:id/approve': {},
  'POST /v1/orders/:id/replace': { method: 'qris' },
  'POST /v1/credit-draws': { quantity: 1 },
  'POST /v1/quota-transfers': { to: 'acc_x', quantity: 1 },
  'POST /v1/refunds': { quantity: 1, destination },
  'PUT /v1/refunds/:id/destination': destination,
  'POST /v1/batches': { name: 'x', items: [] },
  'POST /v1/batches/:id/items': {
    items: [{ clientReference: '1', sourceSha256: digest, sourceLength: 1000, pageCount: 1, facts, placement }],
  },
  'PUT /v1/approval-rule': { aboveRupiah: null },
  'POST /v1/approval-rule/confirm': { aboveRupiah: null },
  'POST /v1/webhooks': { url: 'https://example.org/', events: ['affixing.affixed'] },
  'PATCH /v1/webhooks/:id': {},
  'POST /v1/webhooks/listeners': { events: ['affixing.affixed'] },
  'POST /v1/webhooks/listeners/:id/next': {},
  'POST /v1/webhooks/trigger': { event: 'affixing.affixed' },
  'POST /v1/keys': { name: 'x', kind: 'test', scopes: ['manage'] },
  'PATCH /v1/keys/:id': {},
  'PUT /v1/pin': { pin },
  'POST /v1/pin/codes': { purpose: 'affixing', route: 'sms' },
  'POST /v1/authenticators/totp': { password: 'x' },
  'POST /v1/authenticators/passkeys/challenge': { password: 'x' },
  'POST /v1/authenticators/passkeys/:id/remove': { password: 'x' },
  'PATCH /v1/account': {},
  'POST /v1/account/close': { password: 'kata sandi' },
  'POST /v1/accounts': {
    ownerType: 'company',
    identity: { name: 'PT Contoh' },
    consent: { terms: '2026-11', privacy: '2026-11' },
  },
  'POST /v1/members': { contact: 'contoh@contoh.example', role: 'reader' },
  'PATCH /v1/members/:id': {},
  'PATCH /v1/sessions/current': { account: 'acc_x' },
  'PUT /v1/password': { oldPassword: 'kata sandi', password: 'kata sandi' },
  'POST /v1/contacts/codes': { contact: 'contoh@contoh.example' },
  'PUT /v1/contacts': { codeId: `otp_${'0'.repeat(32)}`, code: '731946', password: 'kata sandi' },
  'POST /v1/authenticators/totp/confirm': { code: '123456' },
  'POST /v1/authenticators/totp/remove': { code: '123456' },
  'POST /v1/authenticators/recovery-codes': { code: '123456' },
  'POST /v1/authenticators/passkeys': {
    challengeId: 'x',
    response: { id: 'x', rawId: 'x', type: 'public-key', response: { clientDataJSON: 'x', attestationObject: 'x' } },
  },
  'POST /v1/pin/resets': { codeId: 'x', code: '731946', pin },
  'POST /v1/pin-confirmations': { pin, purpose: 'key' },
}

const people = signedInPeople()
let web: TestWeb
let accountId: string
let liveKey: string
const scoped = new Map<Permission, string>()

beforeAll(async () => {
  web = await testWeb(undefined, (database) => ({
    callers: people.callers(database),
    confirming: { sealing: countingSealing(), proofs: fakeProofs() },
  }))
  ;({ accountId, liveKey } = await web.openAccount(10))
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    for (const without of permissions) {
      const key = makeApiKey('live')
      const scopes = permissions.filter((one) => one !== without)
      await storeApiKey(tx, { key, accountId, kind: 'live', label: `all but ${without}`, scopes, at })
      scoped.set(without, `Bearer ${key}`)
    }
  })
})
afterAll(() => web.close())

async function call(route: string, authorization?: string) {
  const [method = '', pattern = ''] = route.split(' ')
  // where an id of another kind would be told before the caller
  const kind = pattern.startsWith('/v1/sessions') ? 'ses' : pattern.startsWith('/v1/members') ? 'per' : 'afx'
  const url = pattern.replace(':paper', 'nib').replaceAll(/:\w+/g, `${kind}_${'0'.repeat(32)}`)
  const isPhoto = /\/(?:identity-photo|papers\/:paper)$/.test(pattern) && method === 'PUT'
  const isUpload = pattern.startsWith('/v1/stampings') || isPhoto
  const body = bodies[route]
  const verb = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find((one) => one === method)
  if (verb === undefined) throw new Error(`a route by ${method}`)
  const answer = await web.app.inject({
    method: verb,
    url,
    headers: {
      'idempotency-key': 'scopes',
      ...(authorization === undefined ? {} : { authorization }),
      ...(isUpload
        ? {
            'content-type': isPhoto
              ? 'image/png'
              : method === 'PUT'
                ? 'application/pdf'
                : 'multipart/form-data; boundary=x',
          }
        : {}),
    },
    ...(body === undefined ? (isUpload ? { payload: Buffer.from('%PDF-') } : {}) : { payload: body }),
  })
  return { status: answer.statusCode, code: answer.body.startsWith('{') ? answer.json().code : undefined, answer }
}

test('this table has every route under /v1, and no other', () => {
  const registered = printedRoutes(web.app).filter((route) => route.includes(' /v1/'))
  expect(registered.toSorted()).toEqual(Object.keys(needs).toSorted())
})

test('the OpenAPI document says of every route how its caller is known, or that it is open', () => {
  const { openapi, paths } = z
    .object({
      openapi: z.literal('3.1.0'),
      paths: z.record(z.string(), z.record(z.string(), z.object({ security: z.array(z.unknown()).optional() }))),
    })
    .parse(web.app.swagger())
  const told = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      route: `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      isOpen: security === undefined,
    })),
  )
  const open = told.filter(({ route, isOpen }) => isOpen && route.includes(' /v1/')).map(({ route }) => route)
  // the document itself, and the door of the gateways, whose signature is their key
  const untold = ['GET /v1/openapi.json', 'POST /v1/payments/:gateway/notifications']
  const expected = Object.keys(needs).filter((route) => needs[route] === 'anyone' && !untold.includes(route))
  expect(openapi).toBe('3.1.0')
  expect(open.toSorted()).toEqual(expected.toSorted())
})

test.each(guarded)('%s refuses strangers', async (route) => {
  for (const authorization of [undefined, 'Bearer x', `Bearer ${makeApiKey('live')}`, 'Session 999'])
    expect(await call(route, authorization)).toMatchObject({ status: 401, code: 'unauthenticated' })
})

test.each(permitted)('%s refuses a key that may do all but %s, naming what is missing', async (route, permission) => {
  const { status, answer } = await call(route, scoped.get(permission))
  expect([status, answer.json()]).toMatchObject([403, { code: 'not_allowed', permission }])
})

test.each(guarded.filter(([, need]) => need === 'person'))('%s is for people, not for keys', async (route) => {
  expect(await call(route, `Bearer ${liveKey}`)).toMatchObject({ status: 403, code: 'session_needed' })
})

test.each(guarded.filter(([, need]) => need === 'session'))('%s is for a session itself', async (route) => {
  for (const authorization of [`Bearer ${liveKey}`, people.signIn(accountId).header])
    expect(await call(route, authorization)).toMatchObject({ status: 401, code: 'unauthenticated' })
})

test.each(permitted)('%s lets whoever may %s come in', async (route, need) => {
  const others = permissions.filter((one) => one !== need)
  for (const other of others) {
    const { code } = await call(route, scoped.get(other))
    expect(['unauthenticated', 'not_allowed']).not.toContain(code)
  }
})

test.each(permitted)('%s is for the roles that may %s, and for no other', async (route, need) => {
  for (const role of roles) {
    const { code } = await call(route, people.signIn(accountId, { role }).header)
    expect(code === 'not_allowed').toBe(!roleAllows(role, need))
  }
})

test('what a person confirms is theirs only as far as their role goes', async () => {
  const codes: unknown[] = []
  for (const role of roles) {
    const { header } = people.signIn(accountId, { role })
    codes.push((await call('POST /v1/pin-confirmations', header)).code)
  }
  expect(codes).toEqual(roles.map((role) => (role === 'owner' ? 'pin_not_set' : 'not_allowed')))
})
