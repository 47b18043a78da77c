import { newUuid } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import { arrayOid } from '../database/array-types.ts'
import type { Database, Queryable, Sql, Tx } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { sessionDays, sessionFormerSeconds, sessionIdleDays, sessionsPerPersonMax } from '../limits/people.ts'
import { makeSessionToken, type SessionToken } from './session-tokens.ts'
import type { MemberLimits } from './memberships.ts'
import type { Role } from './roles.ts'

/** One browser that is signed in, as its person sees it. `seenOn`: the last day (of Jakarta) it was used. */
export type Session = {
  sessionId: string
  device: string
  startedAt: Date
  seenOn: string
}

/**
 * Whose session a token is. `member`: the account it acts for, and as what; undefined where the person is no member of the wanted one, or
 * no more of the one they chose: another is theirs to choose, never taken for them. `renewal`: what is to be done about the token: nothing, make the one it was renewed by its only one, or renew it.
 */
export type FoundSession = {
  sessionId: string
  personId: string
  renewal: 'none' | 'confirm' | 'renew'
  member: (MemberLimits & { accountId: string; role: Role; proven: boolean }) | undefined
}

const dayMilliseconds = 24 * 60 * 60 * 1000

/** Signs a person in: a new session with a token of its own; where there are too many, those unused longest end. */
export async function openSession(
  tx: Tx,
  sealing: Sealing,
  session: { personId: string; accountId: string | undefined; device: string; at: Date },
): Promise<{ sessionId: string; token: SessionToken }> {
  const { personId, accountId, device, at } = session
  const sessionId = newUuid(at)
  const token = makeSessionToken(sealing)
  const endsAt = new Date(at.getTime() + sessionDays * dayMilliseconds)
  await tx`
    insert into sessions (session_id, person_id, account_id, token_hash, device, started_at, seen_on, idle_until, ends_at)
    values (${sessionId}, ${personId}, ${accountId ?? null}, ${token.hash}, ${device}, ${at}, jakarta_day(${at}), ${idleUntil(at)}, ${endsAt})`
  await tx`
    delete from sessions where person_id = ${personId} and session_id in (
      select session_id from sessions where person_id = ${personId} and session_id <> ${sessionId}
      order by seen_on desc, session_id desc offset ${sessionsPerPersonMax - 1})`
  return { sessionId, token }
}

const idleUntil = (at: Date): Date => new Date(at.getTime() + sessionIdleDays * dayMilliseconds)

/** One look-up of several that go together: a token's hash, and the account wanted where the caller named one. */
export type SessionLookUp = { hash: Buffer; accountId: string | undefined }

type FoundRow = {
  place: bigint
  session_id: string
  person_id: string
  renewal: FoundSession['renewal']
  account_id: string | null
  role: Role | null
  stamps_per_month: number | null
  order_limit_rupiah: bigint | null
  proven: boolean | null
}

/** Whose sessions these are, in the order asked; undefined where a token is unknown, its session over, or its person no more. */
export async function findSessions(sql: Sql, lookUps: readonly SessionLookUp[]): Promise<(FoundSession | undefined)[]> {
  const rows = await sql<FoundRow[]>`
    select g.place, s.session_id, s.person_id,
      case when s.held = 'next' then 'confirm'
        when s.held = 'current' and s.seen_on < jakarta_day(database_now())
          and (s.next_at is null or s.next_at < database_now() - make_interval(secs => ${sessionFormerSeconds})) then 'renew'
        else 'none' end as renewal,
      m.account_id, m.role, m.stamps_per_month, m.order_limit_rupiah, h.proofing = 'proven' as proven
    from unnest(${sql.array(
      lookUps.map(({ hash }) => hash),
      arrayOid.bytea,
    )}::bytea[], ${lookUps.map(({ accountId }) => accountId ?? null)}::uuid[]) with ordinality g(hash, wanted, place)
    cross join lateral (
      select *, 'current' as held from sessions where token_hash = g.hash
      union all select *, 'next' from sessions where next_hash = g.hash
      union all select *, 'former' from sessions where former_hash = g.hash and former_until > database_now()) s
    join people p on p.person_id = s.person_id and p.closed_at is null
    left join lateral (
      select account_id, role, stamps_per_month, order_limit_rupiah from memberships
      where person_id = s.person_id and removed_at is null and account_id = coalesce(g.wanted, s.account_id)
      union all
      -- a session that was opened before its person had any account has chosen none yet: where there is one alone that is it
      select (array_agg(account_id))[1], (array_agg(role))[1], (array_agg(stamps_per_month))[1], (array_agg(order_limit_rupiah))[1]
      from memberships where person_id = s.person_id and removed_at is null and g.wanted is null and s.account_id is null
      having count(*) = 1
      limit 1) m on true
    left join account_holders h on h.account_id = m.account_id
    where s.idle_until > database_now()`
  const found = new Map(rows.map((row) => [Number(row.place) - 1, row]))
  return lookUps.map((_, index) => {
    const row = found.get(index)
    if (row === undefined) return undefined
    return { sessionId: row.session_id, personId: row.person_id, renewal: row.renewal, member: memberOf(row) }
  })
}

