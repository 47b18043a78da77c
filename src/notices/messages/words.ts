import type { Route } from '../../base/receiver.ts'
import { isTextKey, type Language, text, type TextKey, type TextValues } from '../../base/text.ts'

/** What a receiver reads. Only e-mail has a subject. */
export type MessageWords = { subject: string; text: string }

/** The text key of a template's part; undefined where it has no words. */
export function messageKey(template: string, part: 'subject' | 'text'): TextKey | undefined {
  const key = `messages.${template}.${part}`
  return isTextKey(key) ? key : undefined
}

/**
 * A template in words. `host` is where the service answers: a code by SMS ends with it, so that phones offer the code on that page
 * alone (WICG, origin-bound one-time codes). Throws RangeError for a template that has no words.
 */
export function messageWords(
  message: { route: Route; template: string; values: TextValues; language: Language },
  host: string,
): MessageWords {
  const { route, template, language } = message
  const values = { ...message.values, host }
  const subject = messageKey(template, 'subject')
  const body = messageKey(template, 'text')
  if (subject === undefined || body === undefined) throw new RangeError(`no text messages.${template}`)
  const said = text(language, body, values)
  const { code } = message.values
  return { subject: text(language, subject, values), text: `${said}${ending()}` }

  function ending(): string {
    if (route === 'email') return `\n\n${text(language, 'messageFooter', values)}\n`
    return route === 'sms' && typeof code === 'string' ? `\n\n@${host} #${code}` : ''
  }
}
