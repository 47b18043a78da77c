import { Random } from '../../bench/fuzz/random.ts'

/** What happens to one order; `delayed`, `reordered` and `forged` are told by the test itself, everything else by the simulator. */
export const fates = [
  'unpaid',
  'forged',
  'pay',
  'pay_and_repeat',
  'pay_silently',
  'pay_twice',
  'pay_wrong_amount',
  'wrong_then_right',
  'delayed',
  'reordered',
] as const
export type Fate = (typeof fates)[number]

/** How many times in a hundred. */
const weights: Record<Fate, number> = {
  unpaid: 8,
  forged: 12,
  pay: 15,
  pay_and_repeat: 15,
  pay_silently: 12,
  pay_twice: 8,
  pay_wrong_amount: 6,
  wrong_then_right: 6,
  delayed: 9,
  reordered: 9,
}

/** The fates of so many orders, the same for the same seed; each kind comes at least once where there is room. */
export function drawFates(seed: number, count: number): Fate[] {
  const random = new Random(seed, 1)
  const bag = fates.flatMap((fate) => Array.from({ length: weights[fate] }, () => fate))
  return Array.from({ length: count }, (_, at) => fates[at] ?? random.pick(bag))
}
