import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { openBrowser } from '../tests/support/browser.ts'
import { type BrowserTwin, openBrowserTwin } from '../tests/support/browser-twin.ts'
import { bundle, entries } from '../tests/support/bundle.ts'
import { twinRun } from '../tests/support/twin-run.ts'

const usage = `npm run bench:browser -- DIR

Runs preflight, place, embed and check over every PDF of DIR, in Chromium and in Node, and compares what both tell.`

/** The lines in which both differ; none for twins. */
async function differences(bytes: Uint8Array, twin: BrowserTwin): Promise<string[]> {
  const here = twinRun({ bytes, roots: [], primitives: nodePrimitives })
  const there = await twin.run(bytes, [])
  const lines = Math.max(here.length, there.length)
  return Array.from({ length: lines }, (_, at) => at)
    .filter((at) => here[at] !== there[at])
    .map((at) => `  Node      ${here[at] ?? 'nothing'}\n  Chromium  ${there[at] ?? 'nothing'}`)
}

async function compareFolder(folder: string): Promise<number> {
  const names = readdirSync(folder).filter((name) => /\.pdf$/i.test(name))
  if (names.length === 0) throw new Error(`${folder} has no PDF files; give a folder that has some\n${usage}`)
  const browser = await openBrowser()
  let different = 0
  try {
    const twin = await openBrowserTwin(browser)
    for (const name of names.toSorted()) {
      const found = await differences(new Uint8Array(readFileSync(join(folder, name))), twin)
      if (found.length === 0) continue
      different++
      console.log(`${name}\n${found.join('\n')}`)
    }
    console.log(
      `${names.length} files in Chromium ${browser.version()} and Node ${process.version}: ${different} differ`,
    )
  } finally {
    await browser.close()
  }
  return different
}

const [folder, ...others] = process.argv.slice(2)
if (folder === undefined || others.length > 0) throw new Error(usage)
for (const [name, lines] of Object.entries(entries)) {
  const { text, gzipped } = await bundle(lines)
  console.log(
    `${name.padEnd(18)}${String(Buffer.byteLength(text)).padStart(8)} bytes, ${String(gzipped).padStart(6)} gzipped`,
  )
}
process.exitCode = (await compareFolder(resolve(folder))) === 0 ? 0 : 1
