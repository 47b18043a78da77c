import { browserVerifyPrimitives } from '../browser/verify-primitives.ts'
import { openClientIn, type Client, type ClientOptions } from '../client/open-client.ts'

// The surface of `openmeterai/client` in a browser: the same names as client.ts, whose types it has.

export { RefusedError } from '../errors.ts'
export { AnswerError } from '../client/json-fields.ts'

const wait = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/** A client of the service at that address, over the page's own fetch. Throws TypeError for what is no web address. */
export function openClient(options: ClientOptions): Client {
  // a browser's fetch works only as a function of its window
  const ownFetch: typeof fetch = (input, init) => fetch(input, init)
  return openClientIn({ primitives: browserVerifyPrimitives, fetch: ownFetch, wait }, options)
}
