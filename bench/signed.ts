import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { check } from '../src/stamp/check/check.ts'
import { readManifest } from './corpus/manifest.ts'
import { rowOf, summaryOf, tableOf, type Checked, type Row } from './signed/table.ts'

const usage = 'npm run bench:signed -- DIR [--json] [--only TEXT]'

type Options = { folder: string; json: boolean; only: string }

function readOptions(words: string[]): Options {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, only: { type: 'string' } },
  })
  const [folder] = positionals
  if (folder === undefined || positionals.length > 1)
    throw new Error(`one folder of signed PDF files is needed: ${usage}`)
  return { folder: resolve(folder), json: values.json ?? false, only: values.only ?? '' }
}

function checkFile(path: string): { checked: Checked; milliseconds: number } {
  const bytes = new Uint8Array(readFileSync(path))
  const from = performance.now()
  let checked: Checked
  try {
    // without a trust list every signer is foreign: what is asked is whether the document is as it was signed
    checked = { kind: 'checked', report: check(bytes, { roots: [] }, nodePrimitives) }
  } catch (cause) {
    checked = { kind: 'crashed', message: String(cause) }
  }
  return { checked, milliseconds: performance.now() - from }
}

function checkAll({ folder, only }: Options): Row[] {
  const names = readdirSync(folder).filter((name) => /\.pdf$/i.test(name) && name.includes(only))
  if (names.length === 0) throw new Error(`${folder} has no PDF files; give a folder that has some: ${usage}`)
  const manifest = readManifest(folder)
  return names.toSorted().map((file) => rowOf({ file, ...checkFile(join(folder, file)), expected: manifest.get(file) }))
}

const options = readOptions(process.argv.slice(2))
const rows = checkAll(options)
console.log(tableOf(rows))
if (options.json) console.log(JSON.stringify({ ...summaryOf(rows), rows }))
process.exitCode = rows.some((row) => row.surprises.length > 0) ? 1 : 0
