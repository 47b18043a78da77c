import { readFile, writeFile } from 'node:fs/promises'
import type { PicturesAsked, PicturesRead } from './picture-messages.ts'
import { readPicture } from './read-picture.ts'

// The child process that makes pictures of photos that were sent. It has no database, no keys and no environment; what a hostile photo
// does to it, it does to this process alone.

async function read({ photos }: PicturesAsked): Promise<PicturesRead> {
  const pictures = []
  for (const [at, { from, to }] of photos.entries()) {
    // one after the other: there is room for one large picture
    const made = await readPicture(await readFile(from))
    if (!made.ok) return { ok: false, at, problem: made.problem }
    await writeFile(to, made.bytes, { mode: 0o600 })
    pictures.push(made.picture)
  }
  return { ok: true, pictures }
}

process.on('message', (asked: PicturesAsked) => {
  // what is thrown here ends the process: nobody makes pages of such photos
  void read(asked).then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ kind: 'ready' })
