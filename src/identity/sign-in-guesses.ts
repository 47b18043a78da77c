import type { Sealing } from '../base/sealing.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Database, Tx } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { signInGuessesKeepSeconds, signInTriesFree, signInWaitSeconds, signInWaitSecondsMax } from '../limits/people.ts'
import type { Contact } from './contacts.ts'

/** What guesses are counted for. */
export type GuessSubjects = readonly Buffer[]

/**
 * At the door: the contact that was typed, known or not, and not its person. A wait that one contact's guesses brought upon the other would tell
 * everyone that both are one person's; a person has two contacts at most, so what may be guessed at them is bounded all the same.
 */
export function guessSubjects(sealing: Sealing, { kind, address }: Contact): GuessSubjects {
  return [sealing.blindIndex('sign-in guesses', `contact ${kind} ${address}`)]
}

/** Of somebody who is signed in: a stranger who guesses at the door locks nobody out inside. */
export function insideSubjects(sealing: Sealing, personId: string): GuessSubjects {
  return [sealing.blindIndex('sign-in guesses', `inside ${personId}`)]
}

/**
 * Counts one guess before it is looked at. Answers the seconds to wait where there were too many: then nothing is counted and nothing
 * must be looked at. Guesses that come together are counted one after the other.
 */
export async function countSignInGuess(
  tx: Tx,
  guess: { subjects: GuessSubjects; at: Date },
): Promise<number | undefined> {
  const { subjects, at } = guess
  // Long past for everyone: a guess whose moment was read before it came to hold the rows must find no wait where there is none.
  const forgotten = new Date(at.getTime() - signInGuessesKeepSeconds * 1000)
  // In one order whoever asks, so that two of them never wait for each other.
  const held = await tx<{ subject: Buffer; waits_until: Date }[]>`
    insert into sign_in_guesses (subject, tries, tried_at, waits_until)
    select u.subject, 0, ${at}, ${forgotten} from unnest(${tx.array([...subjects], arrayOid.bytea)}::bytea[]) u(subject) order by u.subject
    on conflict (subject) do update set
      tries = case when sign_in_guesses.tried_at < ${forgotten} then 0 else sign_in_guesses.tries end
    returning subject, waits_until`
  const wait = Math.max(...held.map((row) => row.waits_until.getTime() - at.getTime()))
  if (wait > 0) return Math.ceil(wait / 1000)
  await tx`
    update sign_in_guesses set tries = tries + 1, tried_at = ${at},
      waits_until = case when tries + 1 < ${signInTriesFree} then ${forgotten}::timestamptz
        else ${at}::timestamptz + make_interval(secs =>
          least(${signInWaitSecondsMax}, ${signInWaitSeconds} * 2 ^ least(tries + 1 - ${signInTriesFree}, 20))) end
    where subject = any(${tx.array([...subjects], arrayOid.bytea)}::bytea[])`
  return undefined
}

/** Whoever signed in, or made a new password, begins anew. */
export async function clearSignInGuesses(tx: Tx, subjects: GuessSubjects): Promise<void> {
  await tx`delete from sign_in_guesses where subject = any(${tx.array([...subjects], arrayOid.bytea)}::bytea[])`
}

/** Forgets guesses of more than a day ago. Returns how many. */
export async function dropOldGuesses(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from sign_in_guesses where subject in (
        select subject from sign_in_guesses
        where tried_at < database_now() - make_interval(secs => ${signInGuessesKeepSeconds}) limit ${rowsMax})
        and tried_at < database_now() - make_interval(secs => ${signInGuessesKeepSeconds})`
    return gone.count
  })
}
