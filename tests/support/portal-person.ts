import type { BrowserContext } from 'playwright-core'
import { parsePublicId } from '../../src/base/ids.ts'
import { goodPassword, goodPin, registerPerson } from './person.ts'
import type { TestWeb } from './web.ts'

/** Somebody who registered, as far as pages know them. */
export type PortalPerson = Awaited<ReturnType<typeof registerPerson>>

/** Somebody with a PIN (`goodPin`) and so many stamps. */
export async function personWith(web: TestWeb, stamps: number): Promise<PortalPerson> {
  const person = await registerPerson(web)
  const set = await person.browser.call('PUT', '/v1/pin', { pin: goodPin, password: goodPassword })
  if (set.statusCode !== 200) throw new Error(`no PIN: ${set.body}`)
  await grantTo(web, person, stamps)
  return person
}

/** The account's UUID. */
export const accountOf = ({ accountId }: PortalPerson): string => parsePublicId('account', accountId) ?? ''

/** More stamps for them. */
export async function grantTo(web: TestWeb, person: PortalPerson, stamps: number): Promise<void> {
  if (stamps > 0) await web.grant(accountOf(person), stamps)
}

/** Signs them in on this browser, at each of these addresses of the service. */
export async function signInOn(
  context: BrowserContext,
  { browser: { cookie } }: PortalPerson,
  urls: readonly string[],
): Promise<void> {
  const at = cookie.indexOf('=')
  const set = { name: cookie.slice(0, at), value: cookie.slice(at + 1), httpOnly: true, sameSite: 'Lax' as const }
  await context.addCookies(urls.map((url) => ({ ...set, url })))
}

/** Stamps they may spend now. */
export async function quotaOf(person: PortalPerson): Promise<number> {
  const answer = await person.browser.call('GET', '/v1/quota')
  return Number(answer.json().available)
}
