// Builds what other programs import (docs/decisions/0008-published-entries.md) into dist/: one file an entry, and its types.
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })

const shared = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  outdir: 'dist',
  entryNames: '[name]',
  legalComments: 'inline',
  logLevel: 'warning',
}
await build({
  ...shared,
  entryPoints: ['src/published/client.ts', 'src/published/stamp.ts'],
  platform: 'node',
  target: 'node20',
})
await build({
  ...shared,
  entryPoints: ['src/published/client-browser.ts', 'src/published/stamp-browser.ts'],
  platform: 'browser',
  target: 'chrome90',
})

const typed = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.published.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
if (typed.status !== 0) process.exit(typed.status ?? 1)
// Declarations name each other as the sources do, `.ts`; a consumer's compiler looks for `.js`.
const types = join(dist, 'types')
for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.d.ts'))) {
  const path = join(types, name)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replaceAll(/(from |import\()'(\.[^']*)\.ts'/g, "$1'$2.js'"))
}
