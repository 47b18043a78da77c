import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { qrisText } from '../../src/purchases/qris.ts'

/** Keys that the two gateways below know. */
export const fakeKeys = {
  midtrans: 'Mid-server-contoh',
  xendit: 'xnd_development_contoh',
  callbackToken: 'token-contoh',
}

/** One payment at a gateway, in that gateway's own words. */
export type FakeTransaction = {
  id: string
  orderId: string
  amount: string
  status: string
  fraud?: string
  qrText?: string
  accountNumber?: string
  bank?: string
}

/** A server that speaks the published shapes of Midtrans' Core API and Xendit's Payments API v3. */
export type FakeGateways = {
  url: string
  transactions: FakeTransaction[]
  /** Method, path and body of every call. */
  calls: {
    method: string
    path: string
    authorization: string
    headers: IncomingMessage['headers']
    body: Record<string, unknown>
  }[]
  /** The next calls are answered like this instead; `silent`: not at all. */
  faults: ({ status: number; body: object } | 'silent')[]
  close(): Promise<void>
}

const qrisOf = (amount: string) =>
  qrisText([
    ['00', '01'],
    ['01', '12'],
    ['26', '0014ID.CO.CONTOH.WW0115936000000000000'],
    ['52', '9399'],
    ['53', '360'],
    ['54', amount],
    ['58', 'ID'],
    ['59', 'PT CONTOH'],
    ['60', 'JAKARTA'],
  ])

