import type { Language } from '../base/text.ts'
import {
  UnreachableError,
  type Answer,
  type Call,
  type Connection,
  type Transport,
  type Wait,
} from '../client/transport.ts'
import { readDemoSettings } from './demo-settings.ts'
import { badUsage, localExits, Stopped } from './outcome.ts'
import type { Screen } from './screen.ts'

/** Longest wait for one answer: the signature call itself waits 3 s for a timestamp, the rest is the network. */
const answerMilliseconds = 60_000

/** The service a command talks to. `key` is undefined where only public calls are made. */
export type Server = Connection & { url: string; key: string | undefined }

export type Surroundings = {
  environment: Readonly<Record<string, string | undefined>>
  workingFolder: string
  screen: Screen
  wait: Wait
}

/** METERAI_URL and METERAI_KEY, and for what they leave open the demo on this computer. Throws Stopped when neither tells. */
export async function openServer(
  around: Surroundings,
  wanted: { key: 'needed' | 'none'; test?: boolean },
): Promise<Server> {
  const named = around.environment['METERAI_URL']?.trim() || undefined
  if (named !== undefined && !isWebAddress(named)) throw badUsage('cli.server.address', { value: named })
  const demo = await readDemoSettings(around.environment, around.workingFolder)
  const address = named ?? demo?.url
  if (address === undefined) throw new Stopped('cli.server.none', {}, localExits.unreachable)
  const url = address.replace(/\/+$/, '')
  const ownDemo = demo !== undefined && demo.url.replace(/\/+$/, '') === url ? demo : undefined
  const given = around.environment['METERAI_KEY']?.trim() || undefined
  if (wanted.test === true && ownDemo === undefined && given?.startsWith('mk_test_') !== true) {
    throw new Stopped('cli.server.testKey', {}, localExits.notAllowed)
  }
  const key = wanted.test === true ? (ownDemo?.testKey ?? given) : (given ?? ownDemo?.liveKey)
  if (wanted.key === 'none') return connect(around, url, undefined)
  if (key === undefined) throw new Stopped('cli.server.key', { url }, localExits.notAllowed)
  if (isPlain(url)) around.screen.tell('cli.server.plain', { url })
  return connect(around, url, key)
}

function connect({ screen, wait }: Surroundings, url: string, key: string | undefined): Server {
  return { url, key, transport: fetchTransport({ url, key, language: screen.language }), wait }
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
}

/** Whether a key would travel readable: http to another computer. */
function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

/** The API over fetch. Redirects are not followed: the key is for the address that was named. */
export function fetchTransport(server: { url: string; key: string | undefined; language: Language }): Transport {
  const { url, key, language } = server
  const always: Record<string, string> = {
    accept: 'application/json, application/problem+json',
    'accept-language': language,
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  }
  let hasAnswered = false
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
        const response = await fetch(url + call.path, asked)
        hasAnswered = true
        const text = await response.text()
        return { status: response.status, headers: Object.fromEntries(response.headers), json: parsed(text) }
      } catch (cause) {
        // Never reached, and nothing was begun by this command: say so at once instead of trying for half a minute.
        if (!hasAnswered && key !== undefined && isUnreached(cause))
          throw new Stopped('cli.server.down', { url }, localExits.unreachable)
        throw new UnreachableError(`${call.method} ${url}${call.path} got no answer`, { cause, url })
      }
    },
  }
}

/** Whether the connection itself was not to be had; anything later may have arrived. */
function isUnreached(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)
}

/** Undefined for a body that is no JSON: the status still says what happened. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
