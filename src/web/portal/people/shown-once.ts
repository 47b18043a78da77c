import { z } from 'zod'
import type { PeoplePageParts } from './people-parts.ts'
import { openStepCookie, type StepCookie } from './step-cookie.ts'

/** Long enough to be led to the page that shows it. */
const onceSeconds = 60

/** Something shown once: `owner` is the id of whom or what it belongs to. */
export type Once = { owner: string; texts: string[] }

const onceSchema = z.object({ owner: z.string(), texts: z.array(z.string()) })

/**
 * Carries what an act made, such as a key, over to the page after it: sealed, in the browser alone. The page clears it as it shows it, so
 * that a reload shows nothing.
 */
export function openOnce({ people, publicUrl }: PeoplePageParts, name: string): StepCookie<Once> {
  return openStepCookie(people.sealing, { name, schema: onceSchema, seconds: onceSeconds, publicUrl })
}
