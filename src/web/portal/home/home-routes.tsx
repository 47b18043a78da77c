import type { FastifyInstance } from 'fastify'
import { ledgerOf, type AffixingParts } from '../../../affixing/affixing-parts.ts'
import { findHistory } from '../../../affixing/history.ts'
import { findKept } from '../../../affixing/kept-documents.ts'
import { publicId } from '../../../base/ids.ts'
import { actorOf, type Caller } from '../../../identity/api-keys.ts'
import { roleAllows, type Permission } from '../../../identity/roles.ts'
import { readQuota } from '../../../ledger/balances.ts'
import { homeLookedMax, homeRecentMax, homeUnfinishedMax } from '../../../limits/traffic.ts'
import { findIntents, listUsableIntents, type OrderIntent } from '../../../purchases/order-intents.ts'
import { listOrders, type Order } from '../../../purchases/order.ts'
import type { PurchaseParts } from '../../../purchases/purchase-parts.ts'
import { documentTypeName } from '../../../stamp/document-types.ts'
import { intentContent } from '../../api/schemas.ts'
import { documentName } from '../history/state-line.tsx'
import { contextOf, sayIn, type PageParts } from '../page-context.ts'
import { ownerMark, pageCaller, type PageCallerParts } from '../page-caller.ts'
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

type Bought = Pick<HomeShown, 'waiting' | 'held' | 'paid'>
const noOrders: Bought = { waiting: [], held: [], paid: [] }

/** Orders that are not over: for their money, for a second member, and paid ones whose document is yet to be stamped. */
async function readOrders(purchases: PurchaseParts, caller: Caller): Promise<Bought> {
  const { database } = purchases
  const { sql } = database
  const { accountId, person } = caller
  const now = await database.now()
  const limit = homeUnfinishedMax
  const mayFinish = person !== undefined && may(caller, 'affix')
  const [waiting, held, paid] = await Promise.all([
    listOrders(sql, { accountId, state: 'waiting', limit }),
    may(caller, 'buy') ? listOrders(sql, { accountId, state: 'waiting_approval', limit }) : [],
    mayFinish ? listUsableIntents(sql, { accountId, now, limit, personId: person.personId }) : [],
  ])
  const isOpen = ({ expiresAt }: Order) => expiresAt > now
  return {
    waiting: waiting.filter(isOpen),
    held: held.filter(isOpen).map((order) => ({ order, isForOther: order.madeBy === actorOf(caller) })),
    paid: [...(await findIntents(purchases, paid))].map(([id, intent]) => ({
      id: publicId('order', id),
      name: intendedName(intent),
    })),
  }
}

/** What people call the document that an order is for. */
function intendedName({ content }: OrderIntent): string {
  const { facts } = intentContent.parse(JSON.parse(content))
  return documentName({ facts }, documentTypeName(facts.documentType) ?? facts.documentType)
}

async function readHome(parts: HomeParts, caller: Caller): Promise<HomeShown> {
  const { database } = parts.affixing
  const { sql } = database
  const { accountId } = caller
  const [quota, open, recent, bought] = await Promise.all([
    readQuota(sql, { accountId, ledger: ledgerOf(caller.keyKind) }),
    findHistory(sql, { accountId, state: 'reserved', limit: homeUnfinishedMax, lookedMax: homeLookedMax }),
    findHistory(sql, { accountId, limit: homeRecentMax }),
    parts.selling === undefined ? noOrders : readOrders(parts.selling.purchases, caller),
  ])
  return {
    owner: ownerMark(caller),
    quota: { available: Number(quota.available), reserved: Number(quota.reserved) },
    open: open.items,
    ...bought,
    recent: recent.items,
    kept: await findKept(database, { accountId, ids: recent.items.map(({ id }) => id) }),
    mayAffix: may(caller, 'affix'),
    buyPath: may(caller, 'buy') ? parts.buyPath : undefined,
  }
}
