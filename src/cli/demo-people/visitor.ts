import { randomUUID } from 'node:crypto'
import { fieldsOf, isObject, textOf, type Fields } from '../../client/json-fields.ts'
import { refusalOf, UnreachableError, type Answer, type Transport } from '../../client/transport.ts'
import { RefusedError } from '../../errors.ts'
import { visitorCallSeconds } from '../../limits/traffic.ts'

/** What is sent beside the path; a body is JSON, or bytes with their type. */
export type Sent = { json?: unknown; bytes?: Uint8Array; type?: string; headers?: Record<string, string> }

/** Somebody who uses the API as a page of ours does: keeps the cookie, says where they come from, sends the CSRF token they were told. */
export type Visitor = {
  /** The answer's fields. Throws RefusedError for any refusal. */
  ask(method: string, path: string, sent?: Sent): Promise<Fields>
  /** Their way to the service, for the client. */
  transport: Transport
}

/** A visitor of the service at `url`. `told` hears of every call that was answered, with its status. */
export function openVisitor(visited: {
  url: string
  language: 'id' | 'en'
  fetch: typeof fetch
  told: (call: { method: string; path: string; status: number }) => void
}): Visitor {
  const { url, language, told } = visited
  let cookie: string | undefined
  let csrf: string | undefined

  async function send(method: string, path: string, sent: Sent): Promise<Answer> {
    const body = sent.bytes === undefined ? textOfBody(sent.json) : Buffer.from(sent.bytes)
    const type = sent.type ?? (sent.json === undefined ? undefined : 'application/json')
    const headers = {
      'accept-language': language,
      origin: url,
      ...(cookie === undefined ? {} : { cookie }),
      ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
      ...sent.headers,
    }
    const asked = {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(visitorCallSeconds * 1000),
    } as const
    const response = await visited
      .fetch(url + path, body === undefined ? asked : { ...asked, body })
      .catch((cause: unknown) => {
        throw new UnreachableError(`${method} ${url}${path} got no answer`, { cause, url })
      })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) cookie = set.split(';', 1)[0]
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const json: unknown = isJson ? JSON.parse(text) : undefined
    if (isObject(json) && typeof json['csrfToken'] === 'string') csrf = json['csrfToken']
    told({ method, path, status: response.status })
    return { status: response.status, headers: Object.fromEntries(response.headers), json }
  }

  return {
    async ask(method, path, sent = {}) {
      const answer = await send(method, path, sent)
      if (answer.status >= 400) throw new RefusedError(refusalOf(answer))
      return fieldsOf(answer.json ?? {}, `${method} ${path}`)
    },
    transport: {
      request: ({ method, path, headers = {}, json }) =>
        send(method, path, json === undefined ? { headers } : { headers, json }),
    },
  }
}

const textOfBody = (json: unknown): string | undefined => (json === undefined ? undefined : JSON.stringify(json))

/** The object of that name in an answer. Throws AnswerError where there is none. */
export function objectOf(fields: Fields, name: string): Fields {
  return fieldsOf(fields.values[name], `${fields.where}.${name}`)
}

/** The one-time code of the newest message to this address, from the inbox of the simulated senders. */
export async function codeFromInbox(visitor: Visitor, address: string): Promise<string> {
  const inbox = await visitor.ask('GET', `/v1/inbox?to=${encodeURIComponent(address)}`)
  const items = Array.isArray(inbox.values['items']) ? inbox.values['items'] : []
  const newest: unknown = items.find((item: unknown) => isObject(item) && typeof item['code'] === 'string')
  return textOf(fieldsOf(newest, 'the newest code in the inbox'), 'code')
}
