import type { Database } from '../database/database.ts'
import type { Caller } from '../identity/api-keys.ts'
import type { Artwork } from '../stamp/picture/artwork.ts'
import type { StampSigner } from '../signing/stamp-signer.ts'
import type { AffixingLedger } from './affixing.ts'
import type { AffixingLanes } from './lanes.ts'
import type { ReservationLimits } from './reservation-limits.ts'

/** The two signers, never mixed. `issuer` is absent until an issuer's own key is configured. */
export type Signers = {
  specimen: StampSigner
  issuer?: StampSigner
  /** Demo mode: live keys spend stamps, yet their stamps are specimens. */
  specimensForLiveKeys: boolean
}

/** What the service gives this folder; joined in main.ts. */
export type AffixingGiven = {
  database: Database
  signers: Signers
  /** Without a slash at the end; the QR leads to `<publicUrl>/cek/<serial>`. */
  publicUrl: string
  /** City in the signature where the facts name none. */
  location: string
  randomBytes: (count: number) => Uint8Array
  /** The issuer's own, kept already; without one new stamps show our own drawing. */
  artwork?: Artwork
  /** What an account may hold open and let go; default: `reservationLimits`. */
  limits?: ReservationLimits
  /** Told of every batch: how many operations, and how long the first of them had waited. */
  observe?: (lane: 'write' | 'read', run: { items: number; waitedMilliseconds: number }) => void
}

/** What every use case of this folder stands on: `openAffixing` makes it. */
export type AffixingParts = AffixingGiven & { lanes: AffixingLanes }

/** The ledger that a key's kind spends. */
export function ledgerOf(keyKind: Caller['keyKind']): AffixingLedger {
  return keyKind === 'live' ? 'stamps' : 'specimens'
}

/** Who signs for a key of this kind; undefined when live stamps have no issuer yet. */
export function signerFor(signers: Signers, keyKind: Caller['keyKind']): StampSigner | undefined {
  if (keyKind === 'test') return signers.specimen
  return signers.issuer ?? (signers.specimensForLiveKeys ? signers.specimen : undefined)
}

/** The signer whose key a recipe names; undefined when the key is not here any more. */
export function signerOfRecipe(signers: Signers, signerKeyId: string): StampSigner | undefined {
  return [signers.specimen, signers.issuer].find((signer) => signer?.signerKeyId === signerKeyId)
}
