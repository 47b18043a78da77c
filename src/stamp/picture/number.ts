/**
 * A number as PDF content writes it: rounded to `decimals`, no exponent, nothing that says nothing (`.5`, `-3`, `0`).
 * Two decimals are a hundredth of the square's hundredth; matrices take four, their error grows with what they move.
 */
export function formatNumber(value: number, decimals: 2 | 4 = 2): string {
  if (Number.isInteger(value)) return String(value)
  const unit = decimals === 2 ? 100 : 10_000
  const rounded = Math.round(Math.abs(value) * unit)
  const whole = Math.floor(rounded / unit)
  const fraction = String(rounded % unit)
    .padStart(decimals, '0')
    .replace(/0+$/, '')
  const sign = value < 0 && rounded > 0 ? '-' : ''
  if (fraction === '') return `${sign}${whole}`
  return `${sign}${whole === 0 ? '' : whole}.${fraction}`
}
