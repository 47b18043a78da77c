import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { recordAudit } from '../../audit/audit.ts'
import { jakartaTime } from '../../base/jakarta.ts'
import { newUuid, publicId } from '../../base/ids.ts'
import type { Sealing } from '../../base/sealing.ts'
import type { Database, Queryable, Tx } from '../../database/database.ts'
import { recoveryKeptDays, recoveryWaitSeconds } from '../../limits/people.ts'
import type { Contact } from '../contacts.ts'
import { tellEverywhere } from '../notices.ts'
import { contactIndex, findByContact, readPerson } from '../people.ts'
import { readTotp } from '../totp.ts'

// asked -> waiting -> open -> done. One operator asks, another approves; then every contact of the person is told, and for a day whoever still
// has a way in ends it by the link in that message, or by signing in. What comes after the day stands in due-recoveries.ts.

/** What was lost. contact: e-mail, phone and password. authenticator: the app and its recovery codes. */
export const recoveryKinds = ['contact', 'authenticator'] as const
export type RecoveryKind = (typeof recoveryKinds)[number]

export const recoveryStates = ['asked', 'waiting', 'open', 'done', 'cancelled', 'lapsed'] as const
export type RecoveryState = (typeof recoveryStates)[number]

export type RecoveryParts = {
  database: Database
  sealing: Sealing
  /** Where people reach the service: links in messages begin with it. */
  origin: string
}

/** What is asked for: a contact that is to be the person's, or that their authenticator app is taken away. `operator`: a login. */
export type RecoveryAsked = { personId: string; operator: string } & (
  | { kind: 'contact'; contact: Contact }
  | { kind: 'authenticator' }
)

/** Why an operator's act came to nothing. */
export type RecoveryProblem =
  | 'person_unknown'
  | 'contact_taken'
  | 'no_authenticator'
  | 'under_way'
  | 'case_unknown'
  | 'same_operator'

type Worked<T> = ({ ok: true } & T) | { ok: false; problem: RecoveryProblem }

/** A recovery that has not ended, as operators see it. `contact`: the new one. UUIDs. */
export type OpenRecovery = {
  recoveryId: string
  personId: string
  kind: RecoveryKind
  state: RecoveryState
  contact: Contact | undefined
  askedBy: string
  approvedBy: string | undefined
  askedAt: Date
  readyAt: Date | undefined
}

const place = (recoveryId: string) => ({ purpose: 'recovery.contact', owner: recoveryId })
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** The first operator's part: nobody is told, and nothing is changed, before another approves. */
export function askRecovery(
  parts: Pick<RecoveryParts, 'database' | 'sealing'>,
  asked: RecoveryAsked,
): Promise<Worked<{ recoveryId: string }>> {
  const { database, sealing } = parts
  const { personId, kind, operator } = asked
  return database.transaction(async (tx): Promise<Worked<{ recoveryId: string }>> => {
    const at = await database.now(tx)
    const contact = asked.kind === 'contact' ? asked.contact : undefined
    if ((await readPerson(tx, sealing, personId)) === undefined) return { ok: false, problem: 'person_unknown' }
    if (contact !== undefined && (await findByContact(tx, sealing, contact)) !== undefined)
      return { ok: false, problem: 'contact_taken' }
    if (kind === 'authenticator' && (await readTotp(tx, personId)) === undefined)
      return { ok: false, problem: 'no_authenticator' }
    const recoveryId = newUuid(at)
    const sealed = contact && sealing.seal(place(recoveryId), JSON.stringify(contact))
    const index = contact && contactIndex(sealing, contact)
    const rows = await tx`
      insert into access_recoveries (recovery_id, person_id, kind, state, sealed_contact, contact_index, asked_by, asked_at, expires_at)
      values (${recoveryId}, ${personId}, ${kind}, 'asked', ${sealed ?? null}, ${index ?? null}, ${operator}, ${at}, ${daysAfter(at)})
      on conflict (person_id, kind) where ended_at is null do nothing returning 1`
    if (rows.length === 0) return { ok: false, problem: 'under_way' }
    await recordRecovery(tx, { recoveryId, personId, kind, action: 'asked', actor: `operator:${operator}`, at })
    return { ok: true, recoveryId }
  })
}

/** The second operator's part: every contact of the person is told how to end it, and the wait begins. `readyAt`: when it is over. */
export function approveRecovery(
  parts: RecoveryParts,
  act: { recoveryId: string; operator: string },
): Promise<Worked<{ readyAt: Date }>> {
  const { database, sealing, origin } = parts
  const { recoveryId, operator } = act
  return database.transaction(async (tx): Promise<Worked<{ readyAt: Date }>> => {
    const at = await database.now(tx)
    const token = randomBytes(32).toString('base64url')
    const readyAt = new Date(at.getTime() + recoveryWaitSeconds * 1000)
    const [row] = await tx<{ person_id: string; kind: RecoveryKind; asked_by: string }[]>`
      select person_id, kind, asked_by from access_recoveries
      where recovery_id = ${recoveryId} and state = 'asked' and expires_at > ${at} for update`
    if (row === undefined) return { ok: false, problem: 'case_unknown' }
    if (row.asked_by === operator) return { ok: false, problem: 'same_operator' }
    const { person_id: personId, kind } = row
    const person = await readPerson(tx, sealing, personId)
    if (person === undefined) return { ok: false, problem: 'person_unknown' }
    await tx`
      update access_recoveries set state = 'waiting', approved_by = ${operator}, token_hash = ${hashOf(token)}, ready_at = ${readyAt},
        expires_at = ${daysAfter(readyAt)}
      where recovery_id = ${recoveryId}`
    await recordRecovery(tx, { recoveryId, personId, kind, action: 'approved', actor: `operator:${operator}`, at })
    const link = `${origin}/pemulihan?kasus=${publicId('recovery', recoveryId)}&kunci=${token}`
    const values = { kind, time: jakartaTime(readyAt), link }
    await tellEverywhere(tx, sealing, { person, accountId: undefined, template: 'recovery_begun', values, at })
    return { ok: true, readyAt }
  })
}

