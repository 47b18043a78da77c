/** Types of pictures that an identity card may come as. */
export const photoTypes = ['image/jpeg', 'image/png'] as const
export type PhotoType = (typeof photoTypes)[number]

/** Why a file is no picture that we keep. `unexpected_data`: something else stands in it. */
export const photoProblems = ['unknown_type', 'damaged', 'unexpected_data', 'too_many_pixels'] as const
export type PhotoProblem = (typeof photoProblems)[number]

/** The picture alone: what draws it, and nothing that says where, when or by which device it was made. */
export type Stripped = { ok: true; type: PhotoType; bytes: Buffer } | { ok: false; problem: PhotoProblem }

/** A picture that is not kept, and why. */
export const refusedPhoto = (problem: PhotoProblem): { ok: false; problem: PhotoProblem } => ({ ok: false, problem })
