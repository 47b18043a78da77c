import type { Tx } from '../database/database.ts'
import { endSession, endSessions, type FoundSession } from './sessions.ts'
import { recordPersonAct, type PeopleParts } from './sign-in.ts'

// What a person does about their own browsers: each act and its record in one commit.

function ending<T>(
  parts: PeopleParts,
  by: { session: FoundSession; action: string },
  end: (tx: Tx) => Promise<T>,
): Promise<T> {
  const { personId, member } = by.session
  return parts.database.transaction(async (tx) => {
    const ended = await end(tx)
    const at = await parts.database.now(tx)
    if (ended !== false) await recordPersonAct(tx, { personId, accountId: member?.accountId, action: by.action, at })
    return ended
  })
}

/** Signs out one browser of this session's person, this one where none is named. False where they have no such session. */
export function signOut(parts: PeopleParts, session: FoundSession, sessionId = session.sessionId): Promise<boolean> {
  const { personId } = session
  return ending(parts, { session, action: 'person.signed_out' }, (tx) => endSession(tx, { personId, sessionId }))
}

/** Signs out every other browser of this session's person. Returns how many. */
export function signOutElsewhere(parts: PeopleParts, session: FoundSession): Promise<number> {
  const { personId, sessionId: keep } = session
  return ending(parts, { session, action: 'person.signed_out_elsewhere' }, (tx) => endSessions(tx, { personId, keep }))
}
