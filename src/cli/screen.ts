import { text, type Language, type TextKey, type TextValues } from '../base/text.ts'

/** Where a command writes; process.stdout is one. */
export type Stream = { write(text: string): unknown }

/** What people see of a command: results on `out`, progress and refusals on `err`, in their language. */
export type Screen = {
  language: Language
  say(key: TextKey, values?: TextValues): void
  /** A line that is no sentence: a list, a path. */
  line(text: string): void
  tell(key: TextKey, values?: TextValues): void
  tellLine(text: string): void
}

/** A screen on these streams. */
export function openScreen(language: Language, out: Stream, err: Stream): Screen {
  const line = (said: string) => void out.write(`${visible(said)}\n`)
  const tellLine = (said: string) => void err.write(`${visible(said)}\n`)
  return {
    language,
    line,
    tellLine,
    say: (key, values) => line(text(language, key, values)),
    tell: (key, values) => tellLine(text(language, key, values)),
  }
}

/** File names, servers and PDFs may hold control characters; a terminal would obey them. */
function visible(said: string): string {
  return said.replaceAll(/(?!\n)\p{Cc}/gu, '\u{fffd}')
}

/** Indonesian unless the surroundings ask for English first (POSIX: LC_ALL, LC_MESSAGES, LANG). */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const wanted = [environment['LC_ALL'], environment['LC_MESSAGES'], environment['LANG']].find((value) => value)
  return /^en(?:[_.@-]|$)/i.test(wanted ?? '') ? 'en' : 'id'
}
