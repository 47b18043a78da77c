import { onePagePdf } from '../base/one-page-pdf.ts'
import { rupiahText } from '../base/rupiah.ts'
import { text, type Language, type TextKey } from '../base/text.ts'
import type { Receipt } from './receipt.ts'

/** A receipt on one A4 page, in Helvetica: the same bytes for the same receipt. Letters beyond Latin-1 become question marks. */
export function receiptPdf(receipt: Receipt, language: Language): Uint8Array {
  const say = (key: TextKey, values = {}) => text(language, key, values)
  const rows: [TextKey, string][] = [
    ['receipt.number', receipt.number],
    ['receipt.payment', receipt.paymentId],
    ['receipt.paidAt', jakartaMoment(receipt.paidAt, language)],
    ['receipt.buyer', receipt.buyer],
    ...(receipt.npwp === undefined ? [] : [['receipt.npwp', receipt.npwp] satisfies [TextKey, string]]),
    ...(receipt.address === undefined
      ? []
      : [['receipt.address', shortened(receipt.address)] satisfies [TextKey, string]]),
    [
      'receipt.method',
      say(`paymentMethods.${receipt.method}`) + (receipt.bank === undefined ? '' : ` ${receipt.bank.toUpperCase()}`),
    ],
    ...(receipt.tag === undefined ? [] : [['receipt.tag', receipt.tag] satisfies [TextKey, string]]),
    ['receipt.quantity', String(receipt.quantity)],
    ['receipt.price', rupiahText(receipt.priceRupiah, language)],
    ['receipt.fee', rupiahText(receipt.feeRupiah, language)],
    ['receipt.total', rupiahText(receipt.totalRupiah, language)],
  ]
  const lines = [
    line(18, 72, 760, say('receipt.heading')),
    ...rows.flatMap(([key, value], at) => [line(11, 72, 716 - at * 22, say(key)), line(11, 232, 716 - at * 22, value)]),
    ...(receipt.specimen ? [line(11, 72, 716 - rows.length * 22 - 22, say('receipt.specimen'))] : []),
  ]
  return onePagePdf(`BT\n${lines.join('\n')}\nET\n`)
}

/** As much of an address as a line of the page holds. */
const shortened = (address: string): string => (address.length <= 60 ? address : `${address.slice(0, 57)}...`)

function line(size: number, left: number, bottom: number, shown: string): string {
  const letters = Array.from(shown.replaceAll(/[^\u{20}-\u{7e}\u{a0}-\u{ff}]/gu, '?'), (letter) =>
    /[()\\]/.test(letter) ? `\\${letter}` : letter,
  )
  return `/F1 ${size} Tf 1 0 0 1 ${left} ${bottom} Tm (${letters.join('')}) Tj`
}

function jakartaMoment(at: string, language: Language): string {
  const shown = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'id-ID', {
    timeZone: 'Asia/Jakarta',
    dateStyle: 'long',
    timeStyle: 'short',
  })
  return `${shown.format(new Date(at))} WIB`
}
