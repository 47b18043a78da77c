import { traced } from '../base/traces.ts'
import type { StampSigner } from './stamp-signer.ts'
import type { TimestampSource } from './timestamp-source.ts'

/** The same source; `observe` hears how each question ended, and traces have a span for it. */
export function observedTimestamps(
  source: TimestampSource,
  observe: (outcome: 'ok' | 'failed') => void,
): TimestampSource {
  return {
    async timestamp(digest) {
      try {
        const token = await traced({ name: 'timestamp', kind: 'client' }, () => source.timestamp(digest))
        observe('ok')
        return token
      } catch (error) {
        observe('failed')
        throw error
      }
    },
  }
}

/** The same signer, with a span for each signature. */
export function tracedSigner(signer: StampSigner): StampSigner {
  return { ...signer, sign: (to) => traced({ name: 'sign' }, () => signer.sign(to)) }
}
