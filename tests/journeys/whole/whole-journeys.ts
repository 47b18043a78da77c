import { check } from './check.ts'
import { company } from './company.ts'
import { copyAgain } from './copy-again.ts'
import { firstStamp } from './first-stamp.ts'
import { forgottenPassword } from './forgotten-password.ts'
import type { Journey } from './journey-places.ts'
import { manyDocuments } from './many-documents.ts'
import { moneyBack } from './money-back.ts'
import { returned } from './returned.ts'

/** Every journey of the portal. In `npm test` each is gone once, in the modes of `spreadModes` one after the other. */
export const wholeJourneys: readonly Journey[] = [
  firstStamp,
  manyDocuments,
  company,
  copyAgain,
  forgottenPassword,
  moneyBack,
  check,
  returned,
]
