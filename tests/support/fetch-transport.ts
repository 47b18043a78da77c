import { UnreachableError, type Transport } from '../../src/client/transport.ts'

/** The client's transport over fetch, with a key; a lost connection is UnreachableError. */
export function fetchTransport(url: string, key: string): Transport {
  return {
    async request({ method, path, headers, json }) {
      try {
        const answer = await fetch(`${url}${path}`, {
          method,
          headers: {
            ...headers,
            authorization: `Bearer ${key}`,
            ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        })
        return { status: answer.status, headers: Object.fromEntries(answer.headers), json: await answer.json() }
      } catch (error) {
        throw new UnreachableError('no answer', { cause: error })
      }
    },
  }
}

/** The body of an answer, for tests to look into. */
export async function jsonOf(answer: Response) {
  return JSON.parse(await answer.text())
}