/** Ends a recovery that one operator gives up: that takes no second one. */
export async function withdrawRecovery(
  { database }: Pick<RecoveryParts, 'database'>,
  act: { recoveryId: string; operator: string },
): Promise<Worked<object>> {
  const by = `operator:${act.operator}`
  const ended = await database.transaction(async (tx) =>
    endRecoveries(tx, { recoveryId: act.recoveryId, state: 'cancelled', by, at: await database.now(tx) }),
  )
  return ended > 0 ? { ok: true } : { ok: false, problem: 'case_unknown' }
}

/** Ends a recovery for whoever got the message about it. False where the link is not, or no more, good. */
export function cancelRecovery(
  { database }: Pick<RecoveryParts, 'database'>,
  link: { recoveryId: string; token: string },
): Promise<boolean> {
  const { recoveryId, token } = link
  return database.transaction(async (tx) => {
    const [row] = await tx<{ token_hash: Buffer }[]>`
      select token_hash from access_recoveries
      where recovery_id = ${recoveryId} and ended_at is null and token_hash is not null for update`
    if (row === undefined || !timingSafeEqual(row.token_hash, hashOf(token))) return false
    const at = await database.now(tx)
    return (await endRecoveries(tx, { recoveryId, state: 'cancelled', by: 'contact', at })) > 0
  })
}

/** Ends what has not ended: one recovery, or a person's (of one kind): whoever signs in has a way in. Returns how many. */
export async function endRecoveries(
  tx: Tx,
  ended: ({ recoveryId: string } | { personId: string; kind?: RecoveryKind }) & {
    state: 'done' | 'cancelled' | 'lapsed'
    by: string
    at: Date
  },
): Promise<number> {
  const { state, by, at } = ended
  const which =
    'recoveryId' in ended
      ? tx`recovery_id = ${ended.recoveryId}`
      : tx`person_id = ${ended.personId} and kind = coalesce(${ended.kind ?? null}, kind)`
  const rows = await tx<{ recovery_id: string; person_id: string; kind: RecoveryKind }[]>`
    update access_recoveries set state = ${state}, ended_at = ${at}, ended_by = ${by}, sealed_contact = null, contact_index = null
    where ended_at is null and ${which} returning recovery_id, person_id, kind`
  for (const { recovery_id: recoveryId, person_id: personId, kind } of rows)
    await recordRecovery(tx, { recoveryId, personId, kind, action: state, actor: by, at })
  return rows.length
}

/** Recoveries that have not ended, the oldest first. */
export async function listRecoveries(
  { database, sealing }: Pick<RecoveryParts, 'database' | 'sealing'>,
  limit: number,
): Promise<OpenRecovery[]> {
  const rows = await database.sql<
    {
      recovery_id: string
      person_id: string
      kind: RecoveryKind
      state: RecoveryState
      sealed_contact: Buffer | null
      asked_by: string
      approved_by: string | null
      asked_at: Date
      ready_at: Date | null
    }[]
  >`
    select recovery_id, person_id, kind, state, sealed_contact, asked_by, approved_by, asked_at, ready_at from access_recoveries
    where ended_at is null order by recovery_id limit ${limit}`
  return rows.map((row) => ({
    recoveryId: row.recovery_id,
    personId: row.person_id,
    kind: row.kind,
    state: row.state,
    contact: openContact(sealing, row.recovery_id, row.sealed_contact),
    askedBy: row.asked_by,
    approvedBy: row.approved_by ?? undefined,
    askedAt: row.asked_at,
    readyAt: row.ready_at ?? undefined,
  }))
}

/** The new contact of a recovery. */
export function openContact(sealing: Sealing, recoveryId: string, sealed: Buffer | null): Contact | undefined {
  return sealed === null ? undefined : JSON.parse(sealing.open(place(recoveryId), sealed).toString())
}

/** Who may make a new password by a code to this contact, though it is not theirs yet; undefined where nobody may. */
export async function findRecovering(
  sql: Queryable,
  sealing: Sealing,
  contact: Contact,
): Promise<{ recoveryId: string; personId: string } | undefined> {
  const [row] = await sql<{ recovery_id: string; person_id: string }[]>`
    select recovery_id, person_id from access_recoveries
    where state = 'open' and contact_index = ${contactIndex(sealing, contact)} and expires_at > database_now()
    order by recovery_id limit 1`
  return row === undefined ? undefined : { recoveryId: row.recovery_id, personId: row.person_id }
}

const daysAfter = (at: Date): Date => new Date(at.getTime() + recoveryKeptDays * 24 * 60 * 60 * 1000)

/** What happened to a recovery stands under its person's own id. */
export async function recordRecovery(
  tx: Tx,
  done: { recoveryId: string; personId: string; kind: RecoveryKind; action: string; actor: string; at: Date },
): Promise<void> {
  const { recoveryId, personId, kind, action, actor, at } = done
  const objectId = publicId('person', personId)
  const detail = { recovery: publicId('recovery', recoveryId), kind }
  const entry = { accountId: personId, id: newUuid(at), actor, action: `recovery.${action}`, objectId, detail }
  await recordAudit(tx, [entry], at)
}
