import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Note } from '../client/affix.ts'
import { localExits, Stopped } from './outcome.ts'
import { systemCode, writePrivate } from './pdf-file.ts'

/** A stamp that was begun and whose file is not known to be on disk yet. */
export type BegunStamp = Note & {
  /** What was asked for; another order needs another key. */
  order: string
  /** Absolute path of the file it becomes. */
  output: string
}

/** Which stamp: one note for each service, key, document and kind of copy. */
export type BegunName = { url: string; key: string; sourceSha256: string; additional: boolean }

/** Where notes of stamps on their way lie; nothing else is kept of a document. */
export type BegunStamps = {
  read(name: BegunName): Promise<BegunStamp | undefined>
  /** On disk when this resolves; throws Stopped. */
  write(name: BegunName, begun: BegunStamp): Promise<void>
  remove(name: BegunName): Promise<void>
}

/** METERAI_STATE, else the folder `meterai` of XDG_STATE_HOME (XDG base directories: ~/.local/state). */
export function stateFolder(environment: Readonly<Record<string, string | undefined>>, workingFolder: string): string {
  const named = environment['METERAI_STATE']?.trim()
  if (named) return resolve(workingFolder, named)
  const home = environment['HOME'] || homedir()
  return join(environment['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'meterai')
}

/** The notes below that folder. */
export function openBegunStamps(folder: string): BegunStamps {
  const pathOf = ({ url, key, sourceSha256, additional }: BegunName) => {
    // The key itself is never written down: its hash parts accounts from each other.
    const name = createHash('sha256').update([url, key, sourceSha256, additional].join('\n')).digest('hex')
    return join(folder, 'begun', `${name}.json`)
  }
  return {
    async read(name) {
      const json = await readFile(pathOf(name), 'utf8').catch(() => undefined)
      return json === undefined ? undefined : parseBegun(json)
    },
    async write(name, begun) {
      const path = pathOf(name)
      try {
        await writePrivate(path, `${JSON.stringify(begun)}\n`)
      } catch (error) {
        throw new Stopped('cli.state.unwritable', { path, reason: systemCode(error) }, localExits.outputFailed)
      }
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  }
}

/** A note that cannot be read is as good as none: without it an open reservation is found by its document. */
function parseBegun(json: string): BegunStamp | undefined {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null) return undefined
    if (!('idempotencyKey' in value) || !('order' in value) || !('output' in value)) return undefined
    const { idempotencyKey, order, output } = value
    if (typeof idempotencyKey !== 'string' || typeof order !== 'string' || typeof output !== 'string') return undefined
    const affixingId = 'affixingId' in value && typeof value.affixingId === 'string' ? value.affixingId : undefined
    return { idempotencyKey, order, output, ...(affixingId === undefined ? {} : { affixingId }) }
  } catch {
    return undefined
  }
}
