import { fetchQuota, type Quota } from '../../client/account.ts'
import { portalConnection, type Way } from './fetch-transport.ts'
import type { Say } from './words.ts'

/** The account's quota as it is now, which the page's head shows from then on; undefined where nothing was learnt. */
export async function readQuota(way: Way, say: Say): Promise<Quota | undefined> {
  const found = await fetchQuota(portalConnection(way)).catch(() => undefined)
  if (found?.ok !== true) return undefined
  const { quota } = found
  document.querySelector('.top-quota')?.replaceChildren(say('shell.quota', { quota: quota.available }))
  return quota
}
