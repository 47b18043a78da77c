/** What does not look right about a NIK, in the order its digits stand. It warns and never refuses: real ones disagree with birth dates. */
export const nikWarnings = [
  'province_unknown',
  'region_unlikely',
  'date_unlikely',
  'birth_date_differs',
  'serial_unlikely',
] as const
export type NikWarning = (typeof nikWarnings)[number]

/** Codes of provinces (Permendagri 100.1.1-6117/2022), those before the division of Papua among them. */
const provinces = [
  [11, 19],
  [21, 21],
  [31, 36],
  [51, 53],
  [61, 65],
  [71, 76],
  [81, 82],
  [91, 97],
] as const

/**
 * Looks at a NIK of 16 digits, PPKKCC DDMMYY NNNN: place where it was given, day of birth (women: 40 more), serial number. `birthDate`:
 * YYYY-MM-DD, where it is known. Nobody is asked: that digits are plausible proves nothing.
 */
export function nikWarningsOf(nik: string, birthDate?: string): NikWarning[] {
  const [, province = '', region = '', district = '', day = '', month = '', year = '', serial = ''] =
    /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{4})$/.exec(nik) ?? []
  const dayOfMonth = Number(day) > 40 ? Number(day) - 40 : Number(day)
  const warnings: (NikWarning | false)[] = [
    !provinces.some(([first, last]) => Number(province) >= first && Number(province) <= last) && 'province_unknown',
    (region === '00' || district === '00') && 'region_unlikely',
    !isDay(dayOfMonth, Number(month), Number(year)) && 'date_unlikely',
    birthDate !== undefined && !isSameDay(birthDate, dayOfMonth, month, year) && 'birth_date_differs',
    serial === '0000' && 'serial_unlikely',
  ]
  return warnings.filter((warning) => warning !== false)
}

/** Whether the day is in the calendar, in this century or the last. */
function isDay(day: number, month: number, year: number): boolean {
  return [1900 + year, 2000 + year].some((full) => {
    const date = new Date(Date.UTC(full, month - 1, day))
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  })
}

function isSameDay(birthDate: string, day: number, month: string, year: string): boolean {
  return birthDate.slice(2) === `${year}-${month}-${String(day).padStart(2, '0')}`
}
