import { costCentrePattern } from '../../../base/cost-centre.ts'
import { costCentreLengthMax } from '../../../limits/stamping.ts'
import type { Say } from '../page-context.ts'
import { TextField } from './field.tsx'

/** The cost centre (`tag`) that stamps are counted for: out of the way of whoever keeps no books by it. */
export function CostCentreField({ say, value = '', error }: { say: Say; value?: string | undefined; error?: string }) {
  return (
    <details open={value !== '' || error !== undefined}>
      <summary>{say('tag.more')}</summary>
      <TextField
        name="tag"
        label={say('tag.label')}
        hint={say('tag.hint')}
        value={value}
        autocomplete="off"
        pattern={costCentrePattern}
        maxLength={costCentreLengthMax}
        {...(error === undefined ? {} : { error })}
      />
    </details>
  )
}
