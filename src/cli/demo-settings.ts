import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the local demo answers, and its keys: what a demo writes to `demo.json` in its data folder. */
export type DemoSettings = { url: string; liveKey: string; testKey: string }

type Environment = Readonly<Record<string, string | undefined>>

const installation = fileURLToPath(new URL('../..', import.meta.url))

/** The folders a demo may keep its data in: the one named, else below where the command runs, else in the installation. */
export function dataFolders(environment: Environment, workingFolder: string): string[] {
  const named = environment['METERAI_DATA']?.trim()
  if (named) return [resolve(workingFolder, named)]
  return [...new Set([join(workingFolder, 'data'), join(installation, 'data')])]
}

/** The settings of the demo on this computer; undefined when there is none. Says nothing about whether it runs now. */
export async function readDemoSettings(
  environment: Environment,
  workingFolder: string,
): Promise<DemoSettings | undefined> {
  for (const folder of dataFolders(environment, workingFolder)) {
    const json = await readFile(join(folder, 'demo.json'), 'utf8').catch(() => undefined)
    const settings = json === undefined ? undefined : parseSettings(json)
    if (settings !== undefined) return settings
  }
  return undefined
}

function parseSettings(json: string): DemoSettings | undefined {
  const value = parsed(json)
  if (typeof value !== 'object' || value === null) return undefined
  if (!('url' in value) || !('liveKey' in value) || !('testKey' in value)) return undefined
  const { url, liveKey, testKey } = value
  if (typeof url !== 'string' || typeof liveKey !== 'string' || typeof testKey !== 'string') return undefined
  return { url, liveKey, testKey }
}

/** A file that is no JSON names no demo. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
