import { linkWith } from '../page-context.ts'
import { referenceOf } from '../../../purchases/order.ts'
import { Countdown, Notice, Reference, StateWord } from '../components/blocks.tsx'
import { LinkButton } from '../components/button.tsx'
import { WithMoment } from '../components/moment.tsx'
import { bankText, buyPath, rupiahText } from './buy-parts.ts'
import { LookForm, LookNews } from './look-form.tsx'
import { MoneyBack } from './money-back.tsx'
import type { OrderShown } from './order-shown.ts'

/** An order that waits for its money: how much, how, until when. */
export function OrderWaiting(shown: OrderShown & { news: 'belum' | 'diam' | undefined }) {
  const { context, say, order, back, news } = shown
  const { language } = context
  const total = rupiahText(order.totalRupiah, language)
  const path = `${buyPath}/${referenceOf(order)}`
  const isReady = order.qrText !== undefined || order.accountNumber !== undefined
  return (
    <>
      <h1>{say('buy.payTitle', { total })}</h1>
      <p>
        <StateWord tone="warn" icon="wait">
          {say('orders.state.waiting')}
        </StateWord>{' '}
        <span class="soft">{say('buy.units', { units: order.quantity })}</span>
      </p>
      <LookNews say={say} news={news} />
      <MoneyBack {...shown} />
      {shown.refunds.length === 0 ? null : <p>{say('buy.stillWaiting', { total })}</p>}
      <p>
        <Countdown
          until={order.expiresAt}
          says={<WithMoment at={order.expiresAt} language={language} says={(time) => say('buy.payBefore', { time })} />}
          left={say('buy.timeLeft')}
          over={say('buy.timeOver')}
        />
      </p>
      {isReady ? null : (
        <Notice tone="plain">
          <p role="status">{say('buy.preparing')}</p>
        </Notice>
      )}
      {order.qrText === undefined ? null : <QrisWays {...shown} total={total} />}
      {order.accountNumber === undefined ? null : <AccountWays {...shown} total={total} />}
      <p class="soft">{say('buy.changesItself')}</p>
      <LookForm {...shown} />
      <LinkButton look="quiet" href={linkWith(context, `${path}/ganti`, { kembali: back })}>
        {say('buy.otherWay')}
      </LinkButton>
      {order.gateway === 'simulator' ? (
        <p>
          <a href={`/simulator/pembayaran/${referenceOf(order)}`}>{say('buy.simulator')}</a>
        </p>
      ) : null}
    </>
  )
}

function QrisWays({ say, order, total }: OrderShown & { total: string }) {
  const path = `${buyPath}/${referenceOf(order)}`
  return (
    <>
      <p class="pay-qr">
        <img src={`${path}/qris.svg`} alt={say('buy.qrAlt', { total })} width="280" height="280" />
      </p>
      <ol>
        <li>{say('buy.qrStep1')}</li>
        <li>{say('buy.qrStep2')}</li>
        <li>{say('buy.qrStep3', { total })}</li>
      </ol>
      <div class="acts">
        <LinkButton look="quiet" href={`${path}/qris.png`} download={`qris-${referenceOf(order)}.png`}>
          {say('buy.saveQr')}
        </LinkButton>
        <button
          type="button"
          class="button button-quiet"
          data-share={`${path}/qris.png`}
          data-share-text={say('buy.shareText', { total })}
          hidden
        >
          {say('buy.shareQr')}
        </button>
      </div>
    </>
  )
}

const inFours = (digits: string): string[] => digits.match(/.{1,4}/g) ?? []

function AccountWays({ say, order, total }: OrderShown & { total: string }) {
  const bank = bankText(order.bank ?? '')
  const number = order.accountNumber ?? ''
  return (
    <>
      <dl class="card facts">
        <dt>{say('buy.bank')}</dt>
        <dd>
          <strong>{bank}</strong>
        </dd>
        <dt>{say('buy.accountNumber')}</dt>
        <dd class="pay-number">
          <Reference value={number} groups={inFours(number)} copy={say('buy.copyNumber')} />
        </dd>
        <dt>{say('buy.exactly')}</dt>
        <dd class="pay-number">
          <Reference value={String(order.totalRupiah)} groups={[total]} copy={say('buy.copyAmount')} />
        </dd>
      </dl>
      <ol>
        <li>{say('buy.accountStep1', { bank })}</li>
        <li>{say('buy.accountStep2')}</li>
        <li>{say('buy.accountStep3', { total })}</li>
      </ol>
    </>
  )
}
