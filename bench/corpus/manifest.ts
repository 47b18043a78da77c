import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a manifest says of one file: `sign`, `refuse` or `repair-or-refuse`, and what the file is like. */
export type Expected = { outcome: string; features: readonly string[] }

/** The columns `file`, `features` and `expected` of DIR/manifest.tsv, by file name; empty where there is no manifest. */
export function readManifest(folder: string): Map<string, Expected> {
  const path = join(folder, 'manifest.tsv')
  if (!existsSync(path)) return new Map()
  const [head = '', ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n')
  const names = head.split('\t')
  const column = (name: string) => {
    const at = names.indexOf(name)
    if (at < 0) throw new Error(`${path} has no column "${name}"; its first line names the columns`)
    return at
  }
  const [file, features, expected] = [column('file'), column('features'), column('expected')]
  return new Map(
    rows.map((row) => {
      const cells = row.split('\t')
      return [cells[file] ?? '', { outcome: cells[expected] ?? '', features: (cells[features] ?? '').split(',') }]
    }),
  )
}
