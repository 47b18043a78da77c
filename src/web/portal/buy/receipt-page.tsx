import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RefusedError } from '../../../errors.ts'
import { referenceOf } from '../../../purchases/order.ts'
import { findReceipt, type Receipt } from '../../../purchases/receipt.ts'
import { receiptPdf } from '../../../purchases/receipt-pdf.ts'
import { SummaryList } from '../components/blocks.tsx'
import { LinkButton } from '../components/button.tsx'
import { Moment } from '../components/moment.tsx'
import { scriptsOf } from '../forms.tsx'
import { contextOf, linkTo, plainContext, sayIn } from '../page-context.ts'
import { sendPage } from '../send-page.ts'
import type { SignedInCaller } from '../signed-in.ts'
import { buyPath, enterWith, methodText, orderOfPage, rupiahText, type BuyPageParts } from './buy-parts.ts'

/** The receipt of a paid order, as a page and as a PDF. */
export function receiptRoutes(app: FastifyInstance, parts: BuyPageParts): void {
  const enter = enterWith('read')
  const hidden = { schema: { hide: true } } as const

  async function receiptOf(request: FastifyRequest, who: SignedInCaller): Promise<Receipt> {
    const order = await orderOfPage(parts, request, who)
    const receipt = await findReceipt(parts.purchases, order)
    if (receipt === undefined) throw new RefusedError({ code: 'order_unpaid', values: { id: referenceOf(order) } })
    return receipt
  }

  app.get(`${buyPath}/:order/kuitansi`, hidden, async (request, reply) => {
    const who = await enter(request, reply)
    if (who === undefined) return reply
    const receipt = await receiptOf(request, who)
    const context = await contextOf(request, parts)
    const { language } = context
    const say = sayIn(language)
    const rows = [
      { label: say('receipt.number'), value: receipt.number },
      { label: say('receipt.payment'), value: receipt.paymentId },
      { label: say('receipt.paidAt'), value: <Moment at={new Date(receipt.paidAt)} language={language} /> },
      { label: say('receipt.buyer'), value: receipt.buyer },
      ...(receipt.npwp === undefined ? [] : [{ label: say('receipt.npwp'), value: receipt.npwp }]),
      ...(receipt.address === undefined ? [] : [{ label: say('receipt.address'), value: receipt.address }]),
      { label: say('receipt.method'), value: methodText(say, { method: receipt.method, bank: receipt.bank }) },
      ...(receipt.tag === undefined ? [] : [{ label: say('receipt.tag'), value: receipt.tag }]),
      { label: say('receipt.quantity'), value: say('buy.units', { units: receipt.quantity }) },
      { label: say('receipt.price'), value: rupiahText(receipt.priceRupiah, language) },
      { label: say('receipt.fee'), value: rupiahText(receipt.feeRupiah, language) },
      { label: say('receipt.total'), value: <strong>{rupiahText(receipt.totalRupiah, language)}</strong> },
    ]
    const path = `${buyPath}/${receipt.number}`
    const body = (
      <div class="narrow">
        <h1>{say('receipt.heading')}</h1>
        {receipt.specimen ? <p>{say('receipt.specimen')}</p> : null}
        <SummaryList rows={rows} />
        <LinkButton href={linkTo(context, `${path}/kuitansi.pdf`)} download={`${receipt.number}.pdf`}>
          {say('buy.savePdf')}
        </LinkButton>
        <p>
          <a href={linkTo(context, path)}>{say('orders.show')}</a>
        </p>
      </div>
    )
    return sendPage(reply, context, {
      title: say('receipt.heading'),
      body,
      scripts: await scriptsOf(),
      isPrivate: true,
    })
  })

  app.get(`${buyPath}/:order/kuitansi.pdf`, hidden, async (request, reply) => {
    const who = await enter(request, reply)
    if (who === undefined) return reply
    const receipt = await receiptOf(request, who)
    const { language } = plainContext(request, parts)
    return reply
      .type('application/pdf')
      .headers({
        'cache-control': 'private, no-store',
        'content-disposition': `attachment; filename="${receipt.number}.pdf"`,
      })
      .send(Buffer.from(receiptPdf(receipt, language)))
  })
}
