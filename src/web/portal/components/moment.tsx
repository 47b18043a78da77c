import type { Language } from '../../../base/text.ts'

type MomentGiven = {
  at: Date
  language: Language
  /** The hour alone, for what is minutes away. */
  hour?: boolean
}

/** `23 November 2026, 20.14 WIB`: a moment in Jakarta, the zone named. A script shows it in WITA or WIT where the device is there. */
export function Moment({ at, language, hour = false }: MomentGiven) {
  return (
    <time datetime={at.toISOString()} data-local={language} data-hour={hour ? '' : undefined}>
      {hour ? timeText(at) : momentText(at, language)}
    </time>
  )
}

/** Stands in a sentence where its moment comes; no sentence has this letter. */
const place = '\u{fffc}'

/** A sentence that may name a moment: `says` makes it around what it is given. */
export function WithMoment({ says, ...moment }: MomentGiven & { says: (moment: string) => string }) {
  const [before, after] = says(place).split(place)
  return (
    <>
      {before}
      {after === undefined ? null : <Moment {...moment} />}
      {after}
    </>
  )
}

/** The same as text, for where no element can stand. */
export function momentText(at: Date, language: Language): string {
  const locale = language === 'en' ? 'en-GB' : 'id-ID'
  const zone = { timeZone: 'Asia/Jakarta' } as const
  const day = new Intl.DateTimeFormat(locale, { ...zone, day: 'numeric', month: 'long', year: 'numeric' }).format(at)
  const time = new Intl.DateTimeFormat('id-ID', { ...zone, hour: '2-digit', minute: '2-digit' }).format(at)
  return `${day}, ${time} WIB`
}

/** `20.14 WIB`: the hour in Jakarta. */
function timeText(at: Date): string {
  const time = new Intl.DateTimeFormat('id-ID', { timeZone: 'Asia/Jakarta', hour: '2-digit', minute: '2-digit' })
  return `${time.format(at)} WIB`
}

/** A moment's day in Jakarta: `24 November 2026 (WIB)`. The hour is nobody's business. */
export function dayText(at: Date, language: Language): string {
  const shown = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'id-ID', {
    timeZone: 'Asia/Jakarta',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  })
  return `${shown.format(at)} (WIB)`
}
