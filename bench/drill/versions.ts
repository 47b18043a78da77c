import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrationsFolder, readMigrations } from '../../src/database/migrate.ts'
import { drainSeconds } from '../../src/limits/traffic.ts'

/** A running process of some version. */
export type VersionProcess = {
  url: string
  /** Asks it to stop; false when it had to be killed because it did not drain in time, as `meterai serve` would have ended. */
  stop(): Promise<boolean>
  /** Ends it at once, when the drill is over. */
  kill(): Promise<void>
}

const entry = fileURLToPath(new URL('version-process.ts', import.meta.url))

/** Starts the service with the migrations of a folder. */
export async function startVersion(options: {
  migrations: string
  dataFolder: string
  database: { url: string; ownerUrl: string }
}): Promise<VersionProcess> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      METERAI_DATA: options.dataFolder,
      METERAI_LOG_LEVEL: 'warn',
      DATABASE_URL: options.database.url,
      DATABASE_OWNER_URL: options.database.ownerUrl,
      MIGRATIONS_FOLDER: options.migrations,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  const [told]: { url: string }[] = await Promise.race([
    once(child, 'message'),
    gone.then(() => Promise.reject(new Error('the process ended before it was ready'))),
  ])
  if (told === undefined) throw new Error('the process told no address')
  return {
    url: told.url,
    async stop() {
      let drained = true
      const late = setTimeout(() => {
        drained = false
        child.kill('SIGKILL')
      }, drainSeconds * 1000)
      if (child.connected) child.send('stop')
      await gone
      clearTimeout(late)
      return drained
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/**
 * The next version's migrations: ours, and one that expands what the load is writing to. It takes the locks that such
 * migrations take: a moment of everything on the table of affixings.
 */
export async function nextMigrations(folder: string): Promise<{ folder: string; name: string }> {
  await mkdir(folder)
  const ours = await readMigrations()
  for (const { name } of ours) await copyFile(join(migrationsFolder, name), join(folder, name))
  const name = `${String((ours.at(-1)?.number ?? 0) + 1).padStart(4, '0')}-drill.sql`
  await writeFile(
    join(folder, name),
    `alter table affixings add column drill_note text;
create table drill_notes (account_id uuid not null, affixing_id uuid not null, note text not null, primary key (account_id, affixing_id));
`,
  )
  return { folder, name }
}
