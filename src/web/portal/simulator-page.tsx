import { simulatorActs } from '../../purchases/simulator/act-as-payer.ts'
import type { SimulatedPayment } from '../../purchases/simulator/simulated-payment.ts'
import { Button } from './components/button.tsx'
import { sayIn, type PageContext } from './page-context.ts'
import type { PageBody } from './page.tsx'

/** The page that plays bank and wallet for one order: plain forms, for it is nobody's product. */
export function simulatorPage(context: PageContext, shown: { payment: SimulatedPayment; isOver: boolean }): PageBody {
  const { payment, isOver } = shown
  const say = sayIn(context.language)
  const path = `/simulator/pembayaran/${payment.reference}`
  const rupiah = (amount: bigint) => `Rp${new Intl.NumberFormat(context.language).format(amount)}`
  const paid = payment.transactions.map(({ amountRupiah }) => rupiah(amountRupiah)).join(', ')
  const body = (
    <>
      <h1>{say('simulator.heading')}</h1>
      <p>{say('simulator.lead')}</p>
      <dl>
        <dt>{say('receipt.number')}</dt>
        <dd>{payment.reference}</dd>
        <dt>{say('receipt.method')}</dt>
        <dd>
          {say(`paymentMethods.${payment.method}`)} {payment.accountNumber ?? ''}
        </dd>
        <dt>{say('simulator.amount')}</dt>
        <dd>{rupiah(payment.amountRupiah)}</dd>
        <dt>{say('simulator.paid')}</dt>
        <dd>{paid === '' ? '-' : paid}</dd>
      </dl>
      {isOver ? <p role="status">{say('simulator.over')}</p> : null}
      <form class="card" method="post" action={path}>
        {simulatorActs.map((act) => (
          <p key={act}>
            <Button look="quiet" name="act" value={act}>
              {say(`simulator.act.${act}`)}
            </Button>
          </p>
        ))}
      </form>
    </>
  )
  return { title: say('simulator.heading'), body }
}
