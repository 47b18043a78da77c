/** Bounds of orders, payments, refunds and statements, each with its reason. docs/limits.md tells the ones people meet. */

/** The duty (UU 10/2020 art. 5), in rupiah: what a stamp is sold for. */
export const stampPriceRupiah = 10_000
/** One QRIS payment (Bank Indonesia's bound since 2022). */
export const qrisRupiahMax = 10_000_000
/** Stamps of one order: Rp250 million, as much as one BI-FAST transfer moves. */
export const orderQuantityMax = 25_000
/** Orders of an account that wait for their money: a loop that orders and never pays must end somewhere. */
export const openOrdersMax = 100
/** Money for an order of a closed account is told to the contact kept so long: looks end after days, a bank's correction takes weeks. */
export const lateMoneyDays = 30
/** An order waits so long for a second member: over a weekend and a holiday; who still wants it then orders again. */
export const orderApprovalDays = 7
/** A paid order's intent may reserve for as many days; who comes later confirms anew. */
export const intentDays = 7
/** What an order was for is kept this long: its money may come days late, and then it is good for the days above. */
export const intentKeepDays = 30
/** Little quota: below a tenth of the last purchase, and below this in any case. */
export const quotaLowShare = 0.1
export const quotaLowUnits = 5
/** How often it is looked for, of how many accounts in one go, and goes in a row. */
export const quotaLowSeconds = 20
export const quotaLowBatchMax = 500
export const quotaLowRoundsMax = 200
/** Orders and refunds on one page of their lists: a phone's screen or two. */
export const ordersOnPage = 20
/** Orders in the table of them: years of a large buyer; and so many read at once, some hundred kilobytes. */
export const orderTableMax = 10_000
export const ordersReadAtOnce = 500
/** The page of an order that waits comes anew after as many seconds where there is no script. */
export const orderRefreshSeconds = 15
/** Pages of orders that listen for news in one process, and of one account: each holds a connection open. Others ask every 5 seconds. */
export const orderListenersMax = 1_000
export const orderListenersPerAccount = 6
/** How often the database is asked for all of them; after how many silent seconds something is sent; and when a browser has to come anew. */
export const orderNewsMilliseconds = 2_000
export const orderNewsQuietSeconds = 20
export const orderNewsSecondsMax = 10 * 60
/** An order that its gateway has not heard of yet is made known again after this long. */
export const orderCreateSeconds = 5
/** Pauses between looks at an order's gateway, the last one from then on; and how long after its end money may still come: a weekend. */
export const orderLookSeconds = [10, 20, 40, 80, 160, 320, 640, 1_800, 3_600, 7_200, 14_400] as const
export const orderLookSecondsMax = 3 * 24 * 60 * 60
/** Looks at an order that is paid: a second payment whose notification was lost has to be found too. */
export const paidLookSeconds = [600, 7_200, 86_400] as const
/** How often looks that are due are looked for, how many are claimed together, asked at once, and claimed in a row. */
export const lookSeconds = 1
export const lookBatchMax = 50
export const looksAtOnce = 10
export const lookRoundsMax = 20
/** A claim is somebody's for longer than all of its looks take. */
export const lookClaimSeconds = 120
/** Somebody who says "I have paid" has the gateway asked this often at most. */
export const lookEverySeconds = 3
/** A payment that a notification named and the gateway does not confirm yet is asked about again: after a quarter of the time since, within these. */
export const hintLookSeconds = { least: 30, most: 3_600 } as const
/** Payments of one order that notifications named and the gateway has yet to confirm. */
export const hintedPaymentsMax = 5
/** How often orders past their time are ended, how many in one go, and goes in a row. */
export const expireSeconds = 5
export const expireBatchMax = 500
export const expireRoundsMax = 20
/** What a payment gateway has for its answer, and how much of it is read. */
export const gatewayMilliseconds = 8_000
export const gatewayAnswerBytesMax = 256 * 1024
/** Failures in a row after which a gateway is left alone, and for how long: a person who waits for a QR is not kept waiting for nothing. */
export const gatewayFailuresMax = 5
export const gatewayOpenMilliseconds = 5_000
/** A gateway's notification; real ones have 2 KB. */
export const notificationBytesMax = 32 * 1024
/** Working days within which money is promised back. */
export const refundWorkingDays = 7
/** How often purchases are compared with the gateways by themselves, and of how many days. */
export const reconcileSeconds = 24 * 60 * 60
export const reconcileDays = 7
/** How often each process looks whether that is due, and tells what was found last. */
export const reconcileLookSeconds = 10 * 60
/** Orders that are read at once while gateways are asked: minutes, where each answer takes seconds; whoever is silent for longer is dead. */
export const reconcilePageOrders = 200
export const reconcileLapseSeconds = 30 * 60
/** A refund's bank account: names and numbers of banks stay far below. */
export const bankNameLengthMax = 40
export const accountNameLengthMax = 100
/** Open refunds that an operator is shown at once. */
export const openRefundsShownMax = 500
/** `meterai quota buy` asks this often whether the money is there, for some three hours; the order goes on without it. */
export const orderPollMilliseconds = 2_000
export const orderPollsMax = 5_000
/** A higher credit limit waits so long for its second operator; over a weekend and a holiday, not for ever. */
export const creditRequestDays = 7
/** A quota transfer that nobody finished is gone on with after this long, and so often they are looked for. */
export const transferResumeSeconds = 10
/** Stamps that one account may owe: a hundred times a collector's least month (1,000 documents). */
export const creditUnitsMax = 100_000
/** Statements that a process makes one after another while others wait: each takes up to seconds for a large account. */
export const statementsInLineMax = 10
/** Documents of a return that are read at once. */
export const returnPageRows = 1_000
