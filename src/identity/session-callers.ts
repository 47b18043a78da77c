import { openLanes } from '../base/batching.ts'
import type { Sealing } from '../base/sealing.ts'
import { type Database, failureKind } from '../database/database.ts'
import { pauseBeforeRetry } from '../database/pause-before-retry.ts'
import { laneQueueMax, lookUpBatchMax } from '../limits/stamping.ts'
import { publicId } from '../base/ids.ts'
import type { Caller } from './api-keys.ts'
import { csrfTokenOf, isCsrfToken, sessionTokenHash } from './session-tokens.ts'
import { confirmRenewal, findSessions, renewSession, type FoundSession, type SessionLookUp } from './sessions.ts'

/** Who signed in, looked up for many requests together, as callers of keys are. */
export type Sessions = {
  /** The session of this token, acting for the account named (a UUID) or its own; undefined for any other text, and once it ended. */
  find(token: string, accountId: string | undefined): Promise<FoundSession | undefined>
  /** Does what the found session's token needs; the text of a new one where the browser is to have it. */
  renew(token: string, found: FoundSession): Promise<string | undefined>
  /** What the session's own pages send along with what changes something. */
  csrfToken(sessionId: string): string
  isCsrfToken(sessionId: string, given: string): boolean
}

/** One set for a process. */
export function openSessions(database: Database, sealing: Sealing): Sessions {
  const lookUps = openLanes<SessionLookUp, FoundSession | undefined>({
    lanes: 1,
    batchMax: lookUpBatchMax,
    queueMax: laneQueueMax,
    keyOf: () => '',
    failureKind,
    pauseBeforeRetry,
    run: (asked) => findSessions(database.sql, asked),
  })
  return {
    csrfToken: (sessionId) => csrfTokenOf(sealing, sessionId),
    isCsrfToken: (sessionId, given) => isCsrfToken(sealing, sessionId, given),
    async find(token, accountId) {
      const hash = sessionTokenHash(sealing, token)
      return hash === undefined ? undefined : lookUps.submit({ hash, accountId })
    },
    async renew(token, { renewal }) {
      const hash = sessionTokenHash(sealing, token)
      if (hash === undefined || renewal === 'none') return undefined
      const at = await database.now()
      if (renewal === 'renew') return (await renewSession(database.sql, sealing, { hash, at }))?.text
      await confirmRenewal(database.sql, { hash, at })
      return undefined
    },
  }
}

/** The caller behind a session; undefined where the person acts for no account, or not for the one named. */
export function callerOfSession({ personId, sessionId, member }: FoundSession): Caller | undefined {
  if (member === undefined) return undefined
  const { accountId, role, proven, stampsPerMonth, orderLimitRupiah } = member
  return {
    accountId,
    keyKind: 'live',
    keyId: publicId('person', personId),
    person: { personId, sessionId, role },
    ...(stampsPerMonth === null && orderLimitRupiah === null
      ? {}
      : { memberLimits: { stampsPerMonth, orderLimitRupiah } }),
    ...(proven ? {} : { unproven: true }),
  }
}
