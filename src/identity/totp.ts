import { createHmac, randomInt } from 'node:crypto'
import { generateSecret, generateURI, verifySync } from 'otplib'
import type { Sealing } from '../base/sealing.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Database, Queryable, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { codeGuessesMax, recoveryCodesMax, totpStepSeconds } from '../limits/people.ts'
import { clearGuards, countGuess, type Guards, holdGuards, lockSpent } from './code-guards.ts'

// Time-based codes (RFC 6238) of an authenticator app, and the recovery codes for the day its phone is gone. Like one-time codes
// they are checked in transactions of their own, before the one of the act: a guess stays counted whatever becomes of it.

export type TotpParts = { database: Database; sealing: Sealing }

/** What an app is set up with: by hand, or from a QR code of the address. Shown once. */
export type TotpSetup = { secret: string; uri: string }

/** A person's new secret, which counts once a code of it was shown; undefined where one counts already. `label` stands in the app. */
export async function beginTotp(
  tx: Tx,
  sealing: Sealing,
  person: { personId: string; label: string; at: Date },
): Promise<TotpSetup | undefined> {
  const { personId, label, at } = person
  const secret = generateSecret()
  const sealed = sealing.seal({ purpose: 'person.totp', owner: personId }, secret)
  const rows = await tx`
    insert into totp_secrets as t (person_id, secret, created_at) values (${personId}, ${sealed}, ${at})
    on conflict (person_id) do update set secret = excluded.secret, created_at = excluded.created_at, last_step = 0
    where t.confirmed_at is null returning 1`
  if (rows.length === 0) return undefined
  return { secret, uri: generateURI({ issuer: 'OpenMeterai', label, secret, period: totpStepSeconds }) }
}

export type TotpRefused = { ok: false; refusal: Refusal<'authenticator_wrong' | 'code_locked'> }

/** The first code of a new secret makes it count. Answers the recovery codes, which are shown here and never again. */
export function confirmTotp(
  parts: TotpParts,
  answer: { personId: string; code: string; onConfirmed?: (tx: Tx, at: Date) => Promise<void> },
): Promise<{ ok: true; recoveryCodes: string[] } | TotpRefused> {
  const { personId, code } = answer
  return guessing(parts, personId, async (tx, at) => {
    if (!(await takeStep(tx, parts.sealing, { personId, code, at, isConfirmed: false }))) return undefined
    await tx`update totp_secrets set confirmed_at = ${at} where person_id = ${personId}`
    await answer.onConfirmed?.(tx, at)
    return { ok: true, recoveryCodes: await makeRecoveryCodes(tx, parts.sealing, { personId, at }) }
  })
}

/**
 * Checks a code of the app, or a recovery code: each is good once. `recovery` says that one of those was used, and how many are
 * left. Wrong codes lock like wrong one-time codes; a person without an app has no right one.
 */
export function checkTotp(
  parts: TotpParts,
  answer: { personId: string; code: string },
): Promise<{ ok: true; recovery?: { left: number } } | TotpRefused> {
  const { personId } = answer
  const code = answer.code.replaceAll(/[\s-]/g, '').toUpperCase()
  return guessing<{ ok: true; recovery?: { left: number } }>(parts, personId, async (tx, at) => {
    if (/^\d{6}$/.test(code))
      return (await takeStep(tx, parts.sealing, { personId, code, at, isConfirmed: true })) ? { ok: true } : undefined
    const used = await tx`
      update recovery_codes set used_at = ${at}
      where person_id = ${personId} and code_hash = ${recoveryHash(parts.sealing, personId, code)} and used_at is null returning 1`
    if (used.length === 0) return undefined
    return { ok: true, recovery: { left: await countRecoveryCodes(tx, personId) } }
  })
}

/** Counts a guess, then lets `compare` look; undefined from it is a wrong guess. */
function guessing<Right extends { ok: true }>(
  { database, sealing }: TotpParts,
  personId: string,
  compare: (tx: Tx, at: Date) => Promise<Right | undefined>,
): Promise<Right | TotpRefused> {
  return database.transaction(async (tx): Promise<Right | TotpRefused> => {
    const at = await database.now(tx)
    const guarded = [{ name: `authenticator ${personId}`, most: codeGuessesMax }]
    const guards: Guards = await holdGuards(tx, sealing, { guarded, at })
    if (guards.lockedSeconds !== undefined) return locked(guards.lockedSeconds)
    await countGuess(tx, guards)
    const right = await compare(tx, at)
    if (right !== undefined) {
      await clearGuards(tx, guards)
      return right
    }
    const seconds = await lockSpent(tx, guards, at)
    if (seconds !== undefined) return locked(seconds)
    return { ok: false, refusal: { code: 'authenticator_wrong', values: { left: guards.left - 1 } } }
  })
}

