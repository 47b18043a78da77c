import { randomBytes } from 'node:crypto'
import { link, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readIfThere, syncFolder, systemCodeOf, writeDurably } from './durable-files.ts'

const secretBytes = 32

/**
 * A secret of 32 bytes that a file keeps as 64 hex digits, for its owner's eyes alone; made where there is none. Several processes may
 * ask at once: the first one's counts. Throws for a file that holds something else.
 */
export async function keptSecret(path: string): Promise<Buffer> {
  const known = await readSecret(path)
  if (known !== undefined) return known
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeDurably(draft, `${randomBytes(secretBytes).toString('hex')}\n`)
    // unlike a rename, a link never takes the place of what another process made
    await link(draft, path)
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
  const made = await readSecret(path)
  if (made === undefined) throw new Error(`${path} is gone`)
  return made
}

async function readSecret(path: string): Promise<Buffer | undefined> {
  const text = (await readIfThere(path))?.trim()
  if (text === undefined) return undefined
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex')
  throw new Error(`${path} does not hold a secret of 64 hex digits; restore it from a backup`)
}
