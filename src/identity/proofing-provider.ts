import type { AccountKind, Identity } from './account-identity.ts'
import type { PaperFile } from './papers/read-paper.ts'

/** What a provider can say: the holder is who they say, is not, or a human has to look. */
export type ProofingAnswer = 'proven' | 'refused' | 'waiting'

/** Whom a provider is asked about. */
export type ProofingQuestion = { kind: AccountKind; identity: Identity; photo: PaperFile | undefined }

/** Whoever can tell whether a holder exists. It rejects where it is down, which means waiting, never a refusal. */
export type ProofingProvider = {
  ask(question: ProofingQuestion, signal: AbortSignal): Promise<ProofingAnswer>
}

/** Serial numbers of NIKs (their last four digits) for which the simulator does not say yes at once (docs/operate.md). */
export const magicNikSerials = { refused: '9001', waiting: '9002', down: '9003' } as const

/** Approves whomever it is asked about, but for the magic numbers. */
export const simulatedProofing: ProofingProvider = {
  ask({ identity }) {
    const serial = identity.nik?.slice(-4)
    if (serial === magicNikSerials.down) return Promise.reject(new Error('the simulated proofing provider is down'))
    if (serial === magicNikSerials.refused) return Promise.resolve('refused')
    return Promise.resolve(serial === magicNikSerials.waiting ? 'waiting' : 'proven')
  },
}
