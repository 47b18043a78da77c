import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openSealing } from '../../src/base/sealing.ts'
import type { Database } from '../../src/database/database.ts'
import { openHolder } from '../../src/identity/accounts.ts'
import { makeApiKey, storeApiKey } from '../../src/identity/api-keys.ts'
import { simulatorSignature, type SimulatorNotification } from '../../src/purchases/simulator/simulator-gateway.ts'
import { jsonOf } from '../support/fetch-transport.ts'
import type { ServiceProcess } from '../support/service.ts'
import { drawFates, type Fate } from './fates.ts'
import { proveOrders } from './torture-proofs.ts'

// Orders are placed, paid, told of and lied about while the service dies. The simulator's table is the truth about money: it is written
// before anybody is told, as a bank's is. At the end every order has to agree with it.

/** Where the torture takes place. */
export type TortureWorld = { dataFolder: string; database: Database; start(): Promise<ServiceProcess> }

export type TortureOptions = { orders: number; kills: number; seed: number; say: (line: string) => void }

/** What came of it; `problems` is empty where all is well. */
export type TortureReport = {
  orders: number
  paid: number
  credited: number
  refundsDue: number
  forgedRefused: number
  kills: number
  milliseconds: number
  problems: string[]
}

const callersAtOnce = 8
/** An account has a bound on open orders. */
const ordersPerAccount = 60
const settleMilliseconds = 120_000

/** The service, whoever killed it last. */
type Up = { url(): Promise<string>; kill(): Promise<void>; stop(): Promise<void>; kills: number }

function keepUp(world: TortureWorld): Up {
  let serving = world.start()
  const up: Up = {
    kills: 0,
    url: async () => (await serving).url,
    async kill() {
      const service = await serving
      service.process.kill('SIGKILL')
      up.kills++
      serving = service.gone.then(() => world.start())
      await serving
    },
    stop: async () => (await serving).stop(),
  }
  return up
}

/** Runs it all; the same seed gives the same fates. */
export async function torturePayments(world: TortureWorld, options: TortureOptions): Promise<TortureReport> {
  const from = performance.now()
  const up = keepUp(world)
  await up.url()
  const keys = await openAccounts(world.database, Math.ceil(options.orders / ordersPerAccount))
  const secret = openSealing(await serviceKeyOf(world.dataFolder)).secretFor('payment simulator')
  const told = { forgedRefused: 0, problems: [] as string[] }
  const fates = drawFates(options.seed, options.orders)
  const waiting = fates.entries()
  const killAt = new Set(
    Array.from({ length: options.kills }, (_, at) => Math.floor(((at + 1) * options.orders) / (options.kills + 1))),
  )
  const caller = async () => {
    for (const [at, fate] of waiting) {
      if (killAt.delete(at)) {
        options.say(`order ${at}: the service is killed`)
        await up.kill()
      }
      await suffer({ up, key: keys[at % keys.length] ?? '', at, fate, secret, told, seed: options.seed })
    }
  }
  await Promise.all(Array.from({ length: callersAtOnce }, caller))
  await settle(world.database)
  const proof = await proveOrders(world.database, secret, options.orders)
  await up.stop()
  return {
    orders: options.orders,
    ...proof.counts,
    forgedRefused: told.forgedRefused,
    kills: up.kills,
    milliseconds: Math.round(performance.now() - from),
    problems: [...told.problems, ...proof.problems],
  }
}

async function serviceKeyOf(dataFolder: string): Promise<Buffer> {
  return Buffer.from((await readFile(join(dataFolder, 'service-key'), 'utf8')).trim(), 'hex')
}

async function openAccounts(database: Database, count: number): Promise<string[]> {
  const keys: string[] = []
  for (let i = 0; i < count; i++) {
    const key = makeApiKey('live')
    await database.transaction(async (tx) => {
      const at = await database.now(tx)
      const { accountId } = await openHolder(tx, { name: `Contoh ${i}`, at })
      await storeApiKey(tx, { key, accountId, kind: 'live', label: 'torture', at })
    })
    keys.push(key)
  }
  return keys
}

