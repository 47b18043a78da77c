import { expect, test } from 'vitest'
import type { Module } from './house-rules.ts'
import { importProblems, lengthProblems, nameProblems, purityProblems } from './house-rules.ts'
import { importsOf, readSource } from './source-text.ts'
import { deadLinks, dependencyProblems, leftOverProblems, privatePlaceProblems } from './text-rules.ts'

function module(path: string, text: string): Module {
  return { path, source: readSource(text) }
}

test.each([
  [
    'a lower folder reaches up',
    'src/ledger/a.ts',
    "import { b } from '../affixing/b.ts'",
    'ledger stands below affixing',
  ],
  ['a sibling', 'src/web/a.ts', "import type { B } from '../cli/b.ts'", 'stand in one line'],
  ['a re-export upward', 'src/base/a.ts', "export { b } from '../stamp/b.ts'", 'base stands below stamp'],
  [
    'an import of another line',
    'src/base/a.ts',
    "import {\n  b,\n  c,\n} from '../stamp/b.ts'",
    'base stands below stamp',
  ],
  ['a dynamic import', 'src/base/a.ts', "const b = await import('../stamp/b.ts')", 'base stands below stamp'],
  ['an import for its effect', 'src/base/a.ts', "import '../stamp/b.ts'", 'base stands below stamp'],
  ['a worker', 'src/base/a.ts', "new Worker(new URL('../web/b.ts', import.meta.url))", 'base stands below web'],
  ['a script of a page', 'src/browser/a.ts', "import { b } from '../ledger/b.ts'", 'browser reaches only client'],
  ['the configuration', 'src/web/a.ts', "import { b } from '../config.ts'", 'only main.ts reads config.ts'],
  ['a test of a lower folder', 'src/stamp/a.test.ts', "import { b } from '../cli/b.ts'", 'stamp stands below cli'],
  ['a folder nobody placed', 'src/surprise/a.ts', "import { b } from '../base/b.ts'", 'surprise has no line'],
  ['a missing extension', 'src/base/a.ts', "import { b } from './b'", 'needs its file extension'],
  ['the tests', 'src/base/a.ts', "import { b } from '../../tests/support/b.ts'", 'src/ stands without tests/'],
])('the import order is broken by %s', (_, path, text, complaint) => {
  expect(importProblems(module(path, text))).toEqual([expect.stringContaining(complaint)])
})

test.each([
  ['its own folder', 'src/stamp/pdf/a.ts', "import { b } from '../cms/b.ts'"],
  ['lower lines', 'src/affixing/a.ts', "import { b } from '../ledger/b.ts'\nimport { c } from '../errors.ts'"],
  ['Node and packages', 'src/ledger/a.ts', "import { b } from 'node:fs'\nimport postgres from 'postgres'"],
  ['support in a test', 'src/ledger/a.test.ts', "import { b } from '../../tests/support/b.ts'"],
  [
    'an import that is only told of',
    'src/base/a.ts',
    '// import { b } from "../web/b.ts"\nconst c = `import "../web/b.ts"`',
  ],
  ['the configuration in main', 'src/main.ts', "import { config } from './config.ts'\nimport { a } from './web/a.ts'"],
])('the import order allows %s', (_, path, text) => {
  expect(importProblems(module(path, text))).toEqual([])
})

test.each([
  ['a Node module', "import { createHash } from 'node:crypto'"],
  ['a package that is not known as pure', "import { z } from 'zod'"],
  ['a Node module behind a lower file', "import { newUuid } from '../base/ids.ts'"],
  ['Buffer', "const text = Buffer.from('a').toString('hex')"],
  ['Buffer inside a template', 'const text = `${Buffer.from(bytes)}`'],
  ['the environment', 'const url = process.env.METERAI_URL'],
  ['the network', "const answer = await fetch('https://example.org')"],
  ['the clock', 'const now = new Date()'],
  ['chance', 'const seed = Math.random()'],
  ['a timer', 'setTimeout(retry, 100)'],
])('purity is broken by %s', (_, text) => {
  const ids = module('src/base/ids.ts', "import { randomBytes } from 'node:crypto'\nexport const newUuid = randomBytes")
  expect(purityProblems([ids, module('src/stamp/a.ts', text)])).toHaveLength(1)
})

test('purity allows what is handed in, what is only named, and Node in tests', () => {
  const pure = `// Buffer is told of, process.env too
const at = new Date(recipe.signedAt)
const says = 'fetch(this)' + transport.fetch(url) + /Buffer'/.source
type Facts = { Buffer: string }`
  const beside = "import { nodePrimitives } from '../base/primitives-node.ts'\nimport fs from 'node:fs'"
  const lower = module('src/base/primitives-node.ts', "import { createHash } from 'node:crypto'")
  expect(purityProblems([lower, module('src/stamp/a.ts', pure), module('src/stamp/a.test.ts', beside)])).toEqual([])
})

