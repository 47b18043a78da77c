/** Gives an object a method that it lacks; one that is there stays. */
export function lend(to: object, name: PropertyKey, method: (...given: never[]) => unknown): void {
  if (name in to) return
  Object.defineProperty(to, name, { value: method, writable: true, configurable: true })
}
