/**
 * The digits of a whole number as Indonesians write it: `1000` or `1.000`, with or without Rp; '' where nothing was typed, undefined for
 * anything else (`1e3`, `1.5`, `-2`).
 */
export function digitsTyped(typed: string): string | undefined {
  const number = typed.trim().replace(/^Rp\s*/i, '')
  if (number === '') return ''
  return /^(?:\d+|\d{1,3}(?:\.\d{3})+)$/.test(number) ? number.replaceAll('.', '') : undefined
}
