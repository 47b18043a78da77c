/** RC4, needed only to read and to add to old encrypted PDFs; neither OpenSSL 3 nor browsers offer it. */
export function rc4(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index)
  const at = (index: number) => state[index] ?? 0
  for (let i = 0, j = 0; i < 256; i++) {
    const value = at(i)
    j = (j + value + (key[i % key.length] ?? 0)) & 255
    state[i] = at(j)
    state[j] = value
  }
  const out = new Uint8Array(bytes.length)
  for (let n = 0, i = 0, j = 0; n < bytes.length; n++) {
    i = (i + 1) & 255
    const value = at(i)
    j = (j + value) & 255
    state[i] = at(j)
    state[j] = value
    out[n] = (bytes[n] ?? 0) ^ at((at(i) + value) & 255)
  }
  return out
}
