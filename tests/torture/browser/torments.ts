import { affixingCuts } from './affixing-cuts.ts'
import { affixingDeath } from './affixing-death.ts'
import { affixingFiles } from './affixing-files.ts'
import { affixingHands } from './affixing-hands.ts'
import { affixingStorage } from './affixing-storage.ts'
import { paying } from './paying.ts'
import type { Torment } from './torment.ts'

type Deed = Torment & { deed: string }

/** What happens, in a line. */
export const nameOf = ({ deed, step, harm }: Deed): string => `${deed}, ${step}: ${harm}`

/** All of them, by what somebody was doing. */
export const torments: readonly Deed[] = [
  ...[...affixingCuts, ...affixingHands, ...affixingStorage, ...affixingFiles, ...affixingDeath].map((torment) => ({
    deed: 'affixing',
    ...torment,
  })),
  ...paying.map((torment) => ({ deed: 'paying', ...torment })),
]
