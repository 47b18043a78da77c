import english from '../../text/en.json' with { type: 'json' }
import indonesian from '../../text/id.json' with { type: 'json' }
import { fillSentence, type Language, type TextValues } from './sentences.ts'

export { languages, placeholdersOf, type Language, type TextValues } from './sentences.ts'

/** A key of the text files, such as `errors.quota_empty`. */
export type TextKey = keyof typeof indonesian

const texts: Record<Language, Record<TextKey, string>> = { id: indonesian, en: english }

/**
 * The sentence of `key` with its values in place:
 * `{page}` is the value `page`, or `?` where it is missing; `{releaseReasons.reason}` is the text whose key is
 * `releaseReasons.` and the value `reason`; `{units stamp|stamps}` is `1 stamp` or `5 stamps`;
 * `[ in {seconds} s]` falls away where a value inside it is missing or empty.
 * Values are put in as they are: whoever makes HTML of the sentence escapes it. Throws RangeError on an unknown key.
 */
export function text(language: Language, key: TextKey, values: TextValues = {}): string {
  if (!isTextKey(key))
    throw new RangeError(`no text has the key "${String(key)}"; text/id.json and text/en.json list them`)
  return fillSentence(texts[language], key, { language, values })
}

/** The sentence of `key` with the names of its values where they will stand, `{page}`: for those who read of it beforehand. */
export function textWithNames(language: Language, key: TextKey): string {
  return texts[language][key]
    .replaceAll(/[[\]]/g, '')
    .replaceAll(/\{\w+\.(\w+)\}/g, '{$1}')
    .replaceAll(/\{(\w+) [^|{}]+\|([^|{}]+)\}/g, '{$1} $2')
}

/** Whether a text has this key: for keys that come from outside, such as another server's error code. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(indonesian, key)
}

/** The sentences of one language whose keys begin with one of these: what a page's script says by itself. */
export function sentencesOf(language: Language, prefixes: readonly string[]): Record<string, string> {
  const wanted = Object.entries(texts[language]).filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix)))
  return Object.fromEntries(wanted)
}
