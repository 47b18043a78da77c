import { fileURLToPath } from 'node:url'
import { openAskedProcess, ProcessEnded } from '../../base/asked-process.ts'
import { Overloaded } from '../../base/batching.ts'
import {
  passwordProcessPriority,
  photoProcessAddressSpaceKilobytes,
  photoProcessHeapMegabytes,
  photoProcessMilliseconds,
  photoProcessStartMilliseconds,
  photosAtOnceMax,
} from '../../limits/people.ts'
import { refusedPhoto, type Stripped } from './photo-types.ts'

/** Takes photos of strangers apart in a process of its own. */
export type PhotoStripper = {
  /** Throws Overloaded where too many wait, or no process starts. A photo that ends its process is `damaged`. */
  strip(bytes: Buffer): Promise<Stripped>
  close(): void
}

/** The one process of this service. `processPath` and the time for one photo: for tests. */
export function openPhotoStripper(options: { processPath?: string; answerMilliseconds?: number } = {}): PhotoStripper {
  const {
    processPath: modulePath = fileURLToPath(new URL('photo-process.ts', import.meta.url)),
    answerMilliseconds = photoProcessMilliseconds,
  } = options
  const process = openAskedProcess<Uint8Array, Stripped>('photo', {
    modulePath,
    bounds: { heapMegabytes: photoProcessHeapMegabytes, addressSpaceKilobytes: photoProcessAddressSpaceKilobytes },
    startMilliseconds: photoProcessStartMilliseconds,
    answerMilliseconds,
    priority: passwordProcessPriority,
    serialization: 'advanced',
  })
  let waiting = 0
  return {
    async strip(bytes) {
      if (waiting >= photosAtOnceMax) throw new Overloaded(`${waiting} photos are looked at already`)
      waiting++
      try {
        const stripped = await process.ask(bytes)
        return stripped.ok ? { ...stripped, bytes: Buffer.from(stripped.bytes) } : stripped
      } catch (error) {
        if (!(error instanceof ProcessEnded)) throw error
        if (error.asked) return refusedPhoto('damaged')
        throw new Overloaded(error.message)
      } finally {
        waiting--
      }
    },
    close: () => process.close(),
  }
}
