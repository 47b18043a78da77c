/** Jakarta's time (WIB): UTC+7, no summer time. Days of limits are Jakarta's. */
const aheadMilliseconds = 7 * 3_600_000
const dayMilliseconds = 24 * 3_600_000

const moved = (at: Date): string => new Date(at.getTime() + aheadMilliseconds).toISOString()

/** `2026-11-27`: the day in Jakarta. */
export function jakartaDay(at: Date): string {
  return moved(at).slice(0, 10)
}

/** `2026-11-27 15.04 WIB`, for sentences. */
export function jakartaTime(at: Date): string {
  const text = moved(at)
  return `${text.slice(0, 10)} ${text.slice(11, 13)}.${text.slice(14, 16)} WIB`
}

/** When the month began in Jakarta, and how many whole seconds are left of it. */
export function jakartaMonth(at: Date): { from: Date; secondsLeft: number } {
  const there = new Date(at.getTime() + aheadMilliseconds)
  const firstOf = (month: number) => Date.UTC(there.getUTCFullYear(), month, 1) - aheadMilliseconds
  const month = there.getUTCMonth()
  return { from: new Date(firstOf(month)), secondsLeft: Math.ceil((firstOf(month + 1) - at.getTime()) / 1000) }
}

/** Whole seconds until the next midnight in Jakarta. */
export function jakartaDaySecondsLeft(at: Date): number {
  return Math.ceil((dayMilliseconds - ((at.getTime() + aheadMilliseconds) % dayMilliseconds)) / 1000)
}
