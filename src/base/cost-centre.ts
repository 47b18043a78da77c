import { costCentreLengthMax } from '../limits/stamping.ts'

/** Letters, digits, spaces and a few signs, as an expression of forms too (with `u` or `v`). */
export const costCentrePattern = String.raw`[\p{L}\p{N} ._\/\-]+`

/** The same for a whole text. */
export const costCentreForm = new RegExp(`^${costCentrePattern}$`, 'u')

/** Whether a text can be a cost centre, as orders, batches and affixings carry it. */
export function isCostCentre(text: string): boolean {
  return text.length <= costCentreLengthMax && costCentreForm.test(text)
}
