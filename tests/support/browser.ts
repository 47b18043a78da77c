import { accessSync, constants } from 'node:fs'
import { readlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'

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

/** The same with what it keeps in a folder, which outlives it. `kill` ends it as an empty battery does. */
export async function openKeepingBrowser(folder: string): Promise<{ context: BrowserContext; kill(): Promise<void> }> {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: pathOf('chromium'),
    args: chromiumArguments,
    viewport: { width: 360, height: 740 },
    locale: 'id-ID',
    reducedMotion: 'reduce',
  })
  // the lock of its folder is a link named after the machine and the process
  const lock = await readlink(join(folder, 'SingletonLock'))
  return {
    context,
    async kill() {
      const closed = context.waitForEvent('close')
      process.kill(Number(lock.slice(lock.lastIndexOf('-') + 1)), 'SIGKILL')
      await closed
    },
  }
}
