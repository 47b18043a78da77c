// What the renderer of PDFs uses beyond older-browsers.ts on its way to a picture, and Chrome 90 does not have. It is put in front of its
// two bundles.

import { lend } from './lend.ts'

lend(Promise, 'withResolvers', () => {
  const capability = {}
  const promise = new Promise((resolve, reject) => Object.assign(capability, { resolve, reject }))
  return Object.assign(capability, { promise })
})
lend(Promise, 'try', (act: (...given: unknown[]) => unknown, ...given: unknown[]) => {
  return new Promise((resolve) => {
    resolve(act(...given))
  })
})
lend(URL, 'parse', (address: string, base?: string) => {
  try {
    return new URL(address, base)
  } catch {
    return null
  }
})
lend(Uint8Array.prototype, 'toHex', function toHex(this: Uint8Array) {
  return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('')
})
lend(ArrayBuffer.prototype, 'transferToFixedLength', function moved(this: ArrayBuffer, length = this.byteLength) {
  const buffer = new ArrayBuffer(length)
  new Uint8Array(buffer).set(new Uint8Array(this, 0, Math.min(length, this.byteLength)))
  return buffer
})
lend(Response.prototype, 'bytes', async function bytes(this: Response) {
  return new Uint8Array(await this.arrayBuffer())
})

function getOrInsertComputed<Key, Value>(
  this: Map<Key, Value>,
  key: Key,
  make: (key: Key) => Value,
): Value | undefined {
  if (!this.has(key)) this.set(key, make(key))
  return this.get(key)
}
for (const kind of [Map, WeakMap]) lend(kind.prototype, 'getOrInsertComputed', getOrInsertComputed)

lend(ReadableStream.prototype, Symbol.asyncIterator, async function* chunks(this: ReadableStream<unknown>) {
  const reader = this.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
})

lend(Object.getPrototypeOf(Object.getPrototypeOf([].values())), 'some', function some<
  Item,
>(this: Iterable<Item>, is: (item: Item) => boolean) {
  for (const item of this) if (is(item)) return true
  return false
})

/** Copies what the renderer copies: an image that stands on several pages, whose picture each of them closes for itself. */
lend(globalThis, 'structuredClone', (image: { bitmap?: ImageBitmap | null }) => {
  const { bitmap } = image
  if (!(bitmap instanceof ImageBitmap)) return { ...image }
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0)
  return { ...image, bitmap: canvas.transferToImageBitmap() }
})
