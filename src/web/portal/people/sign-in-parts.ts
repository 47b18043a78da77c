import type { PeopleWebParts } from '../../api/people.ts'
import type { PageParts } from '../page-context.ts'
import { openVisitors, signInPath } from '../signed-in.ts'

/** What pages know of signing in: where, and who did. Nothing where nobody can. */
export function signInPartsOf(people: PeopleWebParts | undefined): Pick<PageParts, 'signInPath' | 'visitorOf'> {
  return people === undefined ? {} : { signInPath, visitorOf: openVisitors(people.people) }
}
