import type { Job } from '../base/jobs.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { Database } from '../database/database.ts'
import type { CodeLimits } from '../identity/codes.ts'
import { openPersonProofs } from '../identity/own-proofs.ts'
import type { PasskeySite } from '../identity/passkeys.ts'
import { openPasswords } from '../identity/passwords.ts'
import { peopleJobs } from '../identity/people-jobs.ts'
import type { PersonProofs } from '../identity/person-proofs.ts'
import { simulatedProofing, type ProofingProvider } from '../identity/proofing-provider.ts'
import { openSessions } from '../identity/session-callers.ts'
import type { PeopleWebParts } from '../web/api/people.ts'

/** People's parts of one process. */
export type People = {
  web: PeopleWebParts
  /** What PINs are confirmed beside. */
  confirming: { sealing: Sealing; proofs: PersonProofs }
  jobs: Job[]
  close(): void
}

/** Where no provider is there to ask, every case waits for an operator. */
const askOperators: ProofingProvider = { ask: () => Promise.resolve('waiting') }

/** Joins what people stand on. `simulated`: the simulator decides whether holders are who they say. */
export function openPeople(parts: {
  database: Database
  sealing: Sealing
  blobs: Blobs
  simulated: boolean
  /** What passkeys are bound to. */
  site: PasskeySite
  /** Bounds on one-time codes; those of limits.ts by default. */
  codeLimits?: Partial<CodeLimits>
  onFailure?: (error: unknown) => void
}): People {
  const { database, sealing, blobs, site, codeLimits, onFailure } = parts
  const passwords = openPasswords()
  const people = { database, sealing, passwords, ...(codeLimits === undefined ? {} : { codeLimits }) }
  const provider = parts.simulated ? simulatedProofing : askOperators
  const proofing = { database, sealing, blobs, provider, ...(onFailure === undefined ? {} : { onFailure }) }
  return {
    web: { people, proofing, sessions: openSessions(database, sealing) },
    confirming: { sealing, proofs: openPersonProofs({ ...people, site }) },
    jobs: peopleJobs(proofing),
    close: () => passwords.close(),
  }
}
