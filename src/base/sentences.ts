/** Languages people read; Indonesian first. */
export const languages = ['id', 'en'] as const
export type Language = (typeof languages)[number]

/**
 * What a sentence may name. A value whose name begins with `bytes` is shown as a size, one whose name ends with `seconds` as a time
 * that people count in, other numbers in the language's form.
 */
export type TextValues = Record<string, string | number>

/** Sentences by key, all in one language. */
export type Sentences = Readonly<Record<string, string>>

/**
 * The sentence of `key` with its values in place, as `text` tells it; the key itself where there is no such sentence. It knows
 * the sentences only as they are handed in, so that a page's script brings those it needs and no others.
 */
export function fillSentence(
  sentences: Sentences,
  key: string,
  { language, values }: { language: Language; values: TextValues },
): string {
  const shown = (name: string) => shownValue(sentences, name, { language, values })
  return (sentences[key] ?? key)
    .replaceAll(/\[([^\]]*)\]/g, (_, part: string) =>
      placeholdersOf(part).every((name) => shown(name) !== '') ? part : '',
    )
    .replaceAll(placeholders, (_, name: string, one?: string, many?: string) => {
      const said = shown(name) || '?'
      if (one === undefined) return said
      return `${said} ${isOne(language, ownValue(values, name)) ? one : many}`
    })
}

/** `{units}`, or with the words that follow one and that follow any other number: `{units stamp|stamps}`. */
const placeholders = /\{([\w.]+)(?: ([^|{}]+)\|([^|{}]+))?\}/g

function isOne(language: Language, value: string | number): boolean {
  return new Intl.PluralRules(language).select(Number(value)) === 'one'
}

/** The names between braces, in order of appearance. */
export function placeholdersOf(sentence: string): string[] {
  return Array.from(sentence.matchAll(placeholders), ([, name = '']) => name)
}

function shownValue(
  sentences: Sentences,
  name: string,
  { language, values }: { language: Language; values: TextValues },
): string {
  const [group = '', member] = name.split('.')
  if (member !== undefined) {
    const key = `${group}.${ownValue(values, member)}`
    return Object.hasOwn(sentences, key) ? (sentences[key] ?? '') : ''
  }
  const value = ownValue(values, name)
  if (typeof value === 'string') return value
  if (name.startsWith('bytes')) return `${written(language, value / 2 ** 20)} MB`
  if (/(?:^s|S)econds$/.test(name)) return lasting(language, value)
  return written(language, value)
}

function ownValue(values: TextValues, name: string): string | number {
  return Object.hasOwn(values, name) ? (values[name] ?? '') : ''
}

/** `1.234,5` in Indonesian, `1,234.5` in English; at most one decimal. */
function written(language: Language, value: number): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value)
}

const units = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
] as const

/** `45 detik`, `3 menit`, `2 jam`: in the largest unit of which there are two, rounded up, for it is waited that long. */
function lasting(language: Language, value: number): string {
  const { unit, seconds } = units.find((each) => value >= 2 * each.seconds) ?? { unit: 'second', seconds: 1 }
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.ceil(value / seconds),
  )
}
