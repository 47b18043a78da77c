import type { Picture } from '../../base/photo-sheets.ts'
import type { PhotoProblem } from '../../identity/photos/photo-types.ts'

/** Photos to be read, each from its path; the bytes of its picture are written beside. */
export type PicturesAsked = { photos: readonly { from: string; to: string }[] }

/** The pictures in the order of their photos; or the first that cannot be one (`at`: its place), and why. */
export type PicturesRead = { ok: true; pictures: Picture[] } | { ok: false; at: number; problem: PhotoProblem }
