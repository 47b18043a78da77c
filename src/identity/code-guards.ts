import type { Sealing } from '../base/sealing.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Tx } from '../database/database.ts'
import { codeGuessesMax, codeLockSeconds, codeReceiverGuessesMax } from '../limits/people.ts'

// Who guesses is stopped by what is guessed at, never by the address the guess comes from: a phone network has one for thousands.

/** What codes are for. */
export const codePurposes = [
  'registration',
  'sign_in',
  'contact_change',
  'pin_reset',
  'affixing',
  'password_reset',
  'invitation',
] as const
export type CodePurpose = (typeof codePurposes)[number]

/**
 * Who asks: a stranger at the door, who must hold nobody up inside; somebody who signed in, for a contact that may be anyone's; or for one
 * that is proven to be theirs. Guesses, pauses and days are counted for each alone.
 */
export const codeSides = {
  door: ['registration', 'sign_in', 'password_reset', 'invitation'],
  contact: ['contact_change'],
  inside: ['pin_reset', 'affixing'],
} as const satisfies Record<string, readonly CodePurpose[]>
export type CodeSide = keyof typeof codeSides

/** The side that a purpose is asked for on. */
export function codeSide(purpose: CodePurpose): CodeSide {
  if (purpose === 'contact_change') return 'contact'
  return purpose === 'pin_reset' || purpose === 'affixing' ? 'inside' : 'door'
}

/** One thing that guesses count for, and how many it takes before it is locked. The name is stored as a blind index. */
export type Guarded = { name: string; most: number }

/** What a guess at a one-time code counts for: its subject, and the address it went to. */
export function codeGuards(of: { purpose: CodePurpose; subject: string; address: string }): Guarded[] {
  const side = codeSide(of.purpose)
  return [
    { name: `${side} subject ${of.subject}`, most: codeGuessesMax },
    { name: `${side} receiver ${of.address}`, most: codeReceiverGuessesMax },
  ]
}

/** Counts held by a transaction until it ends. */
export type Guards = {
  indexes: readonly Buffer[]
  most: readonly number[]
  /** Seconds until guessing goes on; undefined where nothing is locked. */
  lockedSeconds: number | undefined
  /** Guesses that are left before a lock. */
  left: number
}

type GuardRow = { guard: Buffer; guesses: number; locked_until: Date | null }

/** Holds counts, so that guesses that come together come one after the other. */
export async function holdGuards(
  tx: Tx,
  sealing: Sealing,
  wanted: { guarded: readonly Guarded[]; at: Date },
): Promise<Guards> {
  const { guarded, at } = wanted
  const indexes = guarded.map(({ name }) => sealing.blindIndex('code guard', name))
  // in one order whoever asks, so that two of them never wait for each other
  const rows = await tx<GuardRow[]>`
    insert into code_guards (guard, last_at)
    select u.guard, ${at} from unnest(${tx.array(indexes, arrayOid.bytea)}::bytea[]) u(guard) order by u.guard
    on conflict (guard) do update set last_at = excluded.last_at
    returning guard, guesses, locked_until`
  const wait = Math.max(...rows.map((row) => (row.locked_until?.getTime() ?? 0) - at.getTime()))
  const guessesOf = (index: Buffer) => rows.find((row) => row.guard.equals(index))?.guesses ?? 0
  return {
    indexes,
    most: guarded.map(({ most }) => most),
    lockedSeconds: wait > 0 ? Math.ceil(wait / 1000) : undefined,
    left: Math.min(...guarded.map(({ most }, which) => most - guessesOf(indexes[which] ?? Buffer.alloc(0)))),
  }
}

/** Counts one guess at all of them: before it is compared. */
export async function countGuess(tx: Tx, { indexes }: Guards): Promise<void> {
  await tx`update code_guards set guesses = guesses + 1 where guard = any(${tx.array([...indexes], arrayOid.bytea)}::bytea[])`
}

/** Locks what has no guess left, each time for longer. Seconds of the longest lock; undefined where nothing had to be locked. */
export async function lockSpent(tx: Tx, { indexes, most }: Guards, at: Date): Promise<number | undefined> {
  const steps = [...codeLockSeconds]
  const rows = await tx<{ locked_until: Date }[]>`
    update code_guards g set guesses = 0, locks = g.locks + 1,
      locked_until = ${at}::timestamptz + make_interval(secs => (${steps}::int[])[least(g.locks + 1, ${steps.length}::int)])
    from unnest(${tx.array([...indexes], arrayOid.bytea)}::bytea[], ${[...most]}::int[]) u(guard, most)
    where g.guard = u.guard and g.guesses >= u.most
    returning g.locked_until`
  if (rows.length === 0) return undefined
  return Math.ceil(Math.max(...rows.map((row) => row.locked_until.getTime() - at.getTime())) / 1000)
}

/** A right answer clears the counts: who gave it has what was asked for. */
export async function clearGuards(tx: Tx, { indexes }: Guards): Promise<void> {
  await tx`
    update code_guards set guesses = 0, locks = 0, locked_until = null
    where guard = any(${tx.array([...indexes], arrayOid.bytea)}::bytea[])`
}
