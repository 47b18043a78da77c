import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerMember, registerPerson } from '../../../../tests/support/person.ts'
import { testWeb, type TestWeb } from '../../../../tests/support/web.ts'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { userNames } from './user-names.ts'

let web: TestWeb
beforeAll(async () => {
  web = await testWeb()
})
afterAll(() => web.close())

test('members are told by name, those who are gone and other accounts` people are not; nor is anybody told to a key', async () => {
  const owner = await registerPerson(web)
  const accountId = parsePublicId('account', owner.accountId) ?? ''
  const [member, gone, stranger] = [
    await registerMember(web, accountId, 'stamper'),
    await registerMember(web, accountId, 'stamper'),
    await registerPerson(web),
  ]
  await owner.browser.call('DELETE', `/v1/members/${gone.personId}`)
  await web.addKey(accountId)
  const personId = parsePublicId('person', owner.personId) ?? ''
  const caller = { accountId, keyKind: 'live', keyId: owner.personId } as const
  const session = { ...caller, person: { personId, sessionId: randomUUID(), role: 'owner' } } as const
  const parts = { database: web.db.database, people: web.people.web }
  const actors = [owner, member, gone, stranger].map((one) => `person:${one.personId}`)

  const names = await userNames(parts, session, [...actors, `key:${publicId('key', randomUUID())}`])

  expect(names.get(actors[0] ?? '')).toBe('Contoh Aminah')
  expect([...names.keys()].filter((actor) => actor.startsWith('person:'))).toEqual(actors.slice(0, 2))
  expect([...names].filter(([actor]) => actor.startsWith('key:')).map(([, name]) => name)).toEqual(['second'])
  expect(await userNames(parts, caller, actors)).toEqual(new Map())
})
