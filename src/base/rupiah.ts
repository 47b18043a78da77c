import type { Language } from './text.ts'

/** `Rp10.000`; `Rp10,000` in English. */
export function rupiahText(amount: bigint | number, language: Language): string {
  return `Rp${new Intl.NumberFormat(language).format(amount)}`
}

/** The same in any currency: of another than IDR its code before whole units, `USD 12`. */
export function moneyText(amount: bigint | number, currency: string, language: Language): string {
  return currency === 'IDR'
    ? rupiahText(amount, language)
    : `${currency} ${new Intl.NumberFormat(language).format(amount)}`
}
