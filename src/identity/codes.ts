import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { Overloaded } from '../base/batching.ts'
import { newUuid } from '../base/ids.ts'
import type { Receiver, Route } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Language } from '../base/text.ts'
import type { Database, Tx } from '../database/database.ts'
import type { ErrorCode, Refusal } from '../errors.ts'
import {
  codeLifeSeconds,
  codeOtherRoutesAfter,
  codeRequestsAtOnceMax,
  codeResendSeconds,
  codeResendWindowSeconds,
  codesPerReceiverDayMax,
  codesPerSubjectDayMax,
  smsInsideShare,
  smsPerDayMax,
  smsPerNumberDayMax,
  smsPerPrefixDayMax,
} from '../limits/people.ts'
import { queueMessage } from '../notices/messages/queue.ts'
import {
  clearGuards,
  codeGuards,
  type CodePurpose,
  codeSide,
  codeSides,
  countGuess,
  holdGuards,
  lockSpent,
} from './code-guards.ts'
import { secondsOfDayLeft, takeSms } from './sms-budget.ts'

// Both functions open transactions of their own and are called before, never inside, the one of the act that a code allows: a guess
// stays counted whatever becomes of that act, and a code that was right is spent even where the act then fails (ask for another).
// Locks are taken in one order: guards, SMS counts, codes, messages.

export type { CodePurpose } from './code-guards.ts'

/** Bounds that an installation or a test may set: codes in 24 hours, and SMS as in limits/people.ts. */
export type CodeLimits = {
  subjectDay: number
  receiverDay: number
  smsNumberDay: number
  smsPrefixDay: number
  /** Of the whole service, in a day of Jakarta. */
  smsDay: number
}

const defaultLimits: CodeLimits = {
  subjectDay: codesPerSubjectDayMax,
  receiverDay: codesPerReceiverDayMax,
  smsNumberDay: smsPerNumberDayMax,
  smsPrefixDay: smsPerPrefixDayMax,
  smsDay: smsPerDayMax,
}

/** What codes stand on. */
export type CodeParts = { database: Database; sealing: Sealing; limits?: Partial<CodeLimits> }

export type CodeAsk = {
  purpose: CodePurpose
  /** UUID that guesses count for: a person, a registration; at the door one that the same contact always has, known or not. */
  subject: string
  receiver: Receiver
  language: Language
  /** Whose message it is, where there is an account. */
  accountId?: string
  /** False: all the same work, and nothing is sent and no answer is right. */
  send?: boolean
}

/** `resendAt`: when the next code may be asked for; `otherRoutes`: codes on this one went unanswered, so offer another. */
export type CodeRequested = { ok: true; codeId: string; expiresAt: Date; resendAt: Date; otherRoutes: boolean }
export type CodeRefused = Refused<'code_too_soon' | 'code_limit_reached' | 'code_locked' | 'sms_budget_spent'>
type Refused<Code extends ErrorCode> = { ok: false; refusal: Refusal<Code> }

/**
 * Makes a six-digit code and queues its message. Older codes of the same subject and purpose are void from then on; their guesses
 * stay counted. Refused by what is asked for, never by where the asking comes from. Throws Overloaded where too many are asked for at once.
 */
export async function requestCode(parts: CodeParts, ask: CodeAsk): Promise<CodeRequested | CodeRefused> {
  const { database } = parts
  const running = requestsOf.get(database) ?? 0
  if (running >= codeRequestsAtOnceMax) throw new Overloaded(`${running} codes are made already`)
  requestsOf.set(database, running + 1)
  try {
    return await makeCode(parts, ask)
  } finally {
    requestsOf.set(database, (requestsOf.get(database) ?? 1) - 1)
  }
}

/** Codes that this process makes at the moment: each waits for a connection, and for the row of the day's SMS. */
const requestsOf = new WeakMap<Database, number>()

