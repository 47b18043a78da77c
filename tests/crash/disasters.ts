import type { Random } from '../../bench/fuzz/random.ts'
import { faultPoints, type FaultPoint } from '../../src/base/fault-points.ts'
import type { Deed, Order } from './orders.ts'

/** What happens in a round: at a fault point, or at a moment that the seed draws. */
export type Disaster = { kind: 'at'; deed: Deed; point: FaultPoint } | { kind: (typeof moments)[number] }

const moments = [
  'service killed',
  'database killed',
  'both killed',
  'connections cut',
  'connections cut again and again',
  'service stopped',
  'timestamps out',
  'clock forward',
  'clock back',
  'wall clock forward',
] as const

/** Points where a file is written: there the disk may refuse. */
const diskPoints: readonly FaultPoint[] = ['blobs.beforeKeep', 'blobs.syncedNotNamed', 'blobs.namedNotSynced']
/** Points that only the jobs of a starting service come by, over what an earlier one left. */
const startPoints: readonly FaultPoint[] = ['affixing.dueNotFinished', 'affixing.overdueNotReleased']
/** Points that are only come by while there is no timestamp. */
const waitingPoints: readonly FaultPoint[] = [
  'affixing.boundNotCommitted',
  'affixing.boundNotAnswered',
  'affixing.dueNotFinished',
]

/** Once for each thing that can happen. */
export const allDisasters: readonly Disaster[] = [
  ...faultPoints.flatMap((point) =>
    (['kill service', 'kill database', 'cut connections'] as const).map(
      (deed) => ({ kind: 'at', deed, point }) as const,
    ),
  ),
  ...diskPoints.map((point) => ({ kind: 'at', deed: 'refuse disk', point }) as const),
  // What has no point of its own happens at another moment each time: three times as often.
  ...moments.flatMap((kind) => [{ kind }, { kind }, { kind }]),
]

/** The disaster of a round: all of them, in an order of the seed's, and over again in another. */
export function disasterOf(makeRandom: (stream: number) => Random, round: number): Disaster {
  const lap = Math.floor((round - 1) / allDisasters.length)
  const random = makeRandom(-2 - lap)
  const order = allDisasters
    .map((disaster) => ({ disaster, at: random.below(2 ** 30) }))
    .toSorted((a, b) => a.at - b.at)
  const drawn = order[(round - 1) % order.length]
  if (drawn === undefined) throw new Error(`no disaster for round ${round}`)
  return drawn.disaster
}

/** In words, for the table. */
export function disasterName(disaster: Disaster): string {
  return disaster.kind === 'at' ? `${disaster.deed} at ${disaster.point}` : disaster.kind
}

/** Without a timestamp from now on. */
export const noTimestamps: Order = {
  point: 'affixing.beforeTimestamp',
  deed: 'refuse timestamp',
  pass: 1,
  times: Number.MAX_SAFE_INTEGER,
}

/** The order of a disaster at a point; a full disk stays full for some files. */
export function orderOf(disaster: Extract<Disaster, { kind: 'at' }>, random: Random): Order {
  const { point, deed } = disaster
  const isRare = point.endsWith('NotCommitted') || startPoints.includes(point)
  const pass = isRare || random.onceIn(2) ? 1 : 2
  return { point, deed, pass, times: deed === 'refuse disk' ? 3 : 1 }
}

/** Whether the disaster waits for a service that starts over what another left. */
export function isAtStart(disaster: Disaster): boolean {
  return disaster.kind === 'at' && startPoints.includes(disaster.point)
}

/** Whether only an upload meets it. */
export function needsUploads(disaster: Disaster): boolean {
  return disaster.kind === 'at' && /^(?:stamping|blobs)\./.test(disaster.point)
}

/** Whether it needs a time without timestamps. */
export function needsOutage(disaster: Disaster): boolean {
  return disaster.kind === 'timestamps out' || (disaster.kind === 'at' && waitingPoints.includes(disaster.point))
}
