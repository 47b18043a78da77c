import type { Language } from '../../../base/text.ts'
import { dayText } from '../components/moment.tsx'

/** A promised day (YYYY-MM-DD, of Jakarta) in words. */
export function promisedText(promisedOn: string, language: Language): string {
  return dayText(new Date(`${promisedOn}T12:00:00+07:00`), language)
}