function makeCode(parts: CodeParts, ask: CodeAsk): Promise<CodeRequested | CodeRefused> {
  const { database, sealing } = parts
  const limits = { ...defaultLimits, ...parts.limits }
  const { purpose, subject, receiver } = ask
  return database.transaction(async (tx): Promise<CodeRequested | CodeRefused> => {
    const at = await database.now(tx)
    const guarded = codeGuards({ purpose, subject, address: receiver.address })
    const { lockedSeconds } = await holdGuards(tx, sealing, { guarded, at })
    if (lockedSeconds !== undefined) return refused('code_locked', { seconds: lockedSeconds })
    const index = codeReceiverIndex(sealing, receiver)
    const past = await readPast(tx, { purpose, subject, index, at })
    const refusal = pauseRefusal(past, at) ?? dayRefusal(past, { limits, route: receiver.route, at })
    if (refusal !== undefined) return refusal

    const codeId = newUuid(at)
    const code = randomInt(1_000_000).toString().padStart(6, '0')
    const expiresAt = new Date(at.getTime() + codeLifeSeconds * 1000)
    const isSent = ask.send !== false
    // the service's count is everybody's row, so it is held for the last statements alone
    if (receiver.route === 'sms') {
      // strangers leave some for those who signed in
      const reserve = codeSide(purpose) === 'door' ? Math.floor(limits.smsDay * smsInsideShare) : 0
      const { smsPrefixDay: prefixMax, smsDay } = limits
      const budget = { address: receiver.address, prefixMax, serviceMax: smsDay - reserve, isSent, at }
      const spent = await takeSms(tx, sealing, budget)
      if (spent !== undefined) return refused('sms_budget_spent', { seconds: secondsOfDayLeft(at) })
    }
    await voidOpenCodes(tx, { subject, purpose, at })
    await tx`
      insert into one_time_codes (code_id, purpose, subject, route, receiver, receiver_index, code_hash, created_at, expires_at)
      values (${codeId}, ${purpose}, ${subject}, ${receiver.route},
        ${sealing.seal({ purpose: 'code.receiver', owner: codeId }, receiver.address)}, ${index},
        ${isSent ? codeHash(sealing, codeId, code) : randomBytes(32)}, ${at}, ${expiresAt})`
    await queueMessage(tx, sealing, {
      accountId: ask.accountId ?? null,
      receiver,
      template: 'code',
      values: { code, purpose },
      language: ask.language,
      at,
      until: expiresAt,
      withhold: !isSent,
    })
    const unanswered = past.unanswered + 1
    const resendAt = new Date(at.getTime() + pauseAfter(unanswered) * 1000)
    return { ok: true, codeId, expiresAt, resendAt, otherRoutes: unanswered >= codeOtherRoutesAfter }
  })
}

type Past = {
  /** Codes of 24 hours on this side, and when the oldest of them was made. */
  ofSubject: number
  subjectSince: Date | null
  toReceiver: number
  receiverSince: Date | null
  /** Those of the last hour to this receiver that nobody answered, and when the last was made. */
  unanswered: number
  lastAt: Date | null
}

async function readPast(tx: Tx, of: { purpose: CodePurpose; subject: string; index: Buffer; at: Date }): Promise<Past> {
  const purposes = [...codeSides[codeSide(of.purpose)]]
  const day = secondsBefore(of.at, daySeconds)
  const hour = secondsBefore(of.at, codeResendWindowSeconds)
  const [row] = await tx<Past[]>`
    select s.count as "ofSubject", s.since as "subjectSince", r.count as "toReceiver", r.since as "receiverSince",
      r.unanswered, r.last as "lastAt"
    from (
      select count(*)::int as count, min(created_at) as since from one_time_codes
      where subject = ${of.subject} and created_at > ${day} and purpose = any(${purposes}::text[])
    ) s cross join (
      select count(*)::int as count, min(created_at) as since,
        (count(*) filter (where used_at is null and created_at > ${hour}))::int as unanswered,
        max(created_at) filter (where used_at is null and created_at > ${hour}) as last
      from one_time_codes where receiver_index = ${of.index} and created_at > ${day} and purpose = any(${purposes}::text[])
    ) r`
  if (row === undefined) throw new Error('counting codes gave no row')
  return row
}

const daySeconds = 24 * 60 * 60

const secondsBefore = (at: Date, seconds: number): Date => new Date(at.getTime() - seconds * 1000)

/** Whole seconds from `at` until so long after `since`. */
const secondsLeft = (since: Date | null, seconds: number, at: Date): number =>
  since === null ? 0 : Math.ceil((since.getTime() - at.getTime()) / 1000 + seconds)

/** Seconds before the next code where so many were not answered. */
function pauseAfter(unanswered: number): number {
  return codeResendSeconds[Math.min(unanswered, codeResendSeconds.length) - 1] ?? 0
}

function pauseRefusal({ unanswered, lastAt }: Past, at: Date): CodeRefused | undefined {
  const seconds = secondsLeft(lastAt, pauseAfter(unanswered), at)
  return seconds > 0 ? refused('code_too_soon', { seconds }) : undefined
}

