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

const returnName = 'meterai.lanjut'

/** Notes for this tab that the person leaves to sign in or to buy, and takes these up when they come back. */
export function noteReturn(keys: readonly string[]): void {
  try {
    sessionStorage.setItem(returnName, JSON.stringify(keys))
  } catch {
    // then the page offers it in its list
  }
}

/** The keys of what was noted, once. */
export function takeReturn(): string[] {
  try {
    const noted: unknown = JSON.parse(sessionStorage.getItem(returnName) ?? '[]')
    sessionStorage.removeItem(returnName)
    return Array.isArray(noted) ? noted.map(String) : []
  } catch {
    return []
  }
}

/** Forgets all of it. */
export function forgetAll(): void {
  try {
    for (const name of ['type', 'limit']) localStorage.removeItem(`meterai.${name}`)
    sessionStorage.removeItem(returnName)
  } catch {
    // where nothing can be deleted nothing was kept
  }
}
