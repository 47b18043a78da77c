import english from '../../text/en.json' with { type: 'json' }
import indonesian from '../../text/id.json' with { type: 'json' }

/** Languages people read; Indonesian first. */
export const languages = ['id', 'en'] as const
export type Language = (typeof languages)[number]

/** A key of the text files, such as `errors.quota_empty`. */
export type TextKey = keyof typeof indonesian

/** What a sentence may name. A value whose name begins with `bytes` is shown as a size, other numbers in the language's form. */
export type TextValues = Record<string, string | number>

const texts: Record<Language, Record<TextKey, string>> = { id: indonesian, en: english }

/**
 * The sentence of `key` with its values in place:
 * `{page}` is the value `page`, or `?` where it is missing; `{releaseReasons.reason}` is the text whose key is
 * `releaseReasons.` and the value `reason`; `[ in {seconds} s]` falls away where a value inside it is missing or empty.
 * Values are put in as they are: whoever makes HTML of the sentence escapes it. Throws RangeError on an unknown key.
 */
export function text(language: Language, key: TextKey, values: TextValues = {}): string {
  if (!isTextKey(key))
    throw new RangeError(`no text has the key "${String(key)}"; text/id.json and text/en.json list them`)
  const shown = (name: string) => shownValue(language, name, values)
  return texts[language][key]
    .replaceAll(/\[([^\]]*)\]/g, (_, part: string) =>
      placeholdersOf(part).every((name) => shown(name) !== '') ? part : '',
    )
    .replaceAll(/\{([\w.]+)\}/g, (_, name: string) => shown(name) || '?')
}

/** The sentence of `key` with the names of its values where they will stand, `{page}`: for those who read of it beforehand. */
export function textWithNames(language: Language, key: TextKey): string {
  return texts[language][key].replaceAll(/[[\]]/g, '').replaceAll(/\{\w+\.(\w+)\}/g, '{$1}')
}

/** Whether a text has this key: for keys that come from outside, such as another server's error code. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(indonesian, key)
}

/** The names between braces, in order of appearance. */
export function placeholdersOf(sentence: string): string[] {
  return Array.from(sentence.matchAll(/\{([\w.]+)\}/g), ([, name = '']) => name)
}

function shownValue(language: Language, name: string, values: TextValues): string {
  const [group = '', member] = name.split('.')
  if (member !== undefined) {
    const key = `${group}.${ownValue(values, member)}`
    return isTextKey(key) ? texts[language][key] : ''
  }
  const value = ownValue(values, name)
  if (typeof value === 'string') return value
  if (name.startsWith('bytes')) return `${written(language, value / 2 ** 20)} MB`
  return written(language, value)
}

function ownValue(values: TextValues, name: string): string | number {
  return Object.hasOwn(values, name) ? (values[name] ?? '') : ''
}

/** `1.234,5` in Indonesian, `1,234.5` in English; at most one decimal. */
function written(language: Language, value: number): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value)
}
