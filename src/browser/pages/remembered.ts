// What this browser remembers of earlier affixings to spare typing: never anything of a document.

/** A word that was remembered under this name; undefined where none was, or where this browser remembers nothing. */
export function recall(name: 'type' | 'limit'): string | undefined {
  try {
    return localStorage.getItem(`meterai.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

/** Remembers a word, where this browser does. */
export function remember(name: 'type' | 'limit', word: string): void {
  try {
    localStorage.setItem(`meterai.${name}`, word)
  } catch {
    // typing it again is all it costs
  }
}
