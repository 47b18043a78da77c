import { execFile } from 'node:child_process'
import { chmod, mkdir } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The system user PostgreSQL runs as when the service runs as root: PostgreSQL refuses to be root. */
export const systemUserName = 'openmeterai'
/** Where that user's things lie: staged binaries, and clusters whose data folder it cannot reach. */
export const systemFolder = '/var/lib/openmeterai'

/** Whom child processes run as; empty when we are not root and stay ourselves. */
export type RunAs = { uid?: number; gid?: number }

async function lookUp(): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const uid = await run('id', ['-u', systemUserName])
    const gid = await run('id', ['-g', systemUserName])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

/** The user for PostgreSQL: ourselves, or as root the system user `openmeterai`, made if missing. Throws when it cannot be made. */
export async function databaseUser(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {}
  const found = await lookUp()
  if (found !== undefined) return found
  const failures: string[] = []
  const nologin = ['--shell', '/usr/sbin/nologin']
  const ways: [string, string[]][] = [
    [
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--home-dir', systemFolder, ...nologin, systemUserName],
    ],
    // BusyBox (Alpine) knows no useradd.
    ['adduser', ['-S', '-D', '-H', '-h', systemFolder, '-s', '/sbin/nologin', systemUserName]],
  ]
  for (const [command, words] of ways) {
    try {
      await run(command, words)
    } catch (error) {
      failures.push(`${command}: ${error instanceof Error ? error.message.trim() : String(error)}`)
    }
    // Looked up even after a failure: another start may have made it meanwhile.
    const made = await lookUp()
    if (made !== undefined) return made
  }
  throw new Error(
    `PostgreSQL does not run as root, and the system user ${systemUserName} could not be made (${failures.join('; ')}). ` +
      `Make it with "useradd --system ${systemUserName}", or start the service as an ordinary user, or set DATABASE_URL.`,
  )
}

/** Whether that user gets through every folder down to `path` and may execute (a folder: enter) it. Asked of the system, not reckoned. */
export async function canReach(user: RunAs, path: string): Promise<boolean> {
  return run('test', ['-x', path], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  )
}

/** Makes the system folder: others may pass through it, not list it. A folder that is already there stays as it is. */
export async function makeSystemFolder(): Promise<void> {
  const made = await mkdir(systemFolder, { recursive: true })
  if (made !== undefined) await chmod(systemFolder, 0o711)
}
