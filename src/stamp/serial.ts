const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const dayZero = Date.UTC(2020, 0, 1)

/** ISO/IEC 7064 MOD 37,36 check character over 0-9A-Z text. */
export function serialCheckCharacter(body: string): string {
  let product = 36
  for (const char of body) {
    const sum = (product + alphabet.indexOf(char)) % 36
    product = ((sum === 0 ? 36 : sum) * 2) % 37
  }
  return alphabet[(37 - product) % 36] ?? ''
}

/** Days since 2020-01-01 UTC in four base-36 characters. */
export function serialDay(at: Date): string {
  const days = Math.floor((at.getTime() - dayZero) / 86_400_000)
  return days.toString(36).toUpperCase().padStart(4, '0')
}

/**
 * A serial number of 22 characters: specimen `SPESIMEN` + day(4) + random(9) + check, real `M` + day(4) + random(16) + check.
 * `random` gives uniformly random integers in [0, below).
 */
export function makeSerial(specimen: boolean, at: Date, random: (below: number) => number): string {
  const head = (specimen ? 'SPESIMEN' : 'M') + serialDay(at)
  let body = head
  while (body.length < 21) body += alphabet[random(36)] ?? '0'
  return body + serialCheckCharacter(body)
}

export type SerialKind = 'specimen' | 'stamp' | 'foreign'

/** What kind of serial this text is by its form alone; undefined when it is not one (22 of [0-9A-Z]). */
export function serialKind(text: string): SerialKind | undefined {
  if (!/^[0-9A-Z]{22}$/.test(text)) return undefined
  const ours = serialCheckCharacter(text.slice(0, 21)) === text[21]
  if (ours && text.startsWith('SPESIMEN')) return 'specimen'
  return ours && text.startsWith('M') ? 'stamp' : 'foreign'
}
