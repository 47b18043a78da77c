import { fileURLToPath } from 'node:url'
import { boundedAsking, openAskedProcess } from '../../base/asked-process.ts'
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
  const ask = boundedAsking(process, { what: 'photo', waitingMax: photosAtOnceMax })
  return {
    async strip(bytes) {
      const stripped = await ask(bytes)
      if (stripped === 'ended') return refusedPhoto('damaged')
      return stripped.ok ? { ...stripped, bytes: Buffer.from(stripped.bytes) } : stripped
    },
    close: () => process.close(),
  }
}