test.each([
  ['src/base/utils.ts', 'says nothing'],
  ['src/base/date-helpers.ts', 'says nothing'],
  ['src/ledger/common/a.ts', 'says nothing'],
  ['src/base/someThing.ts', 'not in kebab-case'],
  ['src/base/index.ts', 'no index files'],
])('the name %s is refused', (path, complaint) => {
  expect(nameProblems(module(path, 'export const a = 1'))).toEqual([expect.stringContaining(complaint)])
})

test('a barrel is found under any name, a file with a line of its own is none', () => {
  const barrel =
    "/** All of it. */\nexport { a } from './a.ts'\nexport * from './b.ts'\nexport type { C } from './c.ts'\n"
  expect(nameProblems(module('src/base/parts.ts', barrel))).toEqual([expect.stringContaining('only passes on')])
  const imported = "import { a } from './a.ts'\nexport { a }\n"
  expect(nameProblems(module('src/base/parts.ts', imported))).toEqual([expect.stringContaining('only passes on')])
  expect(nameProblems(module('src/base/parts.ts', `${barrel}export const d = 1`))).toEqual([])
})

function rows(count: number, head = ''): Module {
  return module('src/base/a.ts', head + 'let a\n'.repeat(count))
}

test('a long file says why, an endless one is refused', () => {
  expect(lengthProblems(rows(400))).toEqual([])
  expect(lengthProblems(rows(401))).toEqual([expect.stringContaining('401 lines')])
  expect(lengthProblems(rows(401, '// Longer than 400 lines: one table of the standard.\n'))).toEqual([])
  expect(lengthProblems(rows(600, '// Longer than 400 lines: one table of the standard.\n'))).toHaveLength(1)
})

/** Joins what must not stand whole in this file, or it would find itself. */
const joined = (...parts: string[]) => parts.join('')

test.each([
  joined('// TO', 'DO later'),
  joined('/* FIX', 'ME */'),
  joined('// @ts', '-ignore'),
  joined('test', ".skip('a')"),
])('left over in code: %s', (mark) => {
  expect(leftOverProblems('src/a.ts', `const a = 1\n${mark}`)).toEqual([
    expect.stringContaining('src/a.ts:2: left over'),
  ])
})

test('words that only look like left-over marks are none, and documents may speak of them', () => {
  expect(leftOverProblems('src/a.ts', 'const todos = latest.only')).toEqual([])
  expect(leftOverProblems('docs/a.md', joined('No TO', 'DO in the code.'))).toEqual([])
})

test.each([
  joined('/wor', 'k/main/a'),
  joined('/roo', 't/.npmrc'),
  joined('/hom', 'e/somebody/a'),
  joined('https://regis', 'try.example.org/a'),
  joined('http://nexu', 's.example.org/a'),
])('a place of one machine: %s', (place) => {
  expect(privatePlaceProblems('docs/a.md', `see ${place}`)).not.toEqual([])
})

test('paths of a web site, relative paths and names of things are places of everyone', () => {
  expect(privatePlaceProblems('docs/a.md', 'https://example.org/home/ ../work/a registry.find() /var/lib/x')).toEqual(
    [],
  )
})

test('a dead link is found, a web address and an example in code are none', () => {
  const text =
    '[a](b.md#part) [c](../README.md) ![d](<e f.png>) [g](https://example.org) `[h](i.md)`\n```sh\n[j](k)\n```\n'
  expect(deadLinks('docs/a.md', text, (path) => path === 'README.md')).toEqual([
    'docs/a.md: the link b.md leads to nothing',
    'docs/a.md: the link e f.png leads to nothing',
  ])
})

test('a dependency without its row and a row without its dependency are both found', () => {
  const document = '| package | what for |\n|---|---|\n| `a` | x |\n| `gone` | x |\n| `a` | again |\n'
  expect(dependencyProblems(['a', 'new'], document)).toEqual([
    'docs/dependencies.md has no row for new',
    'docs/dependencies.md has gone, package.json has not',
    'docs/dependencies.md has a twice',
  ])
})

test('reading source keeps its length and sees imports behind quotes, patterns and nested templates', () => {
  const text = [
    'const a = "it\'s // no comment"',
    'const b = value / 2 // half',
    "const c = /['\"`/*]/.test(a) ? `x${ { d: `y${b}` }.d }z // ${a}` : ''",
    "import { e } from './e.ts'",
  ].join('\n')
  const source = readSource(text)
  expect(source.code).toHaveLength(text.length)
  expect(source.uncommented).toContain("it's // no comment")
  expect(source.uncommented).not.toContain('half')
  expect(source.code).toContain('.test(a)')
  expect(importsOf(source)).toEqual(['./e.ts'])
})
