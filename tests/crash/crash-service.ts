import { installFaultHook, type FaultPoint } from '../../src/base/fault-points.ts'
import { startService } from '../../src/main.ts'
import { TimestampUnavailable } from '../../src/signing/timestamp-source.ts'
import type { FromService, Order, ToService } from './orders.ts'

// The real service in a process of its own, with a hook at its fault points. The hook is put in here and nowhere else: no
// setting of the product leads to it. The first orders come as the only parameter, later ones as messages.

let orders: readonly Order[] = JSON.parse(process.argv[2] ?? '[]')
let passes = new Map<FaultPoint, number>()
const reached = new Set<FaultPoint>()
let wallShift = 0
let waiting: (() => void)[] = []

const wall = Date.now.bind(Date)
Date.now = () => wall() + wallShift

function tell(message: FromService): void {
  if (process.connected) process.send?.(message)
}

async function carryOut(order: Order): Promise<void> {
  if (order.deed === 'kill service') process.kill(process.pid, 'SIGKILL')
  tell({ kind: 'carriedOut', order })
  if (order.deed === 'kill database' && order.databasePid !== undefined) process.kill(order.databasePid, 'SIGKILL')
  if (order.deed === 'refuse timestamp') throw new TimestampUnavailable('the test took it away')
  if (order.deed === 'refuse disk')
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  if (order.deed !== 'cut connections') return
  const cut = new Promise<void>((resolve) => waiting.push(resolve))
  tell({ kind: 'waits' })
  await cut
}

installFaultHook(async (point) => {
  if (!reached.has(point)) {
    reached.add(point)
    tell({ kind: 'reached', point })
  }
  const pass = (passes.get(point) ?? 0) + 1
  passes.set(point, pass)
  for (const order of orders) {
    if (order.point === point && pass >= order.pass && pass < order.pass + order.times) await carryOut(order)
  }
})

const service = await startService(process.env)

async function leave(): Promise<void> {
  await service.stop()
  process.exit(0)
}

process.on('message', (message: ToService) => {
  if (message.kind === 'stop') void leave()
  if (message.kind === 'wallClock') wallShift = message.milliseconds
  if (message.kind === 'orders') {
    orders = message.orders
    passes = new Map()
  }
  if (message.kind === 'goOn') {
    const held = waiting
    waiting = []
    for (const resolve of held) resolve()
  }
})
// Whoever started us is gone, perhaps before we were here: nobody else would stop the database.
process.on('disconnect', () => void leave())
if (!process.connected) void leave()
tell({ kind: 'ready', demo: service.demo })
