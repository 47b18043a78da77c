import type { Database } from '../../database/database.ts'
import { actorOf } from '../../identity/api-keys.ts'
import type { ActPurpose } from '../../identity/confirmed-acts.ts'
import { confirmByPin, type ConfirmParts } from '../../identity/confirmations.ts'
import { unwrap } from '../api/people-parts.ts'
import { CodeField } from './components/field.tsx'
import { wrongOf, type Again, type Fields } from './forms.tsx'
import type { Say } from './page-context.ts'
import type { SignedInCaller } from './signed-in.ts'

/** What a form's PIN is checked by; without `confirming` there are none. */
export type ActPinParts = { database: Database; confirming?: Omit<ConfirmParts, 'database'> }

/** The PIN that confirms what a form does. */
export function ActPin({ say, again, optional = false }: { say: Say; again: Again | undefined; optional?: boolean }) {
  return (
    <CodeField
      name="pin"
      label={say('own.actPin')}
      {...(optional ? { optional: true, hint: say('own.actPinHint') } : {})}
      purpose="pin"
      {...wrongOf(again, 'pin')}
    />
  )
}

/** The authorization of the PIN that was typed, for the act of this form; undefined where none was, and the act says whether it needs one. */
export async function actConfirmed(
  { confirming, database }: ActPinParts,
  caller: SignedInCaller,
  typed: { fields: Fields; purpose: ActPurpose },
): Promise<string | undefined> {
  const pin = typed.fields.one('pin')
  if (confirming === undefined || !/^\d{6}$/.test(pin)) return undefined
  const who = { accountId: caller.accountId, personId: caller.person.personId, actor: actorOf(caller) }
  const what = { purpose: typed.purpose, sourceSha256s: [], count: 1 }
  const confirmed = await confirmByPin({ ...confirming, database }, { who, what, pin })
  return unwrap<{ ok: true; authorization: string }>(confirmed).authorization
}
