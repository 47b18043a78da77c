import { UnreachableError, type Answer, type Call, type Transport } from './transport.ts'

/** Longest wait for one answer unless told otherwise: the signature call itself waits 3 s for a timestamp, the rest is the network. */
const answerMilliseconds = 60_000

/** A service by its address, without a slash at the end, and how to speak to it. */
export type FetchedService = {
  url: string
  /** Undefined where only public calls are made. */
  key: string | undefined
  /** Of the sentences in refusals. */
  language: 'id' | 'en'
  fetch: typeof fetch
}

/** The API over fetch. Redirects are not followed: the key is for the address that was named. */
export function fetchTransport(service: FetchedService): Transport {
  const { url, key, language } = service
  const always: Record<string, string> = {
    accept: 'application/json, application/problem+json',
    'accept-language': language,
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  }
  return {
    async request(call: Call): Promise<Answer> {
      const body = call.json === undefined ? undefined : JSON.stringify(call.json)
      const headers = {
        ...always,
        ...call.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      }
      const signal = AbortSignal.timeout(answerMilliseconds)
      const asked = {
        method: call.method,
        headers,
        signal,
        redirect: 'error',
        ...(body === undefined ? {} : { body }),
      } as const
      try {
        const response = await service.fetch(url + call.path, asked)
        const text = await response.text()
        return { status: response.status, headers: Object.fromEntries(response.headers), json: parsed(text) }
      } catch (cause) {
        throw new UnreachableError(`${call.method} ${url}${call.path} got no answer`, { cause, url })
      }
    },
  }
}

/** Undefined for a body that is no JSON: the status still says what happened. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
