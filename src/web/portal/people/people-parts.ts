import type { Database } from '../../../database/database.ts'
import type { ConfirmParts } from '../../../identity/confirmations.ts'
import type { InboxParts } from '../../api/inbox.ts'
import type { PeopleWebParts } from '../../api/people.ts'
import type { WebhookParts } from '../../api/webhooks.ts'
import type { PageParts } from '../page-context.ts'

/** What the pages of people stand on. */
export type PeoplePageParts = PageParts &
  Pick<PeopleWebParts, 'people' | 'proofing' | 'photos'> & {
    database: Database
    /** Where the service is reached: cookies and passkeys are bound to it. */
    publicUrl: string
    /** What PINs stand on; without it there are none. */
    confirming?: Omit<ConfirmParts, 'database'>
    webhooks: Pick<WebhookParts, 'serviceKey' | 'targets'>
    /** Whether this installation has somebody to sign for live keys. */
    liveKeys: boolean
    /** Where messages are simulated they stand there: pages that wait for a code say so. */
    inbox?: InboxParts
  }

/** Whether messages stand in an inbox of this service. */
export function hasInbox({ inbox }: PeoplePageParts): boolean {
  return inbox !== undefined && inbox.routes.length > 0
}
