import { nodePrimitives } from '../base/primitives-node.ts'
import type { Sql } from '../database/database.ts'
import { findSerials, type RegistryEntry } from '../affixing/registry.ts'
import type { RegistryAnswer } from '../stamp/check/verdict.ts'
import { pictureSha256 } from '../stamp/picture/picture.ts'

/**
 * What the registry says publicly of each pair, in the same order. Reserved, released and never given serial numbers
 * answer alike: `unknown`. The picture is rebuilt from the recipe's facts, never taken from a client.
 */
export async function checkSerials(
  sql: Sql,
  pairs: readonly { serial: string; digest: string }[],
): Promise<RegistryAnswer[]> {
  const entries = await findSerials(sql, [...new Set(pairs.map(({ serial }) => serial))])
  return pairs.map(({ serial, digest }) => {
    const entry = entries.get(serial)
    if (entry === undefined || entry.state !== 'affixed') return { serial, digest, standing: 'unknown' }
    if (entry.digest !== digest) {
      const { sourceLength, contentsBytes } = entry.recipe
      return { serial, digest, standing: 'other_document', sourceLength, contentsBytes }
    }
    return { serial, digest, standing: standingOf(entry), pictureSha256: pictureOf(entry) }
  })
}

/** What the public page of a serial number shows; undefined for reserved, released and never given ones alike. */
export type PublicStamp = { serial: string; standing: 'stamp' | 'specimen'; affixedAt: Date; documentType: string; digest: string }

export async function publicStamp(sql: Sql, serial: string): Promise<PublicStamp | undefined> {
  const entry = (await findSerials(sql, [serial])).get(serial)
  if (entry?.state !== 'affixed' || entry.affixedAt === undefined || entry.digest === undefined) return undefined
  return { serial, standing: standingOf(entry), affixedAt: entry.affixedAt, documentType: entry.recipe.documentType, digest: entry.digest }
}

function standingOf(entry: RegistryEntry): 'stamp' | 'specimen' {
  return entry.recipe.specimen ? 'specimen' : 'stamp'
}

function pictureOf({ recipe }: RegistryEntry): string {
  const { serial, checkUrl, specimen, pictureVersion } = recipe
  return pictureSha256({ serial, checkUrl, specimen, pictureVersion }, nodePrimitives)
}
