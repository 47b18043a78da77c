import { text, type Language, type TextKey, type TextValues } from '../base/text.ts'

/** Where a command writes; process.stdout is one. */
export type Stream = { write(text: string): unknown; isTTY?: boolean }

/** How far long work is. */
export type Progress = { done: number; total: number }

/** What people see of a command: results on `out`, progress and refusals on `err`, in their language. */
export type Screen = {
  language: Language
  say(key: TextKey, values?: TextValues): void
  /** A line that is no sentence: a list, a path. */
  line(text: string): void
  tell(key: TextKey, values?: TextValues): void
  tellLine(text: string): void
  /** How far long work is: a bar that moves where somebody watches, else a line now and then. Call it at every step. */
  progress(key: TextKey, progress: Progress, values?: TextValues): void
}

/** A bar moves this often, and is so wide; lines come this often. */
const barMilliseconds = 100
const barWidth = 24
const lineMilliseconds = 5_000
/** Back to the beginning of the line, and nothing on it (ECMA-48: CR, EL). */
const wipe = '\r\u{1b}[K'

/** A screen on these streams. */
export function openScreen(language: Language, out: Stream, err: Stream): Screen {
  let bar = ''
  let told = performance.now()
  // what is said takes the bar's place; the next step draws it again
  const clear = () => {
    if (bar !== '') err.write(wipe)
    bar = ''
  }
  const write = (stream: Stream, said: string) => {
    clear()
    stream.write(`${visible(said)}\n`)
  }
  const line = (said: string) => write(out, said)
  const tellLine = (said: string) => write(err, said)
  return {
    language,
    line,
    tellLine,
    say: (key, values) => line(text(language, key, values)),
    tell: (key, values) => tellLine(text(language, key, values)),
    progress(key, { done, total }, values = {}) {
      const now = performance.now()
      const isWatched = err.isTTY === true
      if (now - told < (isWatched ? barMilliseconds : lineMilliseconds) && !(isWatched && done === total)) return
      told = now
      const said = text(language, key, { ...values, done, total })
      if (!isWatched) return tellLine(said)
      const full = Math.round((barWidth * done) / Math.max(1, total))
      bar = `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${visible(said)}`
      err.write(wipe + bar)
    },
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
