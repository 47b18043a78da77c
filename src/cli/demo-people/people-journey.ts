import { randomUUID } from 'node:crypto'
import { nodePrimitives } from '../../base/primitives-node.ts'
import type { TextKey, TextValues } from '../../base/text.ts'
import { affixDocument, digestOf } from '../../client/affix.ts'
import { fetchOrder, placeOrder } from '../../client/orders.ts'
import { numberOf, textOf } from '../../client/json-fields.ts'
import type { Wait } from '../../client/transport.ts'
import { RefusedError } from '../../errors.ts'
import { orderPollMilliseconds, orderPollsMax } from '../../limits/purchases.ts'
import { sampleLetter } from '../sample-letter.ts'
import { samplePhoto } from './sample-photo.ts'
import { codeFromInbox, objectOf, type Visitor } from './visitor.ts'

// From a stranger to a stamp by API calls alone, as a page of ours or a program of somebody else would make them. Nobody lives at these
// addresses, and the simulator of proofing says yes to this number.

const identity = { name: 'Contoh A', nik: '3171015708900001', birthDate: '1990-08-17' }
const email = 'contoh.a@contoh.example'
const phone = '+6281200000123'
const password = 'kucing abu makan ikan'
const pin = '402817'
const stampsBought = 3
const placement = { page: 'last', left: 400, bottom: 60, width: 100, height: 100, unit: 'pt' } as const

/** What came of it: the stamped document in its two pieces. */
export type PeopleJourney = { serial: string; original: Uint8Array; tail: Uint8Array; available: number }

type Tell = (key: TextKey, values?: TextValues) => void
/** `step` hears what comes next, `result` what came of it. */
type Steps = { visitor: Visitor; wait: Wait; step: Tell; result: Tell }

/** Registers, proves, sets a PIN, buys, pays, confirms and stamps. Throws RefusedError for the first refusal, AnswerError for a strange answer. */
export async function walkPeople(given: Steps): Promise<PeopleJourney> {
  await register(given)
  const { visitor, step } = given
  step('cli.people.pin')
  await visitor.ask('PUT', '/v1/pin', { json: { pin, password } })
  await buy(given)
  const stamped = await stamp(given)
  step('cli.people.leave')
  await visitor.ask('DELETE', '/v1/sessions/current')
  return stamped
}

/** In steps that could each be left and resumed by the registration's token. */
async function register({ visitor, step, result }: Steps): Promise<void> {
  step('cli.people.begin')
  const begun = await visitor.ask('POST', '/v1/registrations')
  const path = `/v1/registrations/${textOf(begun, 'id')}`
  const headers = { authorization: `Bearer ${textOf(begun, 'token')}` }
  step('cli.people.identity')
  await visitor.ask('PATCH', path, { headers, json: { ownerType: 'personal', identity } })
  const bytes = samplePhoto()
  await visitor.ask('PUT', `${path}/identity-photo`, { headers, bytes, type: 'image/png' })
  await visitor.ask('PATCH', path, { headers, json: { email, phone, password } })
  for (const [kind, address] of [
    ['email', email],
    ['phone', phone],
  ] as const) {
    step('cli.people.prove', { address })
    const asked = await visitor.ask('POST', `${path}/codes`, { headers, json: { kind } })
    const json = { codeId: textOf(asked, 'codeId'), code: await codeFromInbox(visitor, address) }
    await visitor.ask('POST', `${path}/proofs`, { headers, json })
  }
  step('cli.people.complete')
  const { values } = await visitor.ask('GET', path, { headers })
  const done = await visitor.ask('POST', `${path}/complete`, { headers, json: { consent: values['consent'] } })
  const account = objectOf(done, 'account')
  result('cli.people.registered', { account: textOf(account, 'id'), proofing: textOf(account, 'proofing') })
}

async function buy({ visitor, wait, step }: Steps): Promise<void> {
  step('cli.people.buy', { quantity: stampsBought })
  const connection = { transport: visitor.transport, wait }
  const placed = await placeOrder(connection, { quantity: stampsBought, method: 'qris' }, randomUUID())
  if (!placed.ok) throw new RefusedError(placed.refusal)
  const { id, totalRupiah } = placed.order
  step('cli.people.pay', { totalRupiah })
  await visitor.ask('POST', `/simulator/payments/${id}`, { json: { act: 'pay' } })
  for (let polls = 1; ; polls++) {
    const found = await fetchOrder(connection, id)
    if (!found.ok) throw new RefusedError(found.refusal)
    if (found.order.state === 'paid') return
    if (polls === orderPollsMax) throw new RefusedError({ code: 'order_unpaid', values: { id } })
    await wait(orderPollMilliseconds)
  }
}

async function stamp({ visitor, wait, step, result }: Steps): Promise<PeopleJourney> {
  const original = sampleLetter()
  step('cli.people.confirm')
  const sourceSha256s = [digestOf(original, nodePrimitives)]
  const confirmed = await visitor.ask('POST', '/v1/pin-confirmations', {
    json: { pin, purpose: 'affixing', sourceSha256s },
  })
  step('cli.people.stamp')
  const outcome = await affixDocument({
    transport: visitor.transport,
    wait,
    original,
    primitives: nodePrimitives,
    facts: { documentType: 'surat-pernyataan' },
    placement,
    idempotencyKey: randomUUID(),
    authorization: textOf(confirmed, 'authorization'),
  })
  if (!outcome.ok) throw new RefusedError(outcome.refusal)
  const quota = await visitor.ask('GET', '/v1/quota')
  const available = numberOf(quota, 'available')
  const { serial } = outcome.affixing
  result('cli.people.stamped', { serial, available })
  return { serial, original, tail: outcome.tail, available }
}
