/** The value a text stands for, or what it must be: the sentence goes on "it must be ...". */
export type Parsed<T> = { ok: true; value: T } | { ok: false; wanted: string }

type Parse<T> = (text: string) => Parsed<T>

export const good = <T>(value: T): Parsed<T> => ({ ok: true, value })
export const bad = (wanted: string): Parsed<never> => ({ ok: false, wanted })

/** Digits alone, within these bounds. */
export function wholeNumber(least: number, most: number): Parse<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? good(value) : bad(`a whole number from ${least} to ${most}`)
  }
}

/** One of these words, letter by letter. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Parse<T> {
  return (text) => {
    const found = allowed.find((value) => value === text)
    return found === undefined ? bad(`one of ${allowed.join(', ')}`) : good(found)
  }
}

/** A URL of one of these protocols (`https:`), without slashes at its end. */
export function address(wanted: string, ...protocols: readonly string[]): Parse<string> {
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !protocols.includes(url.protocol)) return bad(wanted)
    return good(text.replace(/\/+$/, ''))
  }
}

/** Up to so many different values, with spaces or commas between them. */
export function oneOrMore<T>(parse: Parse<T>, most: number): Parse<readonly T[]> {
  return (text) => {
    const values: T[] = []
    for (const part of text.split(/[\s,]+/)) {
      const parsed = parse(part)
      if (!parsed.ok) return bad(`${parsed.wanted}, or ${most} different ones with a space between`)
      values.push(parsed.value)
    }
    return values.length <= most && new Set(values).size === values.length
      ? good(values)
      : bad(`at most ${most} different ones with a space between`)
  }
}
