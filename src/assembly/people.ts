import type { Job } from '../base/jobs.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Blobs } from '../blobs/blobs.ts'
import { openDatabase, type Database, type Tx } from '../database/database.ts'
import type { CodeLimits } from '../identity/codes.ts'
import { openPersonProofs } from '../identity/own-proofs.ts'
import type { PasskeySite } from '../identity/passkeys.ts'
import { openPasswords } from '../identity/passwords.ts'
import { openPhotoStripper } from '../identity/photos/photo-stripper.ts'
import { peopleJobs } from '../identity/people-jobs.ts'
import type { PersonProofs } from '../identity/person-proofs.ts'
import { simulatedProofing, type ProofingProvider } from '../identity/proofing-provider.ts'
import { openSessions } from '../identity/session-callers.ts'
import { peopleConnectionsMax } from '../limits/people.ts'
import { closingRefusal } from '../purchases/closing.ts'
import { keepLateContact } from '../purchases/late-money.ts'
import type { PeopleWebParts } from '../web/api/people.ts'

/** People's parts of one process. */
export type People = {
  web: PeopleWebParts
  /** What PINs are confirmed beside. */
  confirming: { sealing: Sealing; proofs: PersonProofs }
  jobs: Job[]
  close(): void
}

/** Connections for what people do. Whoever opens them closes them. */
export function openPeopleDatabase(login: { url: string; role?: string }): Database {
  return openDatabase({ ...login, connectionsMax: peopleConnectionsMax, applicationName: 'openmeterai people' })
}

/** Where no provider is there to ask, every case waits for an operator. */
const askOperators: ProofingProvider = { ask: () => Promise.resolve('waiting') }

/** Joins what people stand on. `simulated`: the simulator decides whether holders are who they say. */
export function openPeople(parts: {
  /** Where sessions are looked up and jobs run. */
  database: Database
  /** Connections of people's own, so that a storm at the door takes none of those that stamp; the same by default. */
  ownDatabase?: Database
  sealing: Sealing
  blobs: Blobs
  simulated: boolean
  /** What passkeys are bound to. */
  site: PasskeySite
  /** Bounds on one-time codes; those of limits/people.ts by default. */
  codeLimits?: Partial<CodeLimits>
  onFailure?: (error: unknown) => void
}): People {
  const { database, sealing, blobs, site, codeLimits, onFailure } = parts
  const passwords = openPasswords()
  const photos = openPhotoStripper()
  const own = parts.ownDatabase ?? database
  const people = {
    database: own,
    sealing,
    passwords,
    mayClose: closingRefusal,
    onClosing: (tx: Tx, closing: Parameters<typeof keepLateContact>[2]) => keepLateContact(tx, sealing, closing),
    ...(codeLimits === undefined ? {} : { codeLimits }),
  }
  const provider = parts.simulated ? simulatedProofing : askOperators
  const proofing = { database: own, sealing, blobs, provider, ...(onFailure === undefined ? {} : { onFailure }) }
  return {
    web: { people, proofing, photos, sessions: openSessions(database, sealing) },
    confirming: { sealing, proofs: openPersonProofs({ ...people, site }) },
    jobs: peopleJobs({ ...proofing, origin: site.origin }),
    close() {
      passwords.close()
      photos.close()
    },
  }
}
