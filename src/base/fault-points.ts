type Hook = (name: string) => void | Promise<void>

let hook: Hook | undefined

/** Every named place where a test may make the process die or fail. Crash tests walk this list. */
export const faultPoints = [
  'affixing.beforeReserve',
  'affixing.reservedNotCommitted',
  'affixing.reservedNotAnswered',
  'affixing.beforeSign',
  'affixing.signedNotStored',
  'affixing.storedNotCommitted',
  'affixing.affixedNotAnswered',
  'stamping.reservedNotPrepared',
  'stamping.preparedNotSigned',
  'stamping.affixedNotAnswered',
] as const
export type FaultPoint = (typeof faultPoints)[number]

/** Does nothing in production; crash tests install a hook that dies or throws here. */
export async function faultPoint(name: FaultPoint): Promise<void> {
  if (hook !== undefined) await hook(name)
}

/** For tests alone: what to do at fault points; undefined empties them. */
export function installFaultHook(next: Hook | undefined): void {
  hook = next
}
