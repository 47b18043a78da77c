import { parsePublicId, publicId } from '../../../base/ids.ts'
import type { Database } from '../../../database/database.ts'
import { findKeys } from '../../../identity/account-keys.ts'
import type { Caller } from '../../../identity/api-keys.ts'
import { listMembers } from '../../../identity/memberships.ts'
import { readPeople } from '../../../identity/people.ts'
import type { PeopleWebParts } from '../../api/people.ts'

/** What whoever used quota is called, by actor (`person:per_...`, `key:key_...`). */
export type UserNames = ReadonlyMap<string, string>

/**
 * The account's members and keys among these actors; who is a member no more, and a key that was revoked, has no name here. A key is told
 * nobody's name: it reads the statement, and people are none of it.
 */
export async function userNames(
  { database, people }: { database: Database; people?: PeopleWebParts | undefined },
  caller: Caller,
  actors: readonly string[],
): Promise<UserNames> {
  if (caller.person === undefined || people === undefined) return new Map()
  const { accountId } = caller
  const members = new Set((await listMembers(database.sql, accountId)).map(({ personId }) => personId))
  const used = actors.flatMap((actor) => parsePublicId('person', actor.replace(/^person:/, '')) ?? [])
  const known = await readPeople(
    database.sql,
    people.people.sealing,
    used.filter((personId) => members.has(personId)),
  )
  const keys = await findKeys(database.sql, { accountId })
  return new Map([
    ...[...known.values()].map(({ personId, name }) => [`person:${publicId('person', personId)}`, name] as const),
    ...keys.map(({ id, name }) => [`key:${publicId('key', id)}`, name] as const),
  ])
}
