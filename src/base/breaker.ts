/** `closed`: everybody may try. `open`: nobody. `half_open`: one tries for all. */
export type BreakerState = 'closed' | 'open' | 'half_open'

export type BreakerRules = {
  /** Failures in a row, with no success between, that open it. */
  failuresMax: number
  /** How long it stays open before one may try. */
  openMilliseconds: number
  /** Milliseconds of a clock that only goes forward. */
  now(): number
}

/** One try that the breaker let through. The first report counts, and only while no later state has made it stale. */
export type Try = {
  /** It is the one that tries for all after a pause. */
  probe: boolean
  succeeded(): void
  failed(): void
}

/** Keeps callers from something that is down, so that nobody waits for it and it is not pressed while it gets up. */
export type Breaker = {
  /** Undefined: do not ask now. A probe that never reports counts as failed after another `openMilliseconds`. */
  begin(): Try | undefined
  state(): BreakerState
}

/**
 * A circuit breaker: closed until `failuresMax` failures in a row, then open for `openMilliseconds`, then half open: one
 * probe closes it by success or opens it again by failure. Tries begun before a change of state change nothing any more.
 */
export function openBreaker(rules: BreakerRules): Breaker {
  let failures = 0
  /** Undefined: closed. */
  let openUntil: number | undefined
  /** Counts changes of state, so that late reports are known as such. */
  let era = 0

  const change = (until: number | undefined) => {
    openUntil = until
    failures = 0
    era++
  }

  function begun(probe: boolean): Try {
    const mine = era
    let reported = false
    const once = (report: () => void) => {
      if (!reported && mine === era) report()
      reported = true
    }
    return {
      probe,
      succeeded: () => once(() => (probe ? change(undefined) : (failures = 0))),
      failed: () =>
        once(() => {
          failures++
          if (probe || failures >= rules.failuresMax) change(rules.now() + rules.openMilliseconds)
        }),
    }
  }

  return {
    begin() {
      if (openUntil === undefined) return begun(false)
      if (rules.now() < openUntil) return undefined
      // Until it reports, its pause keeps the others out.
      change(rules.now() + rules.openMilliseconds)
      return begun(true)
    },
    state: () => (openUntil === undefined ? 'closed' : rules.now() < openUntil ? 'open' : 'half_open'),
  }
}
