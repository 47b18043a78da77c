/** A figure over the run: its middle, how much it rose by the straight line through all points, and whether that is nothing. */
export type Trend = { median: number; rise: number; flat: boolean }

/** By how much of its middle a figure may rise over the whole run and still be called flat. */
const flatShare = 0.1

/**
 * The trend of evenly spaced figures, by the median of all pairs' slopes (Theil and Sen): one bad minute on a shared machine
 * does not tilt it. With fewer than three figures nothing can be told, and nothing is called flat.
 */
export function trendOf(figures: readonly number[]): Trend {
  const median = middle(figures)
  if (figures.length < 3) return { median, rise: Number.NaN, flat: false }
  const slopes = figures.flatMap((later, at) =>
    figures.slice(0, at).map((earlier, from) => (later - earlier) / (at - from)),
  )
  const rise = middle(slopes) * (figures.length - 1)
  return { median, rise, flat: rise <= median * flatShare }
}

/** The value at a share of the sorted figures: 0.5 the median, 0.99 the 99th percentile; NaN for none. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function middle(figures: readonly number[]): number {
  return quantile(figures, 0.5)
}
