/** What a contender gets besides the file: the same for all. */
export type Materials = {
  keyAlgorithm: 'rsa-2048' | 'ec-p256'
  signerKeyId: string
  /** DER, the signer's own first. */
  certificates: readonly Uint8Array[]
  contentsBytes: number
  /** PDF rectangle of the stamp on page 1: left, bottom, right, top. */
  box: readonly [number, number, number, number]
  serialOf: (count: number) => string
  /** The picture's content stream, drawn beforehand: no peer can draw it, so none is charged with it. */
  pictureOf: (count: number) => Uint8Array
  /** The same picture, drawn anew. */
  drawPicture: (count: number) => Uint8Array
  /** The raw signature over SHA-256 of the bytes. */
  sign: (bytes: Uint8Array) => Uint8Array
  /** Our B-B CMS over a SHA-256 digest. */
  containerOver: (digest: Uint8Array, serial: string) => Uint8Array
  /** The same over parts of a file, for contenders without a CMS of their own. */
  containerOf(parts: readonly Uint8Array[], serial: string): Uint8Array
}

/** Stamps and signs a whole file; gives the whole stamped file. */
export type Contender = (bytes: Uint8Array, count: number) => Uint8Array | Promise<Uint8Array>

/** What one contender measured on one file with one key, after running for twice the measured time. */
export type Measured = {
  medianMilliseconds: number
  /** Files by the wall time of the measured window. */
  filesPerSecond: number
  /** Files by the processor time of all threads of the process: what other processes on the machine do not change. */
  filesPerProcessorSecond: number
  files: number
  /** Median of its RSA or ECDSA signature alone. */
  signMilliseconds: number
}

export const keyAlgorithms = ['rsa-2048', 'ec-p256'] as const
