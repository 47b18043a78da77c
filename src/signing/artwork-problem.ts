/** Why a file cannot be an issuer's artwork: what it has, and the way out; the caller puts the file's name before it. */
export class ArtworkProblem extends Error {
  override readonly name = 'ArtworkProblem'
}

/** A drawing as PDF operators for paths and colours; its origin is the lower left corner, sizes are in its own units. */
export type Drawing = { width: number; height: number; operators: string }
