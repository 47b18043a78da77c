import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './tracked-files.ts'

/** A script as a page would load it; `gzipped` is its size on the way there. */
export type Bundle = { text: string; gzipped: number }

/** What pages load, each a list of `export ... from` lines with paths from the root of the repository. */
export const entries = {
  /** The affixing page: everything from the look at the file to the stamped copy. */
  stamping: [
    "export { preflight } from './src/stamp/pdf/preflight.ts'",
    "export { place } from './src/stamp/pdf/place.ts'",
    "export { embed } from './src/stamp/pdf/embed.ts'",
    "export { stampPicture } from './src/stamp/picture/picture.ts'",
  ],
  /** The public page that checks a file. */
  checking: ["export { check } from './src/stamp/check/check.ts'"],
  /** Handed to either by the page, and counted apart. */
  primitives: ["export { browserPrimitives } from './src/browser/primitives.ts'"],
  verifyPrimitives: ["export { browserVerifyPrimitives } from './src/browser/verify-primitives.ts'"],
} as const

/** Bundles lines of code as the pages' scripts are bundled. `globalName` gives the exports a name of their own instead. */
export async function bundle(lines: readonly string[], globalName?: string): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: root, sourcefile: join(root, 'entry.ts'), loader: 'ts' },
    bundle: true,
    minify: true,
    target: 'chrome90',
    write: false,
    ...(globalName === undefined ? { format: 'esm' } : { format: 'iife', globalName }),
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array(0)
  return { text: Buffer.from(bytes).toString('utf8'), gzipped: gzipSync(bytes, { level: 9 }).length }
}