function dayRefusal(past: Past, by: { limits: CodeLimits; route: Route; at: Date }): CodeRefused | undefined {
  const { limits, route, at } = by
  if (past.ofSubject >= limits.subjectDay) {
    const seconds = secondsLeft(past.subjectSince, daySeconds, at)
    return refused('code_limit_reached', { limit: limits.subjectDay, seconds })
  }
  const seconds = secondsLeft(past.receiverSince, daySeconds, at)
  if (past.toReceiver >= limits.receiverDay)
    return refused('code_limit_reached', { limit: limits.receiverDay, seconds })
  if (route === 'sms' && past.toReceiver >= limits.smsNumberDay) return refused('sms_budget_spent', { seconds })
  return undefined
}

/** Seconds are for programs, minutes for people. */
function refused<Code extends ErrorCode>(code: Code, values: Record<string, number> = {}): Refused<Code> {
  const { seconds } = values
  const minutes = seconds === undefined ? {} : { minutes: Math.ceil(seconds / 60) }
  return { ok: false, refusal: { code, values: { ...values, ...minutes } } }
}

/** One number's SMS and WhatsApp messages are counted apart: the pause of one must not hold up the other. */
function codeReceiverIndex(sealing: Sealing, { route, address }: Receiver): Buffer {
  return sealing.blindIndex('code.receiver', `${route} ${address}`)
}

/** Bound to the code's id, so that the same six digits look different in every row. */
function codeHash(sealing: Sealing, codeId: string, code: string): Buffer {
  return createHmac('sha256', sealing.secretFor('one-time codes')).update(`${codeId} ${code}`).digest()
}

export type CodeAnswer = {
  codeId: string
  /** Who must be the one that the code was made for; another's code is as good as none. */
  subject: string
  purpose: CodePurpose
  /** As typed; spaces are nothing. */
  code: string
}
export type CodeChecked = { ok: true; receiver: Receiver } | Refused<'code_wrong' | 'code_expired' | 'code_locked'>

/**
 * Counts a guess, then compares it. A right code is spent and clears the counts; the last wrong guess locks, and makes every
 * open code of the subject and purpose void. `code_expired` also where there is no such code, or it was used or replaced.
 */
export function checkCode(parts: CodeParts, answer: CodeAnswer): Promise<CodeChecked> {
  const { database, sealing } = parts
  const { codeId, subject, purpose } = answer
  return database.transaction(async (tx): Promise<CodeChecked> => {
    const at = await database.now(tx)
    const known = await findCode(tx, answer)
    if (known === undefined) return refused('code_expired')
    const address = sealing.open({ purpose: 'code.receiver', owner: codeId }, known.receiver).toString()
    const guards = await holdGuards(tx, sealing, { guarded: codeGuards({ purpose, subject, address }), at })
    if (guards.lockedSeconds !== undefined) return refused('code_locked', { seconds: guards.lockedSeconds })
    // read again: whoever held the guards before may have used it
    const live = await findCode(tx, answer)
    if (live?.is_open !== true || live.expires_at <= at) return refused('code_expired')
    await countGuess(tx, guards)
    if (timingSafeEqual(live.code_hash, codeHash(sealing, codeId, answer.code.replaceAll(/\s/g, '')))) {
      await tx`update one_time_codes set used_at = ${at} where code_id = ${codeId}`
      await clearGuards(tx, guards)
      return { ok: true, receiver: { route: live.route, address } }
    }
    const seconds = await lockSpent(tx, guards, at)
    if (seconds === undefined) return refused('code_wrong', { left: guards.left - 1 })
    await voidOpenCodes(tx, { subject, purpose, at })
    return refused('code_locked', { seconds })
  })
}

type CodeRow = { receiver: Buffer; route: Route; code_hash: Buffer; expires_at: Date; is_open: boolean }

async function findCode(tx: Tx, { codeId, subject, purpose }: CodeAnswer): Promise<CodeRow | undefined> {
  const [row] = await tx<CodeRow[]>`
    select receiver, route, code_hash, expires_at, used_at is null and void_at is null as is_open from one_time_codes
    where code_id = ${codeId} and subject = ${subject} and purpose = ${purpose}`
  return row
}

async function voidOpenCodes(tx: Tx, of: { subject: string; purpose: CodePurpose; at: Date }): Promise<void> {
  await tx`
    update one_time_codes set void_at = ${of.at}
    where subject = ${of.subject} and purpose = ${of.purpose} and created_at > ${secondsBefore(of.at, codeLifeSeconds)}
      and used_at is null and void_at is null`
}