type Suffering = {
  up: Up
  key: string
  at: number
  fate: Fate
  secret: Buffer
  told: { forgedRefused: number; problems: string[] }
  seed: number
}

async function suffer(one: Suffering): Promise<void> {
  const { at, fate, key, seed } = one
  const isQris = at % 3 !== 0
  const wish = isQris
    ? { quantity: 1 + (at % 7), method: 'qris' }
    : { quantity: 1 + (at % 7), method: 'virtual_account', bank: 'bca' }
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': `torture-${seed}-${at}` }
  const placed = await post(one, '/v1/orders', wish, headers)
  const order = await jsonOf(placed)
  if (placed.status !== 201)
    return void one.told.problems.push(`order ${at} was answered ${placed.status} ${order.code}`)
  const reference: string = order.id
  const act = (name: string) => post(one, `/simulator/payments/${reference}`, { act: name })
  if (fate === 'unpaid') return
  if (fate === 'forged') return tellLies(one, reference, order.totalRupiah)
  if (fate === 'wrong_then_right') {
    await act('pay_wrong_amount')
    await act('pay')
    return
  }
  if (fate !== 'delayed' && fate !== 'reordered') return void (await act(fate))
  const seen = await jsonOf(await act('pay_silently'))
  const truths: SimulatorNotification[] = seen.transactions.map(
    (paid: { transactionId: string; amountRupiah: number }) => ({
      reference,
      state: 'paid',
      currency: 'IDR',
      ...paid,
    }),
  )
  if (fate === 'delayed') await delay(50 + (at % 10) * 30)
  for (const truth of truths)
    await Promise.all(
      [truth, { ...truth, state: 'waiting' as const }, truth].map((notification) =>
        tell(one, notification, one.secret),
      ),
    )
}

/** Signed by another, not at all, or changed after it was signed: each has to be refused. */
async function tellLies(one: Suffering, reference: string, amountRupiah: number): Promise<void> {
  const lie: SimulatorNotification = {
    reference,
    state: 'paid',
    transactionId: `forged-${one.at}`,
    amountRupiah,
    currency: 'IDR',
  }
  const answers = [
    await tell(one, lie, Buffer.alloc(32, 1)),
    await tell(one, lie, undefined),
    await tell(one, lie, one.secret, { ...lie, amountRupiah: amountRupiah + 1 }),
  ]
  for (const { status } of answers) {
    if (status === 403) one.told.forgedRefused++
    else one.told.problems.push(`a forged notification of order ${one.at} was answered ${status}`)
  }
}

function tell(
  one: Suffering,
  notification: SimulatorNotification,
  secret: Buffer | undefined,
  signed: SimulatorNotification = notification,
): Promise<Response> {
  const signature = secret === undefined ? '' : simulatorSignature(secret, JSON.stringify(signed))
  return post(one, '/v1/payments/simulator/notifications', notification, { 'simulator-signature': signature })
}

/** Sends until somebody answers: a service that was just killed is back soon. */
async function post(
  { up }: Suffering,
  path: string,
  json: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  for (let left = 100; ; left--) {
    try {
      const answer = await fetch((await up.url()) + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(json),
        signal: AbortSignal.timeout(20_000),
      })
      if (answer.status !== 503) return answer
      await answer.arrayBuffer()
    } catch (error) {
      if (left === 0) throw error
    }
    await delay(100)
  }
}

/** Until the job has found every payment. Those that it has yet to find are made due once more now and then: nobody waits for its pauses. */
async function settle({ sql }: Database): Promise<void> {
  const until = performance.now() + settleMilliseconds
  const unsettled = sql`
    select o.account_id, o.order_id from simulated_transactions t join orders o on t.reference = 'ord_' || replace(o.order_id::text, '-', '')
    where not exists (select from payments p where p.gateway = 'simulator' and p.transaction_id = t.transaction_id)`
  for (let round = 0; performance.now() < until; round++) {
    const left = await sql`${unsettled}`
    if (left.length === 0) return
    if (round % 10 === 0)
      await sql`update orders set look_at = created_at where look_at is not null and (account_id, order_id) in (${unsettled})`
    await delay(1_000)
  }
}
