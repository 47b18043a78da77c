import type { Queryable } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import type { Caller } from './api-keys.ts'
import { untilValues } from './pins.ts'

/**
 * Why a person may not yet do what moves money, keys, members or whole batches: their PIN, password or a contact was replaced without
 * the old one, so it may be somebody else who signed in. Undefined where nothing was, and for keys, which an owner made before.
 */
export async function coolingRefusal(sql: Queryable, { person }: Caller): Promise<Refusal<'pin_cooling'> | undefined> {
  if (person === undefined) return undefined
  const { personId } = person
  const [row] = await sql<{ until: Date | null; now: Date }[]>`
    select greatest((select cooling_until from people where person_id = ${personId}),
      (select cooling_until from pins where person_id = ${personId})) as until, database_now() as now`
  const until = row?.until ?? null
  if (row === undefined || until === null || until <= row.now) return undefined
  return { code: 'pin_cooling', values: untilValues(until, row.now) }
}
