import { delimiter, join } from 'node:path'
import { accessSync, constants } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

/** Where a command lies. Throws when it is not installed. */
export function pathOf(command: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, command)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // the next folder may have it
    }
  }
  throw new Error(`${command} is not on the PATH; Debian's package of that name brings it`)
}

/** No sandbox, for containers; nothing fetched that no page asks for. */
export const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Headless Chromium as Debian has it, talking to nobody but the pages it is given. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: pathOf('chromium'), args: chromiumArguments })
}
