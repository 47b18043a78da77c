import { z } from 'zod'
import { listItemsMax } from '../../limits/traffic.ts'
import { banks, paymentMethods } from '../../purchases/gateways/gateway.ts'
import { intentStates } from '../../purchases/order-intents.ts'
import { orderStates, payable } from '../../purchases/order.ts'
import { authorizationField } from './pin-schemas.ts'
import { costCentre, intentBody, intentContent } from './schemas.ts'

const method = z.enum(paymentMethods)
const bank = z.enum(banks).optional().describe('Of a virtual account')

export const orderBody = z
  .object({
    quantity: z.number().int().min(1).max(1_000_000_000).describe('Stamps to buy'),
    method,
    bank,
    paysFor: z.enum(payable).default('quota').describe('debt: what was drawn on credit'),
    intent: intentBody
      .optional()
      .describe('The affixing that this is for: it may be reserved by this order once it is paid'),
    tag: costCentre,
  })
  .strict()
  .refine(({ intent, paysFor }) => intent === undefined || paysFor === 'quota', {
    path: ['intent'],
    message: 'what pays for a debt buys no quota for an affixing',
  })

export const replaceBody = z.object({ method, bank }).strict()

export const approveBody = z
  .object({
    authorization: authorizationField.describe('Where a session calls: of POST /v1/pin-confirmations, purpose money'),
  })
  .strict()

export const orderQuery = z
  .object({
    cursor: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(listItemsMax).default(50),
    state: z.enum(orderStates).optional(),
  })
  .strict()

export const orderSchema = z.object({
  id: z.string(),
  state: z
    .enum(orderStates)
    .describe(
      'waiting_approval: for a second member, and nothing can be paid before; waiting: for the money; replaced: another order came in its place; cancelled: nobody let it pass',
    ),
  version: z.number().int(),
  ledger: z.enum(['stamps', 'specimens']),
  quantity: z.number().int(),
  priceRupiah: z.number().int().describe('Of one stamp'),
  feeRupiah: z.number().int(),
  totalRupiah: z.number().int(),
  paysFor: z.enum(payable),
  tag: z.string().optional(),
  method,
  bank,
  payment: z
    .object({
      qrText: z.string().optional().describe('QRIS: draw it as a QR, or take the picture at qrPath'),
      qrPath: z.string().optional(),
      accountNumber: z.string().optional(),
    })
    .nullable()
    .describe(
      'null: it waits for a second member, or the payment provider has not answered yet; ask again in a moment',
    ),
  madeBy: z.string().optional().describe('Who placed it: key:key_... or person:per_...'),
  approvedBy: z.string().optional().describe('The second member who let it pass'),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().describe('Until when it waits: for its approval, then for its money'),
  endedAt: z.iso.datetime().optional(),
  replaces: z.string().optional(),
  replacedBy: z.string().optional(),
  intent: intentContent
    .extend({
      state: z
        .enum(intentStates)
        .describe('usable: POST /v1/affixings with `intent` reserves it, until usableUntil; used: it did'),
      usableUntil: z.iso.datetime().optional(),
      affixing: z.string().optional().describe('afx_...: what it reserved'),
    })
    .optional()
    .describe('What the order is for; shown with one order, never in a list'),
})

export const orderList = z.object({ items: z.array(orderSchema), nextCursor: z.string().nullable() })

export const methodsAnswer = z.object({
  priceRupiah: z.number().int(),
  feeRupiah: z.number().int(),
  items: z.array(
    z.object({ method, quantityMax: z.number().int(), minutes: z.number().int(), banks: z.array(z.enum(banks)) }),
  ),
})

export const receiptSchema = z.object({
  number: z.string().describe('Of the receipt: that of its order'),
  paymentId: z.string(),
  paidAt: z.iso.datetime(),
  buyer: z.string(),
  npwp: z.string().optional(),
  address: z.string().optional(),
  quantity: z.number().int(),
  priceRupiah: z.number().int(),
  feeRupiah: z.number().int(),
  totalRupiah: z.number().int(),
  method,
  bank,
  tag: z.string().optional(),
  specimen: z.boolean().describe('true: play money, and no stamps that count'),
})
