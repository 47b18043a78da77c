import { UnreachableError, type Connection, type Transport } from '../../client/transport.ts'

/** How a page reaches the service it came from: the cookie says who calls. `csrf`: the session's token, empty without one. */
export type Way = { csrf: string }

/** Calls over this way; the token marks a call as this page's own. */
export function portalTransport({ csrf }: Way): Transport {
  return {
    async request({ method, path, headers, json }) {
      const sent = json === undefined ? {} : { body: JSON.stringify(json) }
      const token = csrf === '' ? {} : { 'x-csrf-token': csrf }
      const typed = json === undefined ? {} : { 'content-type': 'application/json' }
      try {
        const answer = await fetch(path, {
          method,
          credentials: 'same-origin',
          headers: { ...headers, ...typed, ...token },
          ...sent,
        })
        // rejects where the answer breaks off
        const body = await answer.text()
        return { status: answer.status, headers: Object.fromEntries(answer.headers), json: jsonOf(body) }
      } catch (cause) {
        throw new UnreachableError('no answer', { cause })
      }
    },
  }
}

/** What this text says; undefined where it is no JSON. */
function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** The same with its pauses; a phone that lost its signal is asked again for as long as a restart takes. */
export function portalConnection(way: Way): Connection {
  return {
    transport: portalTransport(way),
    wait: (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds)),
  }
}
