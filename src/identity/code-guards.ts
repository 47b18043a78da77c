import type { Sealing } from '../base/sealing.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Tx } from '../database/database.ts'
import { codeGuessesMax, codeLockSeconds, codeReceiverGuessesMax } from '../limits.ts'

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

/** Purposes that only somebody who signed in can ask for: a stranger who guesses at the door locks nobody out inside. */
const insidePurposes: readonly CodePurpose[] = ['contact_change', 'pin_reset', 'affixing']

/** The two counts of a guess, held by the transaction until it ends. */
export type Guards = {
  subject: Buffer
  receiver: Buffer
  /** Seconds until guessing goes on; undefined where nothing is locked. */
  lockedSeconds: number | undefined
  /** Guesses that are left before a lock. */
  left: number
}

type GuardRow = { guard: Buffer; guesses: number; locks: number; locked_until: Date | null }

/** Holds the counts of a subject and of an address, so that guesses that come together come one after the other. */
export async function holdGuards(
  tx: Tx,
  sealing: Sealing,
  wanted: { purpose: CodePurpose; subject: string; address: string; at: Date },
): Promise<Guards> {
  const { purpose, at } = wanted
  const side = insidePurposes.includes(purpose) ? 'inside' : 'door'
  const subject = sealing.blindIndex('code guard', `${side} subject ${wanted.subject}`)
  const receiver = sealing.blindIndex('code guard', `${side} receiver ${wanted.address}`)
  // in one order whoever asks, so that two of them never wait for each other
  const rows = await tx<GuardRow[]>`
    insert into code_guards (guard, last_at) select u.guard, ${at} from unnest(${tx.array([subject, receiver], arrayOid.bytea)}::bytea[]) u(guard) order by u.guard
    on conflict (guard) do update set last_at = excluded.last_at
    returning guard, guesses, locks, locked_until`
  const waits = rows.map((row) => (row.locked_until === null ? 0 : row.locked_until.getTime() - at.getTime()))
  const wait = Math.max(...waits)
  const leftOf = (guard: Buffer, most: number) => most - (rows.find((row) => row.guard.equals(guard))?.guesses ?? 0)
  return {
    subject,
    receiver,
    lockedSeconds: wait > 0 ? Math.ceil(wait / 1000) : undefined,
    left: Math.min(leftOf(subject, codeGuessesMax), leftOf(receiver, codeReceiverGuessesMax)),
  }
}

/** Counts one guess at both: before it is compared. */
export async function countGuess(tx: Tx, { subject, receiver }: Guards): Promise<void> {
  await tx`update code_guards set guesses = guesses + 1 where guard = any(${tx.array([subject, receiver], arrayOid.bytea)}::bytea[])`
}

/** Locks what has no guess left, each time for longer. Seconds of the longest lock; undefined where nothing had to be locked. */
export async function lockSpent(tx: Tx, { subject, receiver }: Guards, at: Date): Promise<number | undefined> {
  const steps = [...codeLockSeconds]
  const rows = await tx<{ locked_until: Date }[]>`
    update code_guards g set guesses = 0, locks = g.locks + 1,
      locked_until = ${at}::timestamptz + make_interval(secs => (${steps}::int[])[least(g.locks + 1, ${steps.length}::int)])
    from unnest(${tx.array([subject, receiver], arrayOid.bytea)}::bytea[], ${[codeGuessesMax, codeReceiverGuessesMax]}::int[]) u(guard, most)
    where g.guard = u.guard and g.guesses >= u.most
    returning g.locked_until`
  if (rows.length === 0) return undefined
  return Math.ceil(Math.max(...rows.map((row) => row.locked_until.getTime() - at.getTime())) / 1000)
}

/** A right code clears both counts: who gave it has what it was sent to. */
export async function clearGuards(tx: Tx, { subject, receiver }: Guards): Promise<void> {
  await tx`
    update code_guards set guesses = 0, locks = 0, locked_until = null where guard = any(${tx.array([subject, receiver], arrayOid.bytea)}::bytea[])`
}
