import type { BrowserContext } from 'playwright-core'

/** What Chrome 91 and later brought, as it is reached from a global: `Of.name`; `%` stands for what has no name of its own. */
const newer = [
  ...['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with'].flatMap((name) => [
    `Array.prototype.${name}`,
    `%TypedArray.prototype.${name}`,
  ]),
  ...['at', 'isWellFormed', 'toWellFormed'].map((name) => `String.prototype.${name}`),
  ...['map', 'filter', 'take', 'drop', 'flatMap', 'reduce', 'toArray', 'forEach', 'some', 'every', 'find'].map(
    (name) => `%Iterator.${name}`,
  ),
  ...['union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom'].map(
    (name) => `Set.prototype.${name}`,
  ),
  ...['Map', 'WeakMap'].flatMap((of) => [`${of}.prototype.getOrInsert`, `${of}.prototype.getOrInsertComputed`]),
  ...['toBase64', 'toHex', 'setFromBase64', 'setFromHex'].map((name) => `Uint8Array.prototype.${name}`),
  ...['transfer', 'transferToFixedLength', 'resize'].map((name) => `ArrayBuffer.prototype.${name}`),
  ...['reset', 'roundRect', 'createConicGradient'].map((name) => `CanvasRenderingContext2D.prototype.${name}`),
  ...['any', 'timeout', 'abort'].map((name) => `AbortSignal.${name}`),
  ...['Response', 'Request', 'Blob'].map((of) => `${of}.prototype.bytes`),
  'Uint8Array.fromBase64',
  'Uint8Array.fromHex',
  'Object.hasOwn',
  'Object.groupBy',
  'Map.groupBy',
  'Array.fromAsync',
  'Promise.withResolvers',
  'Promise.try',
  'Math.sumPrecise',
  'Math.f16round',
  'URL.parse',
  'URL.canParse',
  'Response.json',
  'RegExp.escape',
  'AbortSignal.prototype.throwIfAborted',
  'Crypto.prototype.randomUUID',
  'ReadableStream.from',
  'ReadableStream.prototype.values',
  'globalThis.structuredClone',
  'globalThis.Iterator',
  'globalThis.Float16Array',
  'globalThis.ImageDecoder',
  'globalThis.reportError',
  'globalThis.scheduler',
] as const

/** Takes it all away once, wherever it runs; what is not there anyway is passed over. */
export const agingScript = `if (!('isAged' in globalThis)) {
  globalThis.isAged = true
  const named = { Iterator: Object.getPrototypeOf(Object.getPrototypeOf([].values())), TypedArray: Object.getPrototypeOf(Uint8Array) }
  for (const path of ${JSON.stringify(newer)}) {
    const names = path.split('.')
    const last = names.pop()
    let of = globalThis
    for (const name of names) of = of === undefined || name === 'globalThis' ? of : name[0] === '%' ? named[name.slice(1)] : of[name]
    if (of !== undefined) delete of[last]
  }
  if ('ReadableStream' in globalThis) delete ReadableStream.prototype[Symbol.asyncIterator]
}
`

/** Makes every page of a browser as poor as Chrome 90 of Android 8, and the workers of these scripts too. */
export async function ageBrowser(context: BrowserContext, workers: RegExp): Promise<void> {
  await context.addInitScript(agingScript)
  await context.route(workers, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: agingScript + (await answer.text()) })
  })
}
