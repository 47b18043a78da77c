import { posix } from 'node:path'

/** Words that only promise work, and tests that hide. The letters are parted so that this file does not find itself. */
const leftOvers = [
  /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/,
  /@ts-(?:ignore|nocheck)\b/,
  /\b(?:it|test|describe|suite)\s*\.\s*(?:skip|only|todo|skipIf|runIf|fails)\b/,
]

/** Places on somebody's machine or network: a clone elsewhere has none of them. */
const privatePlaces = [
  /(?<![\w.~-])\/(?:wor[k]|far[m]|roo[t]|hom[e]\/[a-z][\w-]*|User[s]\/\w+)\/[\w.-]/,
  /bash_job[s]/,
  /\bregistr[y]\.(?:[a-z0-9-]+\.)*(?:org|com|net|io|dev|local|internal)\b/,
  /https?:\/\/[^\s"'/]*(?:registr[y]|artifactor[y]|verdacci[o]|jfro[g]|nexu[s])[^\s"'/]*/,
]

/** `path:line: the text found`, for every line that one of the patterns meets. */
function found(path: string, text: string, patterns: readonly RegExp[], complaint: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    patterns.flatMap((pattern) => {
      const match = pattern.exec(line)
      return match === null ? [] : [`${path}:${index + 1}: ${complaint}: ${match[0]}`]
    }),
  )
}

/** Left-over marks in code, hidden tests, switched-off type checks. A known gap is a line in docs/limits.md. */
export function leftOverProblems(path: string, text: string): string[] {
  return /\.(?:tsx?|m?js|sql|css|sh)$/.test(path) ? found(path, text, leftOvers, 'left over') : []
}

/** Paths and hosts that exist on one machine only, in any text file. */
export function privatePlaceProblems(path: string, text: string): string[] {
  return found(path, text, privatePlaces, 'a place of one machine')
}

/** Links of a Markdown file that lead to nothing in the tree. `exists` answers for paths from the root. */
export function deadLinks(path: string, text: string, exists: (path: string) => boolean): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(\s*(?:<([^>\n]+)>|([^)\s]+))|<img[^>]*\bsrc="([^"]+)"/g)]
  return targets.flatMap(([, ...forms]) => {
    const [file = ''] = (forms.find((form) => form !== undefined) ?? '').split('#', 1)
    if (file === '' || /^[a-z][a-z0-9+.-]*:/i.test(file)) return []
    const to = posix.normalize(posix.join(posix.dirname(path), decodeURIComponent(file))).replace(/\/$/, '')
    return exists(to) ? [] : [`${path}: the link ${file} leads to nothing`]
  })
}

/** Holds docs/dependencies.md (one table row per package, its name in backquotes first) and package.json together, both ways. */
export function dependencyProblems(direct: readonly string[], document: string): string[] {
  const rows = [...document.matchAll(/^\|\s*`([^`]+)`\s*\|/gm)].map(([, name]) => name ?? '')
  return [
    ...direct.filter((name) => !rows.includes(name)).map((name) => `docs/dependencies.md has no row for ${name}`),
    ...rows
      .filter((name) => !direct.includes(name))
      .map((name) => `docs/dependencies.md has ${name}, package.json has not`),
    ...rows.filter((name, at) => rows.indexOf(name) !== at).map((name) => `docs/dependencies.md has ${name} twice`),
  ]
}
