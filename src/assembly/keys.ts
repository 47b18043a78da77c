import type { Job } from '../base/jobs.ts'
import type { KeyUses } from '../identity/key-uses.ts'
import { keyUseSeconds } from '../limits/people.ts'

/** Writes down on which day keys were last used. */
export function keyUseJob(uses: KeyUses): Job {
  return { name: 'key uses', everySeconds: keyUseSeconds, run: () => uses.write() }
}
