import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { jakartaTime } from '../base/jakarta.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Database, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { pinCoolingSeconds, pinLockSeconds, pinTriesMax } from '../limits/people.ts'

// A try is counted before it is compared, in a commit of its own: whatever happens to the caller afterwards, and however many come at
// once, no more than five are compared between two locks. The try that fills the count sets the lock; only a right one takes it away.

/** What PINs stand on. */
export type PinParts = { database: Database; sealing: Sealing }

/** Why a PIN is too easy: one digit or a short group repeated, digits in a row up or down, the person's birth date. */
export type PinProblem = 'repeats' | 'run' | 'birth_date'

/** A PIN's form: six digits. */
export const pinPattern = /^\d{6}$/

/** What is wrong with a new PIN of six digits; undefined where it will do. `birthDate`: YYYY-MM-DD. */
export function pinProblem(pin: string, birthDate?: string): PinProblem | undefined {
  if ([1, 2, 3].some((length) => pin === pin.slice(0, length).repeat(6 / length))) return 'repeats'
  const steps = [1, 2, 3, 4, 5].map((i) => (Number(pin[i]) - Number(pin[i - 1]) + 10) % 10)
  if (steps.every((step) => step === 1) || steps.every((step) => step === 9)) return 'run'
  const [year = '', month = '', day = ''] = birthDate?.split('-') ?? []
  const short = year.slice(2)
  const dates = [day + month + short, short + month + day, month + day + short, year + month, month + year, day + year]
  return birthDate !== undefined && dates.includes(pin) ? 'birth_date' : undefined
}

/** HMAC-SHA-256 under the service's secret: the salt parts people with one PIN, the secret makes a dump alone worthless. A few microseconds. */
export function hashPin(sealing: Sealing, pin: { personId: string; salt: Buffer; pin: string }): Buffer {
  return createHmac('sha256', sealing.secretFor('pin')).update(pin.salt).update(`${pin.personId} ${pin.pin}`).digest()
}

type NewPin = { personId: string; pin: string; birthDate?: string | undefined; at: Date }

/** A person's first PIN. */
export async function setPin(
  tx: Tx,
  sealing: Sealing,
  given: NewPin,
): Promise<{ ok: true } | { ok: false; refusal: Refusal<'pin_weak' | 'pin_already_set'> }> {
  const reason = pinProblem(given.pin, given.birthDate)
  if (reason !== undefined) return { ok: false, refusal: { code: 'pin_weak', values: { reason } } }
  const salt = randomBytes(16)
  const rows = await tx`
    insert into pins (person_id, salt, hash, set_at)
    values (${given.personId}, ${salt}, ${hashPin(sealing, { ...given, salt })}, ${given.at})
    on conflict (person_id) do nothing returning 1`
  return rows.length === 1 ? { ok: true } : { ok: false, refusal: { code: 'pin_already_set' } }
}

/**
 * Another PIN in the place of the one before, whose locks are gone with it; the caller has proven the person. `byCode`: the one
 * before was not shown, so the new one confirms nothing for a day. A day that runs already goes on.
 */
export async function replacePin(
  tx: Tx,
  sealing: Sealing,
  given: NewPin & { byCode: boolean },
): Promise<{ ok: true } | { ok: false; refusal: Refusal<'pin_weak'> }> {
  const reason = pinProblem(given.pin, given.birthDate)
  if (reason !== undefined) return { ok: false, refusal: { code: 'pin_weak', values: { reason } } }
  const salt = randomBytes(16)
  const coolingUntil = given.byCode ? new Date(given.at.getTime() + pinCoolingSeconds * 1000) : null
  await tx`
    insert into pins (person_id, salt, hash, set_at, cooling_until)
    values (${given.personId}, ${salt}, ${hashPin(sealing, { ...given, salt })}, ${given.at}, ${coolingUntil})
    on conflict (person_id) do update set salt = excluded.salt, hash = excluded.hash, set_at = excluded.set_at, tries = 0, locks = 0,
      locked_until = null, cooling_until = greatest(pins.cooling_until, excluded.cooling_until)`
  return { ok: true }
}

