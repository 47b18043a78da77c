import type { Language } from './text.ts'

/** `Rp10.000`; `Rp10,000` in English. */
export function rupiahText(amount: bigint | number, language: Language): string {
  return `Rp${new Intl.NumberFormat(language).format(amount)}`
}
