import { fileURLToPath } from 'node:url'
import { boundedAsking, openAskedProcess } from '../../base/asked-process.ts'
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
  const ask = boundedAsking(process, { what: 'picture', waitingMax: sheetFormsAtOnceMax })
  return {
    async read(photos) {
      const read = await ask({ photos })
      return read === 'ended' ? { ok: false, ended: true } : read
    },
    close: () => process.close(),
  }
}
