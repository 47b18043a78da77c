/** One module as the architecture test reads it. Lengths are kept, so a place in one text is a place in all. */
export type SourceText = {
  /** The file as it stands. */
  whole: string
  /** Comments blanked. */
  uncommented: string
  /** Comments blanked, and what stands between quotes or in a regular expression too; `${...}` stays. */
  code: string
}

/** A `/` after one of these begins a regular expression, after anything else it divides. */
const beforePattern = /(?:^|[(,=:[!&|?{};+\-*%~^>]|\b(?:return|typeof|case|in|of|await|yield|throw))\s*$/

const blank = (text: string) => text.replace(/[^\n]/g, ' ')

/** End (exclusive) of the comment, quoted text or regular expression that begins at `at`. */
function pieceEnd(whole: string, at: number, pattern: RegExp): number {
  const matcher = new RegExp(pattern.source, 'y')
  matcher.lastIndex = at
  return matcher.test(whole) ? matcher.lastIndex : at + 1
}

const pieces = {
  comment: /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/,
  // An apostrophe in the words of a page (JSX) has no partner in its line and is a character like any other.
  quoted: /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/,
  pattern: /\/(?![/*])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/,
  template: /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{|$)/,
}

/** Blanks comments and literals of TypeScript text. A reader for tests: it knows what this house writes, not every program. */
export function readSource(whole: string): SourceText {
  let uncommented = ''
  let code = ''
  /** For every open `${`, how many plain braces are open inside it. */
  const openBraces: number[] = []
  const take = (end: number, kind: 'comment' | 'literal' | 'code') => {
    const piece = whole.slice(code.length, end)
    uncommented += kind === 'comment' ? blank(piece) : piece
    code += kind === 'code' ? piece : blank(piece)
  }
  const takeTemplate = (from: number) => {
    const end = pieceEnd(whole, from, pieces.template)
    take(end, 'literal')
    if (whole.slice(end - 2, end) === '${') openBraces.push(0)
  }
  while (code.length < whole.length) {
    const at = code.length
    const char = whole[at]
    const depth = openBraces.at(-1)
    if (char === '/' && (whole[at + 1] === '/' || whole[at + 1] === '*'))
      take(pieceEnd(whole, at, pieces.comment), 'comment')
    else if (char === "'" || char === '"') take(pieceEnd(whole, at, pieces.quoted), 'literal')
    else if (char === '`') takeTemplate(at + 1)
    else if (char === '/' && beforePattern.test(code.slice(-80))) take(pieceEnd(whole, at, pieces.pattern), 'literal')
    else if (char === '}' && depth === 0) {
      openBraces.pop()
      takeTemplate(at + 1)
    } else {
      if (depth !== undefined && char === '{') openBraces[openBraces.length - 1] = depth + 1
      if (depth !== undefined && char === '}') openBraces[openBraces.length - 1] = depth - 1
      take(at + 1, 'code')
    }
  }
  return { whole, uncommented, code }
}

const imports = [
  /\b(?:import|export)\b(?:\s+type\b)?[\s\w$*,{}]*?\bfrom\s*(['"])(?<what>[^'"\n]+)\1/g,
  /\bimport\s*\(?\s*(['"])(?<what>[^'"\n]+)\1/g,
  // A worker or child process begins in the file it is given: that is an import too.
  /\bURL\(\s*(['"])(?<what>\.{1,2}\/[^'"\n]+\.tsx?)\1\s*,\s*import\.meta\.url/g,
]

/** What a module imports, as written: `./x.ts`, `node:fs`, `zod`. */
export function importsOf(source: SourceText): string[] {
  const found: string[] = []
  for (const pattern of imports) {
    for (const match of source.uncommented.matchAll(pattern)) {
      // Inside a text the word is blank in `code`: a module that writes about imports does not import.
      const isCode = source.code.startsWith(match[0].slice(0, 3), match.index)
      if (isCode && match.groups?.['what'] !== undefined) found.push(match.groups['what'])
    }
  }
  return found
}

/** True where a module does nothing but pass on what others export. */
export function onlyPassesOn(source: SourceText): boolean {
  const statement =
    /\b(?:import|export)\b(?:\s+type\b)?[\s\w$*,{}]*?(?:\bfrom\s*(['"])[^'"\n]+\1|\{[\s\w$,]*\}(?!\s*from\b));?/g
  return /\bexport\b/.test(source.code) && source.uncommented.replace(statement, '').trim() === ''
}