/** Starts it on a free port of this machine. */
export async function openFakeGateways(): Promise<FakeGateways> {
  const fake: Omit<FakeGateways, 'url' | 'close'> = { transactions: [], calls: [], faults: [] }
  const server = createServer((request, answer) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const text = Buffer.concat(pieces).toString()
      const body: Record<string, unknown> = text === '' ? {} : JSON.parse(text)
      fake.calls.push({ method, path, authorization: headers.authorization ?? '', headers, body })
      const fault = fake.faults.shift()
      if (fault === 'silent') return
      if (fault !== undefined) return send(answer, fault.status, fault.body)
      if (path.startsWith('/v2/'))
        midtrans(fake, { method, path, authorization: headers.authorization ?? '', body }, answer)
      else xendit(fake, { method, path, authorization: headers.authorization ?? '', body }, answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    ...fake,
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

type Call = { method: string; path: string; authorization: string; body: Record<string, unknown> }
type Held = Pick<FakeGateways, 'transactions'>

function send(answer: ServerResponse, status: number, body: object): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`
const fieldOf = (value: unknown, name: string): string => {
  const held: unknown =
    typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
  return typeof held === 'string' || typeof held === 'number' ? String(held) : ''
}

function midtrans(held: Held, { method, path, authorization, body }: Call, answer: ServerResponse): void {
  if (authorization !== basic(fakeKeys.midtrans))
    return send(answer, 401, {
      status_code: '401',
      status_message: 'Transaction cannot be authorized with the current client/server key.',
    })
  if (method === 'POST' && path === '/v2/charge') {
    const orderId = fieldOf(body['transaction_details'], 'order_id')
    const amount = `${fieldOf(body['transaction_details'], 'gross_amount')}.00`
    if (held.transactions.some((one) => one.orderId === orderId))
      return send(answer, 406, {
        status_code: '406',
        status_message: 'The request could not be completed due to a conflict: order_id has been used.',
      })
    const bank = fieldOf(body['bank_transfer'], 'bank')
    const isQris = body['payment_type'] === 'qris'
    const transaction: FakeTransaction = {
      id: randomUUID(),
      orderId,
      amount,
      status: 'pending',
      ...(isQris ? { qrText: qrisOf(amount) } : { accountNumber: '8077700000012345', bank }),
    }
    held.transactions.push(transaction)
    return send(answer, 200, {
      ...midtransJson(transaction),
      status_code: '201',
      status_message: 'Success, transaction is created',
    })
  }
  const [, , id = '', what] = path.split('/')
  const found = held.transactions.findLast((one) => one.id === id || one.orderId === id)
  if (found === undefined)
    return send(answer, 404, { status_code: '404', status_message: "Transaction doesn't exist." })
  if (method === 'POST' && what === 'cancel') {
    if (found.status !== 'pending')
      return send(answer, 412, { status_code: '412', status_message: 'Transaction status cannot be updated.' })
    found.status = 'cancel'
  }
  send(answer, 200, { ...midtransJson(found), status_message: 'Success, transaction is found' })
}

/** Status codes as Midtrans pairs them with its states. */
const midtransCode = (status: string) =>
  status === 'pending' ? '201' : ['deny', 'expire', 'failure'].includes(status) ? '202' : '200'

function midtransJson(transaction: FakeTransaction): Record<string, unknown> {
  const { id, orderId, amount, status, fraud, qrText, accountNumber, bank = '' } = transaction
  return {
    status_code: midtransCode(status),
    transaction_id: id,
    order_id: orderId,
    merchant_id: 'G000000000',
    gross_amount: amount,
    currency: 'IDR',
    payment_type: qrText === undefined ? 'bank_transfer' : 'qris',
    transaction_time: '2026-11-27 09:00:00',
    transaction_status: status,
    fraud_status: fraud ?? 'accept',
    ...(qrText === undefined ? {} : { qr_string: qrText, acquirer: 'gopay' }),
    ...(accountNumber === undefined
      ? {}
      : bank === 'permata'
        ? { permata_va_number: accountNumber }
        : { va_numbers: [{ bank, va_number: accountNumber }] }),
  }
}

/** The notification that Midtrans posts for a transaction. `key`: a forger's is another. */
export function midtransNotification(
  transaction: FakeTransaction,
  key: string = fakeKeys.midtrans,
): Record<string, unknown> {
  const json = midtransJson(transaction)
  const signed = `${transaction.orderId}${midtransCode(transaction.status)}${transaction.amount}${key}`
  return { ...json, signature_key: createHash('sha512').update(signed).digest('hex') }
}

function xendit(held: Held, { method, path, authorization, body }: Call, answer: ServerResponse): void {
  if (authorization !== basic(fakeKeys.xendit))
    return send(answer, 401, { error_code: 'INVALID_API_KEY', message: 'API key format is invalid' })
  const [, , kind, id = '', what] = path.split('/')
  if (method === 'POST' && kind === 'payment_requests' && id === '') {
    const isQris = body['channel_code'] === 'QRIS'
    const amount = fieldOf(body, 'request_amount')
    const transaction: FakeTransaction = {
      id: randomUUID(),
      orderId: fieldOf(body, 'reference_id'),
      amount,
      status: 'REQUIRES_ACTION',
      ...(isQris ? { qrText: qrisOf(amount) } : { accountNumber: '1328912345678' }),
    }
    held.transactions.push(transaction)
    return send(answer, 201, requestJson(transaction))
  }
  const found = held.transactions.find((one) => id === `pr-${one.id}` || id === `py-${one.id}`)
  if (found === undefined) return send(answer, 404, { error_code: 'DATA_NOT_FOUND', message: 'not found' })
  if (what === 'cancel') {
    if (found.status !== 'REQUIRES_ACTION')
      return send(answer, 400, { error_code: 'REQUEST_CANNOT_BE_CANCELLED', message: 'no' })
    found.status = 'CANCELED'
  }
  send(answer, 200, kind === 'payments' ? paymentJson(found) : requestJson(found))
}

function requestJson(transaction: FakeTransaction): Record<string, unknown> {
  const { id, orderId, amount, status, qrText, accountNumber } = transaction
  return {
    payment_request_id: `pr-${id}`,
    reference_id: orderId,
    business_id: 'b-0',
    type: 'PAY',
    country: 'ID',
    currency: 'IDR',
    request_amount: Number(amount),
    status,
    ...(status === 'SUCCEEDED' ? { latest_payment_id: `py-${id}` } : {}),
    actions: [
      qrText === undefined
        ? { type: 'PRESENT_TO_CUSTOMER', descriptor: 'VIRTUAL_ACCOUNT_NUMBER', value: accountNumber }
        : { type: 'PRESENT_TO_CUSTOMER', descriptor: 'QR_STRING', value: qrText },
    ],
  }
}

function paymentJson({ id, orderId, amount, status }: FakeTransaction): Record<string, unknown> {
  return {
    payment_id: `py-${id}`,
    payment_request_id: `pr-${id}`,
    reference_id: orderId,
    business_id: 'b-0',
    type: 'PAY',
    country: 'ID',
    currency: 'IDR',
    request_amount: Number(amount),
    status,
    ...(status === 'SUCCEEDED' ? { captures: [{ capture_id: `cap-${id}`, capture_amount: Number(amount) }] } : {}),
  }
}

/** The notification that Xendit posts for a payment; its token is a header of its own. */
export function xenditNotification(transaction: FakeTransaction): Record<string, unknown> {
  const event = transaction.status === 'SUCCEEDED' ? 'payment.capture' : 'payment.failure'
  return { event, business_id: 'b-0', created: '2026-11-27T02:00:00.000Z', data: paymentJson(transaction) }
}
