import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { codeGuardKeepDays, codeKeepDays } from '../limits/people.ts'

const dayMilliseconds = 24 * 60 * 60 * 1000

/** Deletes codes, counts of guesses and of SMS, and unanswered challenges that no limit looks at any more. Returns how many. */
export async function dropOldCodes(database: Database, stopping: AbortSignal): Promise<number> {
  const { sql } = database
  const now = await database.now()
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMilliseconds)
  const steps = [
    (rowsMax: number) => sql`
      delete from one_time_codes where code_id in (
        select code_id from one_time_codes where created_at < ${daysAgo(codeKeepDays)} order by created_at limit ${rowsMax})`,
    // one that counts nothing stands for a code that was asked for, and holds nothing back
    (rowsMax: number) => sql`
      delete from code_guards where guard in (
        select guard from code_guards
        where last_at < ${daysAgo(codeKeepDays)} and (guesses + locks = 0 or last_at < ${daysAgo(codeGuardKeepDays)})
        order by last_at limit ${rowsMax} for update skip locked)`,
    (rowsMax: number) => sql`
      delete from sms_counts where counted in (
        select counted from sms_counts where day < (${daysAgo(codeKeepDays)}::timestamptz at time zone 'Asia/Jakarta')::date order by day limit ${rowsMax} for update skip locked)`,
    (rowsMax: number) => sql`
      delete from passkey_challenges where challenge_id in (
        select challenge_id from passkey_challenges where expires_at < ${now} order by expires_at limit ${rowsMax})`,
  ]
  let deleted = 0
  for (const step of steps) deleted += await inBatches(stopping, async (rowsMax) => (await step(rowsMax)).count)
  return deleted
}
