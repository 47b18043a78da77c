import { setImmediate } from 'node:timers/promises'
import type { AffixingParts, Signers } from '../affixing/affixing-parts.ts'
import { findArtwork } from '../affixing/artworks.ts'
import { findSerials, type RegistryEntry } from '../affixing/registry.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { pictureBatchMax, picturesKeptMax } from '../limits/stamping.ts'
import type { RegistryAnswer } from '../stamp/check/verdict.ts'
import type { Artwork } from '../stamp/picture/artwork.ts'
import type { Recipe } from '../stamp/recipe.ts'
import { pictureSha256, type PictureFacts } from '../stamp/picture/picture.ts'

/** What the public page of a serial number shows. */
export type PublicStamp = {
  serial: string
  standing: 'stamp' | 'specimen' | 'suspect'
  affixedAt: Date
  documentType: string
  digest: string
}

/** What the registry tells anyone. */
export type RegistryCheck = {
  /**
   * What the registry says publicly of each pair, in the same order. Reserved, released and never given serial numbers
   * answer alike: `unknown`. The picture is rebuilt from the recipe's facts, never taken from a client.
   */
  checkSerials(pairs: readonly { serial: string; digest: string }[]): Promise<RegistryAnswer[]>
  /** Undefined for reserved, released and never given serial numbers alike. */
  publicStamp(serial: string): Promise<PublicStamp | undefined>
}

export type RegistryCheckParts = Pick<AffixingParts, 'database' | 'signers'> & {
  /** Default: the picture's hash, some 0.4 ms of drawing. */
  hashPicture?: (facts: PictureFacts, artwork?: Artwork) => string
}

/** The registry's public answers, with the hashes of the pictures last asked about kept at hand. */
export function openRegistryCheck(parts: RegistryCheckParts): RegistryCheck {
  const { database, signers, hashPicture = (facts, artwork) => pictureSha256(facts, nodePrimitives, artwork) } = parts
  const pictures = keptPictures(hashPicture)
  const artworks = keptArtworks(database)
  return {
    async checkSerials(pairs) {
      const entries = await findSerials(database.sql, [...new Set(pairs.map(({ serial }) => serial))])
      const revoked = await revokedKeys(signers)
      const answers: RegistryAnswer[] = []
      let drawn = 0
      for (const { serial, digest } of pairs) {
        const entry = entries.get(serial)
        if (entry?.state !== 'affixed') answers.push({ serial, digest, standing: 'unknown' })
        else if (entry.digest !== digest) {
          const { sourceLength, contentsBytes } = entry.recipe
          answers.push({ serial, digest, standing: 'other_document', sourceLength, contentsBytes })
        } else {
          // a thousand pictures would hold up everybody else for half a second
          if (!pictures.has(serial) && ++drawn % pictureBatchMax === 0) await setImmediate()
          const standing = standingOf(entry, revoked)
          const artwork = await artworks.of(entry.recipe)
          answers.push({ serial, digest, standing, pictureSha256: pictures.of(entry, artwork) })
        }
      }
      return answers
    },
    async publicStamp(serial) {
      const entry = (await findSerials(database.sql, [serial])).get(serial)
      if (entry?.state !== 'affixed' || entry.affixedAt === undefined || entry.digest === undefined) return undefined
      const { affixedAt, digest, recipe } = entry
      const standing = standingOf(entry, await revokedKeys(signers))
      return { serial, standing, affixedAt, documentType: recipe.documentType, digest }
    },
  }
}

/** Since when which signer's key is revoked. */
async function revokedKeys({ specimen, issuer }: Signers): Promise<Map<string, Date>> {
  const revoked = new Map<string, Date>()
  for (const signer of issuer === undefined ? [specimen] : [specimen, issuer]) {
    const at = await signer.revokedAt()
    if (at !== undefined) revoked.set(signer.signerKeyId, at)
  }
  return revoked
}

/** A stamp is entered in the moment after its timestamp, so what was entered before the revocation is good. */
function standingOf({ recipe, affixedAt }: RegistryEntry, revoked: ReadonlyMap<string, Date>): PublicStamp['standing'] {
  const since = revoked.get(recipe.signerKeyId)
  if (since !== undefined && (affixedAt === undefined || affixedAt >= since)) return 'suspect'
  return recipe.specimen ? 'specimen' : 'stamp'
}

/** A recipe never changes, so neither does its picture; the oldest is forgotten first. */
function keptPictures(hashPicture: (facts: PictureFacts, artwork?: Artwork) => string) {
  const kept = new Map<string, string>()
  return {
    has: (serial: string) => kept.has(serial),
    of({ recipe }: RegistryEntry, artwork: Artwork | undefined): string {
      const { serial, checkUrl, specimen, pictureVersion, artworkSha256 } = recipe
      const known = kept.get(serial)
      if (known !== undefined) return known
      const hash = hashPicture({ serial, checkUrl, specimen, pictureVersion, artworkSha256 }, artwork)
      const [oldest] = kept.keys()
      if (kept.size >= picturesKeptMax && oldest !== undefined) kept.delete(oldest)
      kept.set(serial, hash)
      return hash
    },
  }
}

/** A service has had a handful of artworks in all its life; none ever changes. */
function keptArtworks(database: AffixingParts['database']) {
  const kept = new Map<string, Artwork>()
  return {
    async of({ artworkSha256 }: Recipe): Promise<Artwork | undefined> {
      if (artworkSha256 === null) return undefined
      const artwork = kept.get(artworkSha256) ?? (await findArtwork(database, artworkSha256))
      if (artwork === undefined) throw new Error(`the artwork ${artworkSha256} is missing; restore it from a backup`)
      kept.set(artworkSha256, artwork)
      return artwork
    },
  }
}
