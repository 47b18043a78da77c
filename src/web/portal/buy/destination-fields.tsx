import { accountNameLengthMax, bankNameLengthMax } from '../../../limits/purchases.ts'
import type { Destination } from '../../../purchases/refunds/refund.ts'
import { TextField } from '../components/field.tsx'
import { wrongOf, type Again, type Fields, type FormError } from '../forms.tsx'
import type { Say } from '../page-context.ts'

/** Where money goes: bank, number and name. What was typed is kept when the page comes back. */
export function DestinationFields({ say, again }: { say: Say; again: Again | undefined }) {
  const typed = (name: string) => again?.fields.one(name) ?? ''
  return (
    <>
      <TextField
        name="bank"
        label={say('refunds.bank')}
        hint={say('refunds.bankHint')}
        value={typed('bank')}
        maxLength={bankNameLengthMax}
        required
        {...wrongOf(again, 'bank')}
      />
      <TextField
        name="accountNumber"
        label={say('refunds.accountNumber')}
        value={typed('accountNumber')}
        inputmode="numeric"
        autocomplete="off"
        maxLength={30}
        required
        {...wrongOf(again, 'accountNumber')}
      />
      <TextField
        name="accountName"
        label={say('refunds.accountName')}
        hint={say('refunds.accountNameHint')}
        value={typed('accountName')}
        autocomplete="name"
        maxLength={accountNameLengthMax}
        required
        {...wrongOf(again, 'accountName')}
      />
    </>
  )
}

/** The destination as it was typed, numbers without spaces, dots and dashes; or what is wrong, field by field. */
export function destinationTyped(
  say: Say,
  fields: Fields,
): { ok: true; value: Destination } | { ok: false; errors: FormError[] } {
  const bank = fields.one('bank').trim()
  const accountNumber = fields.one('accountNumber').replaceAll(/[\s.-]/g, '')
  const accountName = fields.one('accountName').trim()
  const isText = (value: string, longest: number) =>
    value !== '' && value.length <= longest && value.isWellFormed() && !/\p{Cc}/u.test(value)
  const errors = [
    ...(isText(bank, bankNameLengthMax) ? [] : [{ field: 'bank', says: say('refunds.bankWrong') }]),
    ...(/^\d{5,20}$/.test(accountNumber) ? [] : [{ field: 'accountNumber', says: say('refunds.accountNumberWrong') }]),
    ...(isText(accountName, accountNameLengthMax)
      ? []
      : [{ field: 'accountName', says: say('refunds.accountNameWrong') }]),
  ]
  return errors.length === 0 ? { ok: true, value: { bank, accountNumber, accountName } } : { ok: false, errors }
}
