import { fileURLToPath } from 'node:url'
import { openAskedProcess, ProcessEnded } from '../../base/asked-process.ts'
import { Overloaded } from '../../base/batching.ts'
import { photoProcessAddressSpaceKilobytes, photoProcessStartMilliseconds } from '../../limits/people.ts'
import {
  sheetFormsAtOnceMax,
  sheetProcessHeapMegabytes,
  sheetProcessMilliseconds,
  sheetProcessPriority,
} from '../../limits/stamping.ts'
import type { PicturesAsked, PicturesRead } from './picture-messages.ts'

/** Makes pictures of photos, in a process of its own which starts with the first. */
export type PictureReader = {
  /** `ended`: they ended the process, or took too long. Throws Overloaded where too many wait, or no process starts. */
  read(photos: PicturesAsked['photos']): Promise<PicturesRead | { ok: false; ended: true }>
  close(): void
}

/** The one process of this service. `processPath` and the time for one form's photos: for tests. */
export function openPictureReader(options: { processPath?: string; answerMilliseconds?: number } = {}): PictureReader {
  const {
    processPath: modulePath = fileURLToPath(new URL('picture-process.ts', import.meta.url)),
    answerMilliseconds = sheetProcessMilliseconds,
  } = options
  const process = openAskedProcess<PicturesAsked, PicturesRead>('picture', {
    modulePath,
    bounds: { heapMegabytes: sheetProcessHeapMegabytes, addressSpaceKilobytes: photoProcessAddressSpaceKilobytes },
    startMilliseconds: photoProcessStartMilliseconds,
    answerMilliseconds,
    priority: sheetProcessPriority,
  })
  let waiting = 0
  return {
    async read(photos) {
      if (waiting >= sheetFormsAtOnceMax) throw new Overloaded(`photos of ${waiting} forms are read already`)
      waiting++
      try {
        return await process.ask({ photos })
      } catch (error) {
        if (!(error instanceof ProcessEnded)) throw error
        if (error.asked) return { ok: false, ended: true }
        throw new Overloaded(error.message)
      } finally {
        waiting--
      }
    },
    close: () => process.close(),
  }
}
