import { ServiceUnreachable, type Transport } from '../../src/client/transport.ts'

/** The client's transport over fetch, with a key; a lost connection is ServiceUnreachable. */
export function fetchTransport(url: string, key: string): Transport {
  return {
    async request({ method, path, headers, json }) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { ...headers, authorization: `Bearer ${key}`, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }).catch((error: unknown) => {
        throw new ServiceUnreachable(String(error))
      })
      return { status: answer.status, headers: Object.fromEntries(answer.headers), json: await answer.json() }
    },
  }
}
