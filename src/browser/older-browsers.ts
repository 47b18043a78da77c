// What our scripts use and the oldest browser they run in does not have: Chrome 90, of Android 8. It is put in front of every bundle.

import { lend } from './lend.ts'

function at<Item>(this: ArrayLike<Item>, index: number): Item | undefined {
  return this[index < 0 ? this.length + index : index]
}

function reversed<Item>(items: readonly Item[]): Item[] {
  const copy = items.slice()
  copy.reverse()
  return copy
}

for (const kind of [Array, String, Object.getPrototypeOf(Uint8Array)]) lend(kind.prototype, 'at', at)
lend(Array.prototype, 'toSorted', function toSorted<Item>(this: Item[], compare?: (a: Item, b: Item) => number) {
  const sorted = this.slice()
  sorted.sort(compare)
  return sorted
})
lend(Array.prototype, 'toReversed', function toReversed<Item>(this: Item[]) {
  return reversed(this)
})
lend(Array.prototype, 'findLast', function findLast<Item>(this: Item[], is: (item: Item) => boolean) {
  return reversed(this).find(is)
})
lend(Array.prototype, 'findLastIndex', function findLastIndex<Item>(this: Item[], is: (item: Item) => boolean) {
  const behind = reversed(this).findIndex(is)
  return behind < 0 ? -1 : this.length - 1 - behind
})
lend(Object, 'hasOwn', (of: object, name: PropertyKey) => Object.prototype.hasOwnProperty.call(of, name))
lend(String.prototype, 'isWellFormed', function isWellFormed(this: string) {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(this)
})
lend(String.prototype, 'toWellFormed', function toWellFormed(this: string) {
  return this.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD')
})
