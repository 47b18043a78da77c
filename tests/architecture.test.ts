import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Module } from './support/house-rules.ts'
import {
  importOrder,
  importProblems,
  isProduct,
  lengthProblems,
  nameProblems,
  purityProblems,
  rowsMedian,
} from './support/house-rules.ts'
import { readSource } from './support/source-text.ts'
import { deadLinks, dependencyProblems, leftOverProblems, privatePlaceProblems } from './support/text-rules.ts'
import { root, textOf, trackedFiles } from './support/tracked-files.ts'

const files = trackedFiles()
const texts = files.flatMap((path) => {
  const text = textOf(path)
  return text === undefined ? [] : [{ path, text }]
})
const modules: Module[] = texts
  .filter(({ path }) => /^src\/.*\.tsx?$/.test(path))
  .map(({ path, text }) => ({ path, source: readSource(text) }))

test('a file imports its own folder and lower lines, never a sibling', () => {
  expect(modules.length).toBeGreaterThan(10)
  expect(modules.flatMap(importProblems)).toEqual([])
})

test('everything under src has a line in the import order', () => {
  const known: string[] = importOrder.flat()
  const names = modules.map(({ path }) => (path.split('/')[1] ?? '').replace('.test.', '.'))
  expect([...new Set(names)].filter((name) => !known.includes(name))).toEqual([])
})

test('stamp and client do nothing but compute', () => {
  expect(purityProblems(modules)).toEqual([])
})

test('names say what a file holds, and no file only passes on', () => {
  expect(modules.flatMap(nameProblems)).toEqual([])
})

test('files are short', () => {
  const ofPeople = texts.filter(({ path }) => /^(?:src|tests|bench|bin)\/.*\.(?:tsx?|js)$/.test(path))
  const measured = ofPeople.map(({ path, text }): Module => ({ path, source: readSource(text) }))
  expect(measured.flatMap(lengthProblems)).toEqual([])
  const lengths = measured.filter(isProduct).map(({ source }) => source.whole.trimEnd().split('\n').length)
  expect(lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)]).toBeLessThan(rowsMedian)
})

test('nothing in the code waits for another day, and no test hides', () => {
  expect(texts.flatMap(({ path, text }) => leftOverProblems(path, text))).toEqual([])
})

test('no file names a place that only one machine has', () => {
  expect(texts.flatMap(({ path, text }) => privatePlaceProblems(path, text))).toEqual([])
})

test('every link between the documents leads somewhere', () => {
  const documents = texts.filter(({ path }) => path.endsWith('.md'))
  expect(documents.length).toBeGreaterThan(3)
  expect(documents.flatMap(({ path, text }) => deadLinks(path, text, (to) => existsSync(join(root, to))))).toEqual([])
})

test('every direct dependency has its row in docs/dependencies.md, and every row its dependency', () => {
  const manifest: unknown = JSON.parse(textOf('package.json') ?? '')
  expect(dependencyProblems(directDependencies(manifest), textOf('docs/dependencies.md') ?? '')).toEqual([])
})

function directDependencies(manifest: unknown): string[] {
  if (typeof manifest !== 'object' || manifest === null) return []
  const lists = ['dependencies', 'devDependencies', 'optionalDependencies'].map(
    (name) => Reflect.get(manifest, name) ?? {},
  )
  return lists.flatMap((list: object) => Object.keys(list))
}