/** Right, with the end of the cooling time where one runs; or not, `lockedNow` where this very try was the last one. */
export type PinChecked =
  | { ok: true; coolingUntil?: Date }
  | { ok: false; refusal: Refusal<'pin_wrong' | 'pin_locked' | 'pin_not_set'>; lockedNow: boolean }

type Counted = { salt: Buffer; hash: Buffer; tries: number; locked_until: Date | null; cooling_until: Date | null }

/** Counts a try, then compares it. A locked PIN is not compared. */
export async function checkPin(parts: PinParts, asked: { personId: string; pin: string }): Promise<PinChecked> {
  const { sql } = parts.database
  const { personId } = asked
  const [counted] = await sql<Counted[]>`
    update pins set
      tries = case when tries + 1 >= ${pinTriesMax} then 0 else tries + 1 end,
      locks = case when tries + 1 >= ${pinTriesMax} then locks + 1 else locks end,
      locked_until = case when tries + 1 >= ${pinTriesMax} then database_now() + make_interval(secs =>
        (${[...pinLockSeconds]}::int[])[least(locks + 1, ${pinLockSeconds.length}::int)]) end
    where person_id = ${personId} and (locked_until is null or locked_until <= database_now())
    returning salt, hash, tries, locked_until, cooling_until`
  if (counted === undefined) return { ok: false, refusal: await refusalUncounted(parts, personId), lockedNow: false }
  if (timingSafeEqual(counted.hash, hashPin(parts.sealing, { ...asked, salt: counted.salt }))) {
    // only for the PIN that was compared: one that was changed meanwhile has a row of its own
    await sql`
      update pins set tries = 0, locks = 0, locked_until = null where person_id = ${personId} and hash = ${counted.hash}`
    return { ok: true, ...coolingOf(counted.cooling_until, await parts.database.now()) }
  }
  if (counted.locked_until !== null)
    return { ok: false, refusal: lockedRefusal(counted.locked_until, await parts.database.now()), lockedNow: true }
  const triesLeft = pinTriesMax - counted.tries
  return { ok: false, refusal: { code: 'pin_wrong', values: { triesLeft } }, lockedNow: false }
}

async function refusalUncounted(
  { database }: PinParts,
  personId: string,
): Promise<Refusal<'pin_locked' | 'pin_not_set'>> {
  const [row] = await database.sql<{ locked_until: Date | null; now: Date }[]>`
    select locked_until, database_now() as now from pins where person_id = ${personId}`
  // a lock that ended just now is told as one that is about to
  return row === undefined ? { code: 'pin_not_set' } : lockedRefusal(row.locked_until ?? row.now, row.now)
}

function lockedRefusal(until: Date, now: Date): Refusal<'pin_locked'> {
  return { code: 'pin_locked', values: untilValues(until, now) }
}

/** The values of a sentence that says until when: `until` (ISO), `untilJakarta`, `seconds` (at least one). */
export function untilValues(until: Date, now: Date): { until: string; untilJakarta: string; seconds: number } {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000))
  return { until: until.toISOString(), untilJakarta: jakartaTime(until), seconds }
}

function coolingOf(until: Date | null, now: Date): { coolingUntil?: Date } {
  return until !== null && until > now ? { coolingUntil: until } : {}
}

/** Whether a person has a PIN, and until when it is locked or confirms nothing. */
export type PinState = { isSet: boolean; lockedUntil?: Date; coolingUntil?: Date }

/** What a person may see of their PIN. */
export async function readPinState({ database }: PinParts, personId: string): Promise<PinState> {
  const [row] = await database.sql<{ locked_until: Date | null; cooling_until: Date | null; now: Date }[]>`
    select locked_until, cooling_until, database_now() as now from pins where person_id = ${personId}`
  if (row === undefined) return { isSet: false }
  const locked = row.locked_until !== null && row.locked_until > row.now ? { lockedUntil: row.locked_until } : {}
  return { isSet: true, ...locked, ...coolingOf(row.cooling_until, row.now) }
}
