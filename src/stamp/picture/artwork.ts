import { latin1Bytes, toHex } from '../../base/bytes.ts'
import type { Primitives } from '../../base/primitives.ts'

/**
 * An issuer's own drawing, in its normal form: a first line `%Artwork 1 <width> <height>`, then PDF operators for paths and
 * colours alone. It needs no font, image or graphics state, and ends in the state it began in.
 */
export type Artwork = {
  /** SHA-256 of `text`, 64 lower-case hex: what a recipe names it by. */
  sha256: string
  /** The normal form, latin1. */
  text: string
  /** In units of the drawing; its origin is the lower left corner. */
  width: number
  height: number
}

/** The normal form of a drawing. */
export function artworkText(drawing: { width: number; height: number; operators: string }): string {
  return `%Artwork 1 ${drawing.width} ${drawing.height}\n${drawing.operators}`
}

/** Reads a normal form, whose operators whoever made it has checked. Throws RangeError where the first line is another. */
export function readArtwork(text: string, primitives: Pick<Primitives, 'hash'>): Artwork {
  const [, width = '', height = ''] = /^%Artwork 1 ([\d.]+) ([\d.]+)\n/.exec(text) ?? []
  const size = { width: Number(width), height: Number(height) }
  if (!(size.width > 0 && size.height > 0))
    throw new RangeError(`"${text.slice(0, 40)}" is no artwork in its normal form`)
  return { sha256: toHex(primitives.hash('sha256').update(latin1Bytes(text)).digest()), text, ...size }
}
