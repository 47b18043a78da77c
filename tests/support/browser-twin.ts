import type { Browser } from 'playwright-core'
import { bundle } from './bundle.ts'

const script = [
  "import { twinRun } from './tests/support/twin-run.ts'",
  "import { browserVerifyPrimitives } from './src/browser/verify-primitives.ts'",
  "import { fromBase64 } from './src/base/bytes.ts'",
  'export const run = (file, roots) =>',
  '  twinRun({ bytes: fromBase64(file), roots: roots.map(fromBase64), primitives: browserVerifyPrimitives })',
]

export type BrowserTwin = { run(bytes: Uint8Array, roots: readonly Uint8Array[]): Promise<string[]> }

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** `twinRun` in a page of the browser, with the browser's primitives. */
export async function openBrowserTwin(browser: Browser): Promise<BrowserTwin> {
  const page = await browser.newPage()
  const { text } = await bundle(script, 'twin')
  await page.addScriptTag({ content: text })
  return {
    async run(bytes, roots) {
      const call = `twin.run(${JSON.stringify(base64(bytes))}, ${JSON.stringify(roots.map(base64))})`
      const told: unknown = await page.evaluate(call)
      if (!Array.isArray(told)) throw new Error('the page told nothing')
      return told.map(String)
    },
  }
}
