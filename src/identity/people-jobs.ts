import type { Job } from '../base/jobs.ts'
import { proofingRoundSeconds, recoveryRoundSeconds } from '../limits/people.ts'
import { retentionSeconds } from '../limits/traffic.ts'
import { dropOldFormKeys } from './form-keys.ts'
import { dropOldInvitations } from './invitations.ts'
import { dropOldPapers } from './papers/keep-paper.ts'
import { askProvider, type ProofingParts } from './proofing.ts'
import { dropOldRegistrations } from './registrations.ts'
import { workDueRecoveries } from './recovery/due-recoveries.ts'
import { dropOldSessions } from './sessions.ts'
import { dropOldGuesses } from './sign-in-guesses.ts'

/** The jobs of docs/operate.md that ask whether holders are who they say, and that forget; each is safe in several processes at once. */
export function peopleJobs(parts: ProofingParts & { origin: string }): Job[] {
  const { database } = parts
  return [
    {
      name: 'proofing',
      everySeconds: proofingRoundSeconds,
      run: async (stopping) => void (await askProvider(parts, { stopping })),
    },
    {
      name: 'recoveries',
      everySeconds: recoveryRoundSeconds,
      run: (stopping) => workDueRecoveries(parts, stopping),
    },
    {
      name: 'people-upkeep',
      everySeconds: retentionSeconds,
      async run(stopping) {
        await dropOldSessions(database, stopping)
        await dropOldGuesses(database, stopping)
        await dropOldRegistrations(database, stopping)
        await dropOldInvitations(database, stopping)
        await dropOldPapers(parts, stopping)
        await dropOldFormKeys(database, stopping)
      },
    },
  ]
}