const locked = (seconds: number): TotpRefused => ({
  ok: false,
  refusal: { code: 'code_locked', values: { seconds, minutes: Math.ceil(seconds / 60) } },
})

/** Whether the code is of a step not used yet; that step and all before it are used from then on. */
async function takeStep(
  tx: Tx,
  sealing: Sealing,
  wanted: { personId: string; code: string; at: Date; isConfirmed: boolean },
): Promise<boolean> {
  const { personId, at, isConfirmed } = wanted
  const [row] = await tx<{ secret: Buffer; last_step: bigint }[]>`
    select secret, last_step from totp_secrets
    where person_id = ${personId} and (confirmed_at is not null) = ${isConfirmed} for update`
  const code = wanted.code.replaceAll(/\s/g, '')
  if (row === undefined || !/^\d{6}$/.test(code)) return false
  const epoch = Math.floor(at.getTime() / 1000)
  const result = verifySync({
    secret: sealing.open({ purpose: 'person.totp', owner: personId }, row.secret).toString(),
    token: code,
    epoch,
    period: totpStepSeconds,
    epochTolerance: totpStepSeconds,
  })
  if (!result.valid) return false
  const step = BigInt(Math.floor(epoch / totpStepSeconds) + result.delta)
  if (step <= row.last_step) return false
  await tx`update totp_secrets set last_step = ${step} where person_id = ${personId}`
  return true
}

/** Takes the app and its recovery codes away. False where there was none that counted. */
export async function removeTotp(tx: Tx, personId: string): Promise<boolean> {
  await tx`delete from recovery_codes where person_id = ${personId}`
  const rows = await tx<{ was_on: boolean }[]>`
    delete from totp_secrets where person_id = ${personId} returning confirmed_at is not null as was_on`
  return rows[0]?.was_on === true
}

/** Since when an app counts, and how many recovery codes are left; undefined where none does. */
export async function readTotp(
  sql: Queryable,
  personId: string,
): Promise<{ since: Date; recoveryCodesLeft: number } | undefined> {
  const [row] = await sql<{ confirmed_at: Date }[]>`
    select confirmed_at from totp_secrets where person_id = ${personId} and confirmed_at is not null`
  if (row === undefined) return undefined
  return { since: row.confirmed_at, recoveryCodesLeft: await countRecoveryCodes(sql, personId) }
}

async function countRecoveryCodes(sql: Queryable, personId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from recovery_codes where person_id = ${personId} and used_at is null`
  return row?.count ?? 0
}

/** Letters and digits that nobody takes for others (Crockford's base 32): 5 bits each. */
const recoveryLetters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** New recovery codes in place of all older ones: `A1B2C-D3E4F`, never six digits, so never taken for a code of the app. */
export async function makeRecoveryCodes(
  tx: Tx,
  sealing: Sealing,
  person: { personId: string; at: Date },
): Promise<string[]> {
  const { personId, at } = person
  const letter = () => recoveryLetters[randomInt(recoveryLetters.length)] ?? ''
  const codes = Array.from({ length: recoveryCodesMax }, () => Array.from({ length: 10 }, letter).join(''))
  const hashes = codes.map((code) => recoveryHash(sealing, personId, code))
  await tx`delete from recovery_codes where person_id = ${personId}`
  await tx`
    insert into recovery_codes (person_id, code_hash, created_at)
    select ${personId}, u.code_hash, ${at} from unnest(${tx.array(hashes, arrayOid.bytea)}::bytea[]) u(code_hash)`
  return codes.map((code) => `${code.slice(0, 5)}-${code.slice(5)}`)
}

/** I, L and O are what people make of 1 and 0. */
function recoveryHash(sealing: Sealing, personId: string, typed: string): Buffer {
  const code = typed.replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return createHmac('sha256', sealing.secretFor('recovery codes')).update(`${personId} ${code}`).digest()
}
