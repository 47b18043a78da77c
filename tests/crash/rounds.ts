import { Random } from '../../bench/fuzz/random.ts'
import { disasterOf, type Disaster } from './disasters.ts'
import { runRound, type RoundReport } from './round.ts'
import type { World } from './world.ts'

/** Runs rounds `first` to `first + rounds - 1` of a seed, one after another on one world; the same seed draws the same disasters. */
export async function runRounds(
  world: World,
  plan: { seed: number; first: number; rounds: number; disaster?: Disaster },
  onRound: (report: RoundReport) => void = () => undefined,
): Promise<RoundReport[]> {
  const reports: RoundReport[] = []
  for (let round = plan.first; round < plan.first + plan.rounds; round++) {
    const disaster = plan.disaster ?? disasterOf((stream) => new Random(plan.seed, stream), round)
    const report = await runRound(world, { round, disaster, random: new Random(plan.seed, round) })
    reports.push(report)
    onRound(report)
  }
  return reports
}
