import { posix } from 'node:path'
import type { SourceText } from './source-text.ts'
import { importsOf, onlyPassesOn } from './source-text.ts'

/** One file under src/: its path from the root of the repository, and its text. */
export type Module = { path: string; source: SourceText }

/**
 * The import order, lowest line first (docs/decisions/0001-one-package.md): a file imports its own folder and lower
 * lines, never another name of its own line.
 */
export const importOrder = [
  ['errors.ts', 'limits'],
  ['base'],
  ['stamp'],
  ['client'],
  ['database'],
  ['ledger', 'signing', 'notices', 'audit', 'blobs'],
  ['admission'],
  ['identity'],
  ['purchases'],
  ['affixing'],
  ['verification'],
  ['helpdesk', 'reports'],
  ['web', 'cli', 'browser'],
  ['published'],
  ['assembly'],
  ['settings.ts'],
  ['config.ts'],
  ['main.ts'],
] as const

/** Lines whose reach is shorter than the order allows. */
const reach: Record<string, readonly string[]> = {
  browser: ['client', 'stamp', 'base', 'errors.ts', 'limits'],
  published: ['browser', 'client', 'stamp', 'base', 'errors.ts', 'limits'],
  // The composition root alone knows the configuration; whatever reads it must not grow roots of its own.
  'config.ts': ['settings.ts', 'base', 'errors.ts', 'limits'],
  'settings.ts': ['base', 'errors.ts', 'limits'],
}

/** Folders that run wherever they are put: no I/O, no clock, no randomness, nothing of Node. */
const pureFolders = ['stamp', 'client']
const impureNames: readonly (readonly [string, RegExp])[] = [
  ['Buffer', /(?<![.\w$])Buffer\b(?!\s*\??:)/],
  ['globalThis', /(?<![.\w$])globalThis\b/],
  ['Math.random', /\bMath\s*\.\s*random\b/],
  ['the clock', /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)/],
  ...[
    'process',
    'console',
    'crypto',
    'performance',
    'fetch',
    'require',
    'setTimeout',
    'setInterval',
    'setImmediate',
  ].map((name) => [name, new RegExp(`(?<![.\\w$])${name}\\s*[.(\\[]`)] as const),
]

/** Rows of a file: over the first its head says why, over the second it is too long for everyone. */
export const rowsMax = { explained: 400, ever: 600 } as const
/** Half of all files are shorter than this. */
export const rowsMedian = 120

const isTest = (path: string) => /\.test\.tsx?$/.test(path)

/** Whether a module runs for users: tests beside it may use more of Node than it does. */
export function isProduct(module: Module): boolean {
  return !isTest(module.path)
}

/** `src/stamp/pdf/place.ts` -> `stamp`; `src/errors.ts` and `src/errors.test.ts` -> `errors.ts`. */
function nameInOrder(path: string): string {
  const [, first = '', ...deeper] = path.split('/')
  return deeper.length > 0 ? first : first.replace(/\.test(?=\.tsx?$)/, '')
}

function lineOf(name: string): number {
  return importOrder.findIndex((line) => line.some((each) => each === name))
}

/** A relative import as a path from the root. */
function target(module: Module, what: string): string {
  return posix.normalize(posix.join(posix.dirname(module.path), what))
}

function orderProblem(from: string, to: string): string | undefined {
  if (from === to) return undefined
  if (lineOf(from) < 0) return `${from} has no line in the import order (tests/support/house-rules.ts): give it one`
  if (lineOf(to) < 0) return `${to} has no line in the import order (tests/support/house-rules.ts): give it one`
  const reachable = reach[from]
  if (reachable !== undefined && !reachable.includes(to))
    return `${from} reaches only ${reachable.join(', ')}, not ${to}`
  if (to === 'settings.ts' && from !== 'config.ts') return `only config.ts reads settings.ts`
  if (to === 'config.ts' && from !== 'main.ts')
    return `only main.ts reads config.ts; take what ${from} needs as a parameter`
  if (lineOf(to) > lineOf(from)) return `${from} stands below ${to}; what goes upward is an event`
  if (lineOf(to) === lineOf(from)) return `${from} and ${to} stand in one line; move what both need below them`
  return undefined
}

