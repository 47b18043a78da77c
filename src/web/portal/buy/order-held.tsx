import { actorOf } from '../../../identity/api-keys.ts'
import { listMembersWho } from '../../../identity/approvers.ts'
import { readPeople } from '../../../identity/people.ts'
import { roleAllows } from '../../../identity/roles.ts'
import { referenceOf, type Order } from '../../../purchases/order.ts'
import { makerOf } from '../../../purchases/tell-order.ts'
import { ActPin } from '../act-pin.tsx'
import { Notice, StateWord, SummaryList, Verdict } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { WithMoment } from '../components/moment.tsx'
import { FormGuard, Wrongs, type Again } from '../forms.tsx'
import { linkWith } from '../page-context.ts'
import type { SignedInCaller } from '../signed-in.ts'
import { buyPath, rupiahText, type BuyPageParts } from './buy-parts.ts'
import type { OrderShown } from './order-shown.ts'

/** Who placed an order and who may let it pass, by name (`maker` undefined: an API key); what whoever looks may do about it. */
export type Holding = {
  maker: string | undefined
  approvers: readonly string[]
  viewer: 'maker' | 'approver' | 'neither'
}

/** What the page of an order that waits for a second member tells of people. */
export async function readHolding(
  { database, purchases }: BuyPageParts,
  order: Order,
  who: SignedInCaller,
): Promise<Holding> {
  const maker = makerOf(order)
  const { accountId } = order
  const ids = await listMembersWho(database.sql, { accountId, permission: 'buy', butPersonId: maker })
  const people = await readPeople(database.sql, purchases.sealing, maker === undefined ? ids : [...ids, maker])
  const isMaker = order.madeBy === actorOf(who)
  return {
    maker: maker === undefined ? undefined : people.get(maker)?.name,
    approvers: ids.flatMap((id) => people.get(id)?.name ?? []),
    viewer: !roleAllows(who.person.role, 'buy') ? 'neither' : isMaker ? 'maker' : 'approver',
  }
}

/** An order above the account's sum: who placed it, who lets it pass, and until when. */
export function OrderHeld(shown: OrderShown & { holding: Holding; again: Again | undefined }) {
  const { context, say, order, back, holding, again } = shown
  const { language } = context
  const { maker, approvers, viewer } = holding
  const total = rupiahText(order.totalRupiah, language)
  const path = linkWith(context, `${buyPath}/${referenceOf(order)}`, { kembali: back })
  return (
    <>
      <h1>{say('orders.pageTitle.waiting_approval', { units: order.quantity })}</h1>
      <p>
        <StateWord tone="warn" icon="wait">
          {say('orders.state.waiting_approval')}
        </StateWord>
      </p>
      <Wrongs say={say} again={again} />
      <p>
        <WithMoment
          at={order.expiresAt}
          language={language}
          says={(until) => say(viewer === 'approver' ? 'buy.heldForYou' : 'buy.held', { total, until })}
        />
      </p>
      <SummaryList
        rows={[
          { label: say('buy.total'), value: <strong>{total}</strong> },
          { label: say('buy.heldMaker'), value: maker ?? say('buy.heldByKey') },
          ...(approvers.length === 0 ? [] : [{ label: say('buy.heldApprovers'), value: approvers.join(', ') }]),
        ]}
      />
      {approvers.length > 0 ? null : (
        <Notice tone="warn">
          <p>{say('buy.heldNobody')}</p>
        </Notice>
      )}
      {viewer === 'approver' ? (
        <form method="post" action={path}>
          <FormGuard context={context} />
          <ActPin say={say} again={again} />
          <Button name="act" value="approve">
            {say('buy.approve', { total })}
          </Button>
        </form>
      ) : null}
      {viewer === 'neither' ? null : (
        <form method="post" action={path}>
          <FormGuard context={context} />
          <Button look="bad" name="act" value="cancel">
            {say(viewer === 'maker' ? 'buy.takeBack' : 'buy.refuse')}
          </Button>
        </form>
      )}
    </>
  )
}

/** An order that nobody let pass: nothing is owed for it. */
export function OrderCancelled({ context, say, order, back }: OrderShown) {
  return (
    <>
      <h1>{say('orders.pageTitle.cancelled', { units: order.quantity })}</h1>
      <Verdict tone="plain" sentence={say('buy.cancelled')} />
      <LinkButton href={linkWith(context, buyPath, { jumlah: String(order.quantity), kembali: back })}>
        {say('buy.orderAgain')}
      </LinkButton>
    </>
  )
}
