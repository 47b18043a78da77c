import type { LightMyRequestResponse } from 'fastify'
import { z } from 'zod'
import { parsePublicId } from '../../src/base/ids.ts'
import { openSealing } from '../../src/base/sealing.ts'
import { addMember } from '../../src/identity/memberships.ts'
import type { Role } from '../../src/identity/roles.ts'
import { webhookKey, type TestWeb } from './web.ts'

/** A browser without pages: it keeps its cookie, says where it comes from, and sends the CSRF token it was told. */
export type TestBrowser = {
  cookie: string
  csrf: string
  /** Sends a call as a page of ours does; `headers` come last. */
  call(method: Method, url: string, body?: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>
}
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const told = z.object({ csrfToken: z.string().optional() }).loose()

export const ourOrigin = 'http://localhost:8080'

export function testBrowser(
  web: TestWeb,
  userAgent = 'Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Safari/537',
): TestBrowser {
  const browser: TestBrowser = {
    cookie: '',
    csrf: '',
    async call(method, url, body, headers = {}) {
      const answer = await web.app.inject({
        method,
        url,
        headers: {
          'user-agent': userAgent,
          origin: ourOrigin,
          ...(browser.cookie === '' ? {} : { cookie: browser.cookie }),
          ...(browser.csrf === '' ? {} : { 'x-csrf-token': browser.csrf }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: body instanceof Buffer ? body : Object(body) }),
      })
      const [set] = [answer.headers['set-cookie'] ?? []].flat()
      if (set !== undefined) browser.cookie = set.split(';', 1)[0] ?? ''
      if (answer.headers['content-type']?.toString().includes('json') === true) {
        const { csrfToken } = told.parse(answer.json())
        if (csrfToken !== undefined) browser.csrf = csrfToken
      }
      return answer
    },
  }
  return browser
}

/** The last message to this address, opened: its template, its values, whether it goes out at all. Undefined where none was made. */
export async function lastMessage(
  web: TestWeb,
  address: string,
): Promise<{ template: string; values: Record<string, string | number>; isSent: boolean } | undefined> {
  const sealing = openSealing(webhookKey)
  const rows = await web.db.database.sql<
    { id: string; template: string; receiver: Buffer; body: Buffer; state: string }[]
  >`
    select message_id as id, template, receiver, body, state from messages order by message_id desc limit 50`
  const row = rows.find(
    ({ id, receiver }) => sealing.open({ purpose: 'message.receiver', owner: id }, receiver).toString() === address,
  )
  if (row === undefined) return undefined
  const body = z
    .object({ values: z.record(z.string(), z.union([z.string(), z.number()])) })
    .loose()
    .parse(JSON.parse(sealing.open({ purpose: 'message.body', owner: row.id }, row.body).toString()))
  return { template: row.template, values: body.values, isSent: row.state !== 'withheld' }
}

/** The code in the last code message to this address. */
export async function lastCode(web: TestWeb, address: string): Promise<string> {
  const sealing = openSealing(webhookKey)
  const rows = await web.db.database.sql<{ id: string; receiver: Buffer; body: Buffer }[]>`
    select message_id as id, receiver, body from messages where template = 'code' order by message_id desc limit 50`
  const row = rows.find(
    ({ id, receiver }) => sealing.open({ purpose: 'message.receiver', owner: id }, receiver).toString() === address,
  )
  if (row === undefined) throw new Error('no code was made for this address')
  const { values } = z
    .object({ values: z.object({ code: z.string() }).loose() })
    .loose()
    .parse(JSON.parse(sealing.open({ purpose: 'message.body', owner: row.id }, row.body).toString()))
  return values.code
}

export const goodPassword = 'kucing abu makan ikan'
const begun = z.object({ id: z.string(), token: z.string() })
const sent = z.object({ codeId: z.string() }).loose()
const registered = z
  .object({ account: z.object({ id: z.string(), proofing: z.string() }), person: z.object({ id: z.string() }) })
  .loose()

export const goodPin = '402817'
const authorized = z.object({ authorization: z.string() }).loose()

/** Confirms an act by the PIN of whoever is signed in on this browser, which is set where there was none. */
export async function confirmAct(
  browser: TestBrowser,
  purpose: 'key' | 'members' | 'money',
  headers: Record<string, string> = {},
): Promise<string> {
  await browser.call('PUT', '/v1/pin', { pin: goodPin, password: goodPassword }, headers)
  const confirmed = await browser.call('POST', '/v1/pin-confirmations', { pin: goodPin, purpose }, headers)
  return authorized.parse(confirmed.json()).authorization
}

let people = 0

/** A registration begun: calls to it carry its token. */
export async function beginRegistration(web: TestWeb) {
  const browser = testBrowser(web)
  const { id, token } = begun.parse((await browser.call('POST', '/v1/registrations')).json())
  const headers = { authorization: `Bearer ${token}` }
  const url = `/v1/registrations/${id}`
  return {
    browser,
    id,
    token,
    url,
    patch: (body: unknown) => browser.call('PATCH', url, body, headers),
    get: () => browser.call('GET', url, undefined, headers),
    post: (what: string, body: unknown) => browser.call('POST', `${url}/${what}`, body, headers),
    photo: (bytes: Buffer, type = 'image/jpeg') =>
      browser.call('PUT', `${url}/identity-photo`, bytes, { ...headers, 'content-type': type }),
    async prove(kind: 'email' | 'phone', address: string) {
      const { codeId } = sent.parse((await browser.call('POST', `${url}/codes`, { kind }, headers)).json())
      return browser.call('POST', `${url}/proofs`, { codeId, code: await lastCode(web, address) }, headers)
    },
    complete: () =>
      browser.call('POST', `${url}/complete`, { consent: { terms: '2026-11', privacy: '2026-11' } }, headers),
  }
}

/** Somebody who registered with an e-mail of their own and is signed in on `browser`. `photo`: sent for proofing. */
export async function registerPerson(web: TestWeb, given: { photo?: Buffer; nik?: string; email?: string } = {}) {
  const email = given.email ?? `contoh.${++people}@contoh.example`
  const registration = await beginRegistration(web)
  const identity = { name: 'Contoh Aminah', nik: given.nik ?? '3171015708450001', birthDate: '1945-08-17' }
  await registration.patch({ ownerType: 'personal', identity, email, password: goodPassword })
  await registration.prove('email', email)
  if (given.photo !== undefined) await registration.photo(given.photo)
  const done = await registration.complete()
  const { account, person } = registered.parse(done.json())
  return {
    browser: registration.browser,
    email,
    accountId: account.id,
    personId: person.id,
    proofing: account.proofing,
  }
}

/** Somebody new who acts for the account (a UUID) in this role, without limits of their own. */
export async function registerMember(web: TestWeb, accountId: string, role: Role): ReturnType<typeof registerPerson> {
  const person = await registerPerson(web)
  const personId = parsePublicId('person', person.personId) ?? ''
  await web.db.database.transaction(async (tx) => {
    const at = await web.db.database.now(tx)
    await addMember(tx, { accountId, personId, role, stampsPerMonth: null, orderLimitRupiah: null, at })
  })
  return person
}
