import type { Language } from '../base/text.ts'
import { fetchTransport } from '../client/fetch-transport.ts'
import { UnreachableError, type Connection, type Transport, type Wait } from '../client/transport.ts'
import { readDemoSettings } from './demo-settings.ts'
import { badUsage, localExits, Stopped } from './outcome.ts'
import type { Screen } from './screen.ts'

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
  return { url, key, transport: commandTransport({ url, key, language: screen.language }), wait }
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
}

/** Whether a key would travel readable: http to another computer. */
function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

/** The API over fetch, which says at once where there is no service. */
export function commandTransport(server: { url: string; key: string | undefined; language: Language }): Transport {
  const { url, key } = server
  const inner = fetchTransport({ ...server, fetch })
  let hasAnswered = false
  return {
    async request(call) {
      try {
        const answer = await inner.request(call)
        hasAnswered = true
        return answer
      } catch (error) {
        // Never reached, and nothing was begun by this command: say so at once instead of trying for half a minute.
        if (!hasAnswered && key !== undefined && isUnreached(error))
          throw new Stopped('cli.server.down', { url }, localExits.unreachable)
        throw error
      }
    },
  }
}

/** Whether the connection itself was not to be had; anything later may have arrived. */
function isUnreached(error: unknown): boolean {
  // fetch wraps what happened, and the transport wraps fetch
  const thrown = error instanceof UnreachableError ? error.cause : error
  const cause = thrown instanceof Error ? thrown.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)
}
