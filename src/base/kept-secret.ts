import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'

const secretBytes = 32

/**
 * A secret of 32 bytes that a file keeps as 64 hex digits, for its owner's eyes alone; made where there is none. Several processes may
 * ask at once: the first one's counts. Throws for a file that holds something else.
 */
export async function keptSecret(path: string): Promise<Buffer> {
  const known = await readSecret(path)
  if (known !== undefined) return known
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(secretBytes).toString('hex')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  // unlike a rename, a link never takes the place of what another process made
  await link(draft, path).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error
  })
  await rm(draft)
  const made = await readSecret(path)
  if (made === undefined) throw new Error(`${path} is gone`)
  return made
}

async function readSecret(path: string): Promise<Buffer | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
  throw new Error(
    `${path} does not hold a secret of 64 hex digits; restore it from a backup, or remove it to make a new one`,
  )
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
