import type { FastifyRequest } from 'fastify'
import type { AffixingState } from '../../../affixing/affixing.ts'
import { parsePublicId } from '../../../base/ids.ts'
import { historyWordsLengthMax } from '../../../limits/stamping.ts'
import { queryOf } from '../page-context.ts'

/** The states as addresses of the history name them, in the words that the page has for them. */
export const stateNames = {
  diproses: 'reserved',
  berhasil: 'affixed',
  dikembalikan: 'released',
} as const satisfies Record<string, AffixingState>
export type StateName = keyof typeof stateNames

const isStateName = (name: string): name is StateName => Object.hasOwn(stateNames, name)

/** What was asked of the history, as typed. `meantReleased`: the words were those for quota that came back. */
export type HistoryAsked = {
  words: string
  state: StateName | undefined
  before: string | undefined
  meantReleased: boolean
}

/** What people type when quota seems gone: it leads to what was released, whatever else they call it. */
const releasedWords =
  /^(?:refund(?:ed)?|(?:kuota|quota|meterai|stamp)?\s*(?:hilang|lost|missing|burnt|hangus)(?:\s+(?:quota|kuota))?|(?:kuota\s+)?(?:kembali|dikembalikan|returned)|gagal|failed)$/i

/** Reads `cari`, `keadaan` and `sebelum`; what is none of ours is left out. */
export function historyAsked(request: FastifyRequest): HistoryAsked {
  const words = (queryOf(request, 'cari') ?? '').trim().slice(0, historyWordsLengthMax)
  const name = queryOf(request, 'keadaan') ?? ''
  const meantReleased = releasedWords.test(words)
  return {
    words,
    state: meantReleased ? 'dikembalikan' : isStateName(name) ? name : undefined,
    before: parsePublicId('affixing', queryOf(request, 'sebelum') ?? ''),
    meantReleased,
  }
}

/** The same as the account's affixings are searched by. */
export function wishOf(accountId: string, { words, state, before, meantReleased }: HistoryAsked) {
  return {
    accountId,
    before,
    ...(meantReleased ? {} : { words }),
    ...(state === undefined ? {} : { state: stateNames[state] }),
  }
}
