import type { FastifyInstance } from 'fastify'
import type { Sessions } from '../../identity/session-callers.ts'
import { openSessionDoor } from '../session-door.ts'
import { approvalRuleRoutes } from './approval-rule.ts'
import { authenticatorRoutes } from './authenticators.ts'
import { credentialRoutes } from './credentials.ts'
import { holderRoutes } from './holder.ts'
import { paperRoutes } from './papers.ts'
import { memberRoutes } from './members.ts'
import type { PeopleApiParts } from './people-parts.ts'
import { noticeSettingRoutes } from './notice-settings.ts'
import { registrationRoutes } from './registrations.ts'
import { sessionRoutes } from './sessions.ts'

/** What people's way in stands on; joined in main.ts. */
export type PeopleWebParts = Pick<PeopleApiParts, 'people' | 'proofing' | 'photos'> & { sessions: Sessions }

/** Registration, sessions, accounts and their members: everything of people but their PINs. Opens the session door for all routes. */
export function peopleRoutes(
  app: FastifyInstance,
  given: PeopleWebParts & Pick<PeopleApiParts, 'callers'> & { publicUrl: string; demo: boolean },
): void {
  const { hostname, origin } = new URL(given.publicUrl)
  const parts: PeopleApiParts = { ...given, door: openSessionDoor(app, given), site: { rpId: hostname, origin } }
  registrationRoutes(app, parts)
  paperRoutes(app, parts)
  sessionRoutes(app, parts)
  credentialRoutes(app, parts)
  authenticatorRoutes(app, parts)
  holderRoutes(app, parts)
  memberRoutes(app, parts)
  approvalRuleRoutes(app, parts)
  noticeSettingRoutes(app, parts)
}