function memberOf(row: FoundRow): FoundSession['member'] {
  const { account_id: accountId, role, stamps_per_month: stampsPerMonth, order_limit_rupiah: orderLimitRupiah } = row
  if (accountId === null || role === null) return undefined
  return { accountId, role, proven: row.proven === true, stampsPerMonth, orderLimitRupiah }
}

/**
 * A token that takes the place of this one, once it comes back. Undefined where another call of the same moment renewed it: that one's
 * answer brings the new token.
 */
export async function renewSession(
  sql: Queryable,
  sealing: Sealing,
  renewed: { hash: Buffer; at: Date },
): Promise<SessionToken | undefined> {
  const { hash, at } = renewed
  const token = makeSessionToken(sealing)
  const rows = await sql`
    update sessions set next_hash = ${token.hash}, next_at = ${at}, idle_until = least(ends_at, ${idleUntil(at)}::timestamptz)
    where token_hash = ${hash} and (next_at is null or next_at < ${at}::timestamptz - make_interval(secs => ${sessionFormerSeconds}))
    returning 1`
  return rows.length === 1 ? token : undefined
}

/** The renewed token came back: it is the session's only one, the former counts for calls under way. */
export async function confirmRenewal(sql: Queryable, confirmed: { hash: Buffer; at: Date }): Promise<void> {
  const { hash, at } = confirmed
  await sql`
    update sessions set former_hash = token_hash, token_hash = next_hash, next_hash = null, next_at = null,
      former_until = ${at}::timestamptz + make_interval(secs => ${sessionFormerSeconds}), seen_on = jakarta_day(${at}),
      idle_until = least(ends_at, ${idleUntil(at)}::timestamptz)
    where next_hash = ${hash}`
}

/** A new token at once, and no other counts: after a password or a role was changed by this session. */
export async function replaceToken(tx: Tx, sealing: Sealing, sessionId: string): Promise<SessionToken> {
  const token = makeSessionToken(sealing)
  await tx`
    update sessions set token_hash = ${token.hash}, next_hash = null, next_at = null, former_hash = null, former_until = null
    where session_id = ${sessionId}`
  return token
}

/** The account a session acts for from now on, where its calls name none. False where the person is no member of it. */
export async function chooseAccount(
  sql: Queryable,
  choice: { sessionId: string; accountId: string },
): Promise<boolean> {
  const rows = await sql`
    update sessions s set account_id = ${choice.accountId} from memberships m
    where s.session_id = ${choice.sessionId} and m.account_id = ${choice.accountId} and m.person_id = s.person_id
      and m.removed_at is null
    returning 1`
  return rows.length === 1
}

/** The account that a session chose and whose member its person is no more; `isClosed`: nobody is. Undefined where there is none such. */
export async function lostAccountOf(
  sql: Queryable,
  sessionId: string,
): Promise<{ accountId: string; isClosed: boolean } | undefined> {
  const [row] = await sql<{ account_id: string; is_closed: boolean }[]>`
    select s.account_id, h.closed_at is not null as is_closed from sessions s join account_holders h using (account_id)
    where s.session_id = ${sessionId} and not exists (
      select from memberships m where m.account_id = s.account_id and m.person_id = s.person_id and m.removed_at is null)`
  return row === undefined ? undefined : { accountId: row.account_id, isClosed: row.is_closed }
}

type SessionRow = { session_id: string; device: string; started_at: Date; seen_on: string }

/** A person's sessions, the newest first. */
export async function listSessions(sql: Queryable, personId: string): Promise<Session[]> {
  const rows = await sql<SessionRow[]>`
    select session_id, device, started_at, seen_on from sessions
    where person_id = ${personId} and idle_until > database_now() order by session_id desc`
  return rows.map((row) => ({
    sessionId: row.session_id,
    device: row.device,
    startedAt: row.started_at,
    seenOn: row.seen_on,
  }))
}

/** Signs a browser out, at once. False where the person has no such session. */
export async function endSession(tx: Tx, session: { personId: string; sessionId: string }): Promise<boolean> {
  const rows = await tx`
    delete from sessions where person_id = ${session.personId} and session_id = ${session.sessionId} returning 1`
  return rows.length === 1
}

/** Signs a person out everywhere, but for the session to keep where one is named. Returns how many ended. */
export async function endSessions(tx: Tx, of: { personId: string; keep?: string }): Promise<number> {
  const gone = await tx`
    delete from sessions where person_id = ${of.personId} and session_id is distinct from ${of.keep ?? null}`
  return gone.count
}

/** Deletes sessions that ended by themselves. Returns how many. */
export async function dropOldSessions(database: Database, stopping: AbortSignal): Promise<number> {
  return inBatches(stopping, async (rowsMax) => {
    const gone = await database.sql`
      delete from sessions where session_id in (
        select session_id from sessions where idle_until < database_now() limit ${rowsMax})
        and idle_until < database_now()`
    return gone.count
  })
}
