import type { Stripped } from './photo-types.ts'
import { stripPhoto } from './strip-photo.ts'

// The child process that takes photos apart, one at a time. It has no database, no keys and no environment; what a hostile photo does to it,
// it does to this process alone.

function tell(message: Stripped | { kind: 'ready' }): void {
  process.send?.(message)
}

process.on('message', (photo: Uint8Array) => {
  // What is thrown here ends the process: nobody keeps such a photo.
  void stripPhoto(Buffer.from(photo)).then(tell)
})
process.on('disconnect', () => process.exit(0))
tell({ kind: 'ready' })
