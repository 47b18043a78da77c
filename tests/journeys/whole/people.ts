import { parsePublicId } from '../../../src/base/ids.ts'
import type { ChosenFile } from '../../support/hand.ts'
import { goodPassword, goodPin, registerPerson } from '../../support/person.ts'
import type { TestWeb } from '../../support/web.ts'
import type { JourneyPlace } from './journey-places.ts'

/** Somebody who registered before, with a PIN and so many stamps; a program of theirs calls with `key`. */
export async function somebody(web: TestWeb, stamps: number) {
  const person = await registerPerson(web)
  const set = await person.browser.call('PUT', '/v1/pin', { pin: goodPin, password: goodPassword })
  if (set.statusCode !== 200) throw new Error(`no PIN was set: ${set.body}`)
  const accountId = parsePublicId('account', person.accountId) ?? ''
  if (stamps > 0) await web.grant(accountId, stamps)
  return { ...person, key: await web.addKey(accountId) }
}

type Somebody = Awaited<ReturnType<typeof somebody>>

/** Signs the browser of the journey in as them, and opens their home. */
export async function comeHome({ context, hand, web }: JourneyPlace, { browser: { cookie } }: Somebody): Promise<void> {
  const at = cookie.indexOf('=')
  await context.addCookies([{ name: cookie.slice(0, at), value: cookie.slice(at + 1), url: web.url }])
  await hand.open('/beranda')
}

const placement = { page: 1, left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' }

/** A document stamped by their program and kept by the service. */
export async function stampByKey(web: TestWeb, { key }: Somebody, file: ChosenFile) {
  const form = new FormData()
  form.set('facts', JSON.stringify({ facts: { documentType: 'surat-perjanjian', fileName: file.name }, placement }))
  form.set('file', new Blob([new Uint8Array(file.buffer)]), file.name)
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': file.name }
  const answer = await fetch(`${web.url}/v1/stampings`, { method: 'POST', body: form, headers })
  if (answer.status !== 200) throw new Error(`nothing was stamped: ${await answer.text()}`)
  const stamped = Buffer.from(await answer.arrayBuffer())
  const header = (name: string) => answer.headers.get(name) ?? ''
  return { stamped, id: header('affixing-id'), serial: header('serial-number') }
}

/** A stamp reserved by their program for a document of this name, and left at that: its id. */
export async function reserveByKey(web: TestWeb, { key }: Somebody, fileName: string): Promise<string> {
  const sourceSha256 = Buffer.from(fileName.padEnd(32)).toString('hex').slice(0, 64)
  const facts = { documentType: 'surat-perjanjian', fileName }
  const payload = { facts, placement, sourceSha256, sourceLength: 1000, pageCount: 1 }
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': fileName }
  const answer = await web.app.inject({ method: 'POST', url: '/v1/affixings', headers, payload })
  if (answer.statusCode >= 300) throw new Error(`nothing was reserved: ${answer.body}`)
  return String(answer.json().id)
}
