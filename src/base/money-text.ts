import type { Language } from './text.ts'

/** `Rp10.000` (`Rp10,000` in English); of another currency its code before whole units: `USD 12`. */
export function moneyText(amount: bigint | number, currency: string, language: Language): string {
  const digits = new Intl.NumberFormat(language).format(amount)
  return currency === 'IDR' ? `Rp${digits}` : `${currency} ${digits}`
}
