/** How many calls in how many seconds; `quota` of them may come at once. */
export type RatePolicy = { quota: number; windowSeconds: number }

/** What is left after a call: whole calls, and whole seconds until all of the quota is there again. `waitSeconds`: of a refused call. */
export type Taken = { ok: boolean; remaining: number; resetSeconds: number; waitSeconds: number }

/** A token bucket for each key, in memory. */
export type Limiter = {
  policy: RatePolicy
  /** Takes one call of `key` where there is one left; a fraction of a microsecond. */
  take: (key: string) => Taken
}

type Bucket = { tokens: number; at: number }

/**
 * Buckets fill evenly. `now`: seconds of a clock that never goes back. At most twice `bucketsMax` are kept: when the young ones are that
 * many, the old ones, not asked since, are forgotten; what is forgotten is full again.
 */
export function openLimiter(policy: RatePolicy, given: { bucketsMax: number; now(): number }): Limiter {
  const { quota, windowSeconds } = policy
  const perSecond = quota / windowSeconds
  let young = new Map<string, Bucket>()
  let old = new Map<string, Bucket>()

  function bucketOf(key: string, now: number): Bucket {
    const known = young.get(key)
    if (known !== undefined) return known
    const bucket = old.get(key) ?? { tokens: quota, at: now }
    if (young.size >= given.bucketsMax) {
      old = young
      young = new Map()
    }
    young.set(key, bucket)
    return bucket
  }

  return {
    policy,
    take(key) {
      const now = given.now()
      const bucket = bucketOf(key, now)
      const tokens = Math.min(quota, bucket.tokens + (now - bucket.at) * perSecond)
      const ok = tokens >= 1
      bucket.tokens = ok ? tokens - 1 : tokens
      bucket.at = now
      return {
        ok,
        remaining: Math.floor(bucket.tokens),
        resetSeconds: Math.ceil((quota - bucket.tokens) / perSecond),
        waitSeconds: ok ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond)),
      }
    },
  }
}
