import type { ProofingState } from '../../../identity/account-identity.ts'
import type { Tone } from '../components/blocks.tsx'

/** How the state of a holder's proofing looks; its word is `proofingStates.<state>`. */
export const proofingTone: Record<ProofingState, Tone> = {
  unproven: 'plain',
  waiting: 'warn',
  proven: 'good',
  refused: 'bad',
}
