/**
 * Every named place where a test may make the process die, its database vanish or its disk refuse: the boundaries between what is
 * done and what is durable, and between what is durable and what is answered. `npm run crash` walks this list.
 */
export const faultPoints = [
  'affixing.beforeReserve',
  'affixing.reservedNotCommitted',
  'affixing.reservedNotAnswered',
  'affixing.beforeSign',
  'affixing.beforeTimestamp',
  'affixing.signedNotStored',
  'affixing.storedNotCommitted',
  'affixing.affixedNotAnswered',
  'affixing.boundNotCommitted',
  'affixing.boundNotAnswered',
  'affixing.dueNotFinished',
  'affixing.releasedNotCommitted',
  'affixing.releasedNotAnswered',
  'affixing.overdueNotReleased',
  'stamping.claimedNotReserved',
  'stamping.reservedNotPrepared',
  'blobs.beforeKeep',
  'blobs.syncedNotNamed',
  'blobs.namedNotSynced',
  'stamping.keptNotNoted',
  'stamping.preparedNotSigned',
  'stamping.affixedNotEnded',
  'stamping.affixedNotAnswered',
] as const
export type FaultPoint = (typeof faultPoints)[number]

type Hook = (name: FaultPoint) => void | Promise<void>

let hook: Hook | undefined

/** Does nothing in production; crash tests install a hook that dies or throws here. */
export async function faultPoint(name: FaultPoint): Promise<void> {
  if (hook !== undefined) await hook(name)
}

/** For tests alone: what to do at fault points; undefined empties them. */
export function installFaultHook(next: Hook | undefined): void {
  hook = next
}
