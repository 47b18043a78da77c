import type { FastifyInstance } from 'fastify'
import { ledgerOf, type AffixingParts } from '../../../affixing/affixing-parts.ts'
import { findHistory } from '../../../affixing/history.ts'
import { findKept } from '../../../affixing/kept-documents.ts'
import type { Caller } from '../../../identity/api-keys.ts'
import { roleAllows, type Permission } from '../../../identity/roles.ts'
import { readQuota } from '../../../ledger/balances.ts'
import { homeLookedMax, homeRecentMax, homeUnfinishedMax } from '../../../limits/traffic.ts'
import { listOrders } from '../../../purchases/order.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'
import { contextOf, sayIn, type PageParts } from '../page-context.ts'
import { pageCaller, type PageCallerParts } from '../page-caller.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { HomePage, type HomeShown } from './home-page.tsx'

export const homePath = '/beranda'

export type HomeParts = PageParts &
  PageCallerParts & {
    affixing: AffixingParts
    /** Where quota is sold; undefined where it is not. */
    selling?: { purchases: PurchaseParts }
    /** Where the pages for buying begin; undefined where there are none. */
    buyPath?: string
  }

/** Where a signed-in person begins. */
export function homeRoutes(app: FastifyInstance, parts: HomeParts): void {
  app.get(homePath, { schema: { hide: true } }, async (request, reply) => {
    const context = await contextOf(request, parts)
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    const shown = await readHome(parts, who.caller)
    const paths = await scriptPaths()
    return sendPage(reply, context, {
      title: sayIn(context.language)('beranda.title'),
      body: <HomePage context={context} shown={shown} />,
      scripts: [paths.script('portal.js'), paths.script('home.js')],
      wide: true,
      isPrivate: true,
    })
  })
}

/** Whether this caller may: by role, or by the scopes of a key. */
function may(caller: Caller, permission: Permission): boolean {
  if (caller.person !== undefined) return roleAllows(caller.person.role, permission)
  return caller.scopes?.includes(permission) ?? true
}

async function readHome(parts: HomeParts, caller: Caller): Promise<HomeShown> {
  const { database } = parts.affixing
  const { sql } = database
  const { accountId } = caller
  const [quota, open, recent, orders] = await Promise.all([
    readQuota(sql, { accountId, ledger: ledgerOf(caller.keyKind) }),
    findHistory(sql, { accountId, state: 'reserved', limit: homeUnfinishedMax, lookedMax: homeLookedMax }),
    findHistory(sql, { accountId, limit: homeRecentMax }),
    parts.selling === undefined ? [] : listOrders(sql, { accountId, state: 'waiting', limit: homeUnfinishedMax }),
  ])
  const now = await database.now()
  return {
    quota: { available: Number(quota.available), reserved: Number(quota.reserved) },
    open: open.items,
    waiting: orders.filter(({ expiresAt }) => expiresAt > now),
    recent: recent.items,
    kept: await findKept(database, { accountId, ids: recent.items.map(({ id }) => id) }),
    mayAffix: may(caller, 'affix'),
    buyPath: may(caller, 'buy') ? parts.buyPath : undefined,
  }
}
