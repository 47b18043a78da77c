/** Random numbers that a seed repeats: the same seed and the same questions give the same answers. */
export class Random {
  private state: number

  /** `stream` gives each file of a run numbers of its own. */
  constructor(seed: number, stream: number) {
    this.state = (Math.imul(seed | 0, 0x9e37_79b1) ^ Math.imul((stream + 1) | 0, 0x85eb_ca6b)) | 0
  }

  /** A whole number from 0 up to, and without, `limit`; 0 for a limit of 0. (mulberry32) */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** True once in `times`. */
  onceIn(times: number): boolean {
    return this.below(times) === 0
  }

  /** One of the items. Throws RangeError when there are none. */
  pick<Item>(items: readonly Item[]): Item {
    const [item] = items.slice(this.below(items.length))
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }

  /** A length that is mostly short and sometimes up to `limit`. */
  length(limit: number): number {
    return this.below(2 ** this.below(Math.ceil(Math.log2(limit + 1)) + 1))
  }
}