/** The import order, and the `.ts` at the end of every import of our own. */
export function importProblems(module: Module): string[] {
  const problems: string[] = []
  for (const what of importsOf(module.source)) {
    if (!what.startsWith('.')) continue
    const to = target(module, what)
    if (!/\.(?:tsx?|json)$/.test(what)) problems.push(`${module.path}: ${what} needs its file extension`)
    if (to.startsWith('src/')) {
      const problem = orderProblem(nameInOrder(module.path), nameInOrder(to))
      if (problem !== undefined) problems.push(`${module.path} imports ${what}: ${problem}`)
    } else if (isProduct(module) && /^(?:\.\.|tests|bench)(?:\/|$)/.test(to)) {
      problems.push(`${module.path} imports ${what}: src/ stands without tests/, bench/ and what lies outside`)
    }
  }
  return problems
}

/** Product modules that reach Node or a package, directly or through another module; each with the way there. */
function reachingOutside(modules: readonly Module[]): Map<string, string> {
  const ways = new Map<string, string>()
  let grown = true
  while (grown) {
    grown = false
    for (const module of modules.filter((each) => isProduct(each) && !ways.has(each.path))) {
      const way = importsOf(module.source)
        .map((what) => (what.startsWith('.') ? ways.get(target(module, what)) : what))
        .find((each) => each !== undefined)
      if (way === undefined) continue
      ways.set(module.path, `${module.path} -> ${way}`)
      grown = true
    }
  }
  return ways
}

/** Purity of stamp/ and client/: what they import, by any way, and which names of the surroundings they use. */
export function purityProblems(modules: readonly Module[]): string[] {
  const ways = reachingOutside(modules)
  const problems: string[] = []
  for (const module of modules) {
    if (!isProduct(module) || !pureFolders.includes(nameInOrder(module.path))) continue
    const way = ways.get(module.path)
    if (way !== undefined) problems.push(`${way}: ${nameInOrder(module.path)}/ is pure; have it handed in`)
    for (const [name, pattern] of impureNames) {
      if (pattern.test(module.source.code))
        problems.push(`${module.path} uses ${name}: ${nameInOrder(module.path)}/ is pure`)
    }
  }
  return problems
}

const vagueName = /(?:^|-)(?:utils?|helpers?|common|misc|managers?|services?|handlers?)$/

/** Names that say nothing, and barrels. */
export function nameProblems(module: Module): string[] {
  const problems: string[] = []
  const names = module.path
    .replace(/(?:\.test)?\.tsx?$/, '')
    .split('/')
    .slice(1)
  for (const name of names) {
    if (vagueName.test(name)) problems.push(`${module.path}: "${name}" says nothing; name it for what it does`)
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) problems.push(`${module.path}: "${name}" is not in kebab-case`)
  }
  if (names.at(-1) === 'index') problems.push(`${module.path}: no index files; import the file that holds the thing`)
  if (onlyPassesOn(module.source))
    problems.push(`${module.path} only passes on exports; import the file that holds the thing`)
  return problems
}

/** A file's length. A file over the first bound says why in its head: `Longer than 400 lines: ...`. */
export function lengthProblems(module: Module): string[] {
  const rows = module.source.whole.trimEnd().split('\n').length
  const why = /Longer than 400 lines: \S/.test(module.source.whole.slice(0, 2000))
  if (rows > rowsMax.ever) return [`${module.path} has ${rows} lines; ${rowsMax.ever} is the end: part it`]
  if (rows > rowsMax.explained && !why) {
    return [
      `${module.path} has ${rows} lines; part it, or say in its head "Longer than ${rowsMax.explained} lines: ..."`,
    ]
  }
  return []
}
