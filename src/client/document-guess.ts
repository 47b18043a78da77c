import { textLengthMax } from '../limits/stamping.ts'
import { documentTypeSlugs, type DocumentType } from '../stamp/document-types.ts'

/** What a document says of itself: its number, its day (YYYY-MM-DD) and its type, each only where nothing speaks against it. */
export type DocumentGuess = { number?: string; date?: string; documentType?: DocumentType }

/**
 * A number as offices write it: letters, digits and what parts them. Each slash stands between parts, so that a space belongs to one place
 * alone: a line can be read in one way, and a hostile one costs no more.
 */
const numberForm = String.raw`[A-Za-z0-9][A-Za-z0-9.\-_]*(?: ?/ ?[A-Za-z0-9.\-_]+)*`
/** The label begins its line and a colon ends it, so that no number of a phone, a card or an account is taken. */
const numberLine = new RegExp(
  String.raw`^(?:Nomor|No\.?|Number)(?: (?:Surat|Dokumen|Perjanjian|Kontrak|Kuitansi|Invoice))? ?: ?(${numberForm})(?: (?!/)|$)`,
  'i',
)
/** Digits alone are as likely of an identity card, a phone or an account. */
const longDigits = /^\d{9,}$/

const months = [
  ['januari', 'january', 'jan'],
  ['februari', 'february', 'feb'],
  ['maret', 'march', 'mar'],
  ['april', 'apr'],
  ['mei', 'may'],
  ['juni', 'june', 'jun'],
  ['juli', 'july', 'jul'],
  ['agustus', 'august', 'agu', 'aug'],
  ['september', 'sep', 'sept'],
  ['oktober', 'october', 'okt', 'oct'],
  ['november', 'nov', 'nop'],
  ['desember', 'december', 'des', 'dec'],
] as const
const monthNames = months.flat().join('|')
const inWords = String.raw`(\d{1,2}) (${monthNames})\.? (\d{4})`
const inDigits = String.raw`(\d{1,2})[/-](\d{1,2})[/-](\d{4})`
/** `Tanggal: 23 November 2026`, or the place and the day above a signature: `Jakarta, 23 November 2026`. */
const dateLines = [
  new RegExp(String.raw`^(?:Tanggal|Tgl\.?|Date) ?:? ?${inWords}\b`, 'i'),
  new RegExp(String.raw`^(?:Tanggal|Tgl\.?) ?: ?${inDigits}\b`, 'i'),
  new RegExp(String.raw`^(?:[A-Z][\p{L}.]*)(?: [A-Z][\p{L}.]*){0,3}, ?(?:tanggal )?${inWords}$`, 'iu'),
]

/** Titles that say the type, each only as a whole line or at its beginning. */
const titles: readonly (readonly [RegExp, DocumentType])[] = [
  [/^surat pernyataan\b/i, 'surat-pernyataan'],
  [/^(?:surat )?perjanjian\b/i, 'surat-perjanjian'],
  [/^surat keterangan\b/i, 'surat-keterangan'],
  [/^surat kuasa\b/i, 'surat-lainnya'],
  [/^surat berharga\b/i, 'surat-berharga'],
]
/** A title stands among the first lines. */
const titleLines = 8

/** The guess from a document's lines, as `readLines` gives them, and from what its file is called. What two places say differently is no guess. */
export function guessFacts({ lines, fileName }: { lines: readonly string[]; fileName: string }): DocumentGuess {
  const number = onlyOne(lines.map(numberIn))
  const date = onlyOne(lines.map(dateIn))
  const documentType = typeNamed(lines.slice(0, titleLines)) ?? typeNamed([wordsOf(fileName)])
  return {
    ...(number === undefined ? {} : { number }),
    ...(date === undefined ? {} : { date }),
    ...(documentType === undefined ? {} : { documentType }),
  }
}

function onlyOne(found: readonly (string | undefined)[]): string | undefined {
  const [first, ...others] = new Set(found.filter((one) => one !== undefined))
  return others.length === 0 ? first : undefined
}

function numberIn(line: string): string | undefined {
  const number = numberLine.exec(line)?.[1]?.replaceAll(/ ?\/ ?/g, '/')
  if (number === undefined || number.length > textLengthMax) return undefined
  return /\d/.test(number) && /[A-Za-z0-9]$/.test(number) && !longDigits.test(number) ? number : undefined
}

function dateIn(line: string): string | undefined {
  for (const form of dateLines) {
    const [, day, month = '', year] = form.exec(line) ?? []
    if (day === undefined) continue
    const named = months.findIndex((names) => names.some((name) => name === month.toLowerCase())) + 1
    return calendarDay(Number(year), named === 0 ? Number(month) : named, Number(day))
  }
  return undefined
}

/** YYYY-MM-DD of a day that the calendar has. */
function calendarDay(year: number, month: number, day: number): string | undefined {
  const at = new Date(Date.UTC(year, month - 1, day))
  const isReal = at.getUTCMonth() === month - 1 && at.getUTCDate() === day && year >= 1945
  return isReal ? at.toISOString().slice(0, 10) : undefined
}

function typeNamed(lines: readonly string[]): DocumentType | undefined {
  const found = lines.flatMap((line) => titles.find(([title]) => title.test(line))?.[1] ?? [])
  return documentTypeSlugs.find((slug) => slug === onlyOne(found))
}

/** A file's name as words: `Surat_Perjanjian-sewa.pdf` begins as its title does. */
function wordsOf(fileName: string): string {
  return fileName
    .replace(/\.[^.]*$/, '')
    .replaceAll(/[_\-. ]+/g, ' ')
    .trim()
}
