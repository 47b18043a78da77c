import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publicId } from '../base/ids.ts'
import type { Database } from '../database/database.ts'
import { openDemoAccount, type DemoKeys } from './demo-accounts.ts'

/** The demo account: its public id and its keys. */
export type Demo = DemoKeys & { accountId: string }

/**
 * Opens the demo account and writes its keys and the service's address to `demo.json` in the data folder, for the command line;
 * readable by its owner alone. Keys that stand there already stay.
 */
export async function writeDemo(dataFolder: string, on: { database: Database; url: string }): Promise<Demo> {
  const path = join(dataFolder, 'demo.json')
  const known = await readFile(path, 'utf8').then(parseDemoKeys, () => undefined)
  const account = await openDemoAccount(on.database, known)
  const demo = { accountId: publicId('account', account.accountId), liveKey: account.liveKey, testKey: account.testKey }
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, `${JSON.stringify({ url: on.url, ...demo }, null, 2)}\n`, { mode: 0o600 })
  await chmod(temporary, 0o600)
  await rename(temporary, path)
  return demo
}

function parseDemoKeys(json: string): DemoKeys | undefined {
  const value: unknown = JSON.parse(json)
  if (typeof value !== 'object' || value === null || !('liveKey' in value) || !('testKey' in value)) return undefined
  return { liveKey: String(value.liveKey), testKey: String(value.testKey) }
}
