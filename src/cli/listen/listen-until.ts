import { isObject } from '../../client/json-fields.ts'
import {
  askListener,
  endListener,
  openListener,
  type HeardMessage,
  type OpenedListener,
} from '../../client/listening.ts'
import { errorList, type Refusal } from '../../errors.ts'
import type { CommandContext } from '../command.ts'
import type { Server } from '../connection.ts'
import { systemCode } from '../pdf-file.ts'

/** What a receiver has for its answer, as for a webhook. */
const forwardMilliseconds = 10_000
/** After an answer without events that came at once: the service had no room to wait for us. */
const pauseMilliseconds = 1_000
/** Between two tries while the service is away. */
const awayMilliseconds = 5_000

/** `forward`: where events go, printed only where there is none; `events`: all where there are none. */
export type Listening = {
  context: CommandContext
  server: Server
  forward: string | undefined
  events: string[] | undefined
}

type Ended = { ok: true; heard: number } | { ok: false; refusal: Refusal }

/**
 * Hears events, prints and forwards each, until `stop` resolves; a service that is away for a while is waited for. Each is forwarded
 * once: what a receiver did not take, it says, and `trigger` makes another.
 */
export async function listenUntil(listening: Listening, stop: Promise<unknown>): Promise<Ended> {
  const { server } = listening
  const over = new AbortController()
  const stopped = stop.then(() => over.abort())
  const opened = await beginListening(listening)
  if (!opened.ok) return opened
  const state = { listener: opened.listener, heard: 0 }
  const ended = hearAll(listening, state, over.signal)
  const first = await Promise.race([ended, stopped])
  await endListener({ ...server, sends: 1 }, state.listener.id)
  return first ?? { ok: true, heard: state.heard }
}

async function beginListening({
  server,
  context,
  events,
}: Listening): Promise<{ ok: true; listener: OpenedListener } | { ok: false; refusal: Refusal }> {
  const opened = await openListener(server, events)
  if (!opened.ok) return opened
  const { listener } = opened
  context.screen.say('cli.listen.ready', { events: listener.events.join(', '), service: server.url })
  context.screen.say('cli.listen.secret', { secret: listener.secret })
  return opened
}

async function hearAll(
  listening: Listening,
  state: { listener: OpenedListener; heard: number },
  over: AbortSignal,
): Promise<Ended> {
  const { server, context } = listening
  let told: string[] = []
  let away = false
  while (!over.aborted) {
    const asked = performance.now()
    const answer = await askListener(server, state.listener.id, told)
    if (over.aborted) break
    if (answer.ok) {
      away = false
      for (const message of answer.messages) {
        await passOn(listening, message)
        state.heard++
      }
      told = answer.messages.map(({ id }) => id)
      if (told.length === 0 && performance.now() - asked < pauseMilliseconds) await context.wait(pauseMilliseconds)
    } else if (answer.refusal.code === 'not_found') {
      told = []
      const again = await openListener(server, listening.events)
      if (!again.ok) return again
      state.listener = again.listener
      context.screen.tell('cli.listen.again')
      context.screen.say('cli.listen.secret', { secret: again.listener.secret })
    } else {
      if (!errorList[answer.refusal.code].mayRetry) return answer
      if (!away) context.screen.tell('cli.listen.waiting')
      away = true
      await context.wait(awayMilliseconds)
    }
  }
  return { ok: true, heard: state.heard }
}

async function passOn({ context, forward }: Listening, message: HeardMessage): Promise<void> {
  const { screen } = context
  const { event, headers, body } = message
  const { timestamp, object } = shownOf(body)
  screen.say('cli.listen.got', { at: timestamp, event, object, id: headers['webhook-id'] ?? '' })
  if (forward === undefined) return
  const began = performance.now()
  try {
    const answer = await fetch(forward, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'OpenMeterai-Webhooks' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(forwardMilliseconds),
    })
    await answer.body?.cancel()
    const milliseconds = Math.round(performance.now() - began)
    screen.say('cli.listen.answered', { url: forward, status: String(answer.status), milliseconds })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    screen.say('cli.listen.failed', { url: forward, reason: systemCode(cause) })
  }
}

/** The moment and the thing of a message, to be shown; a body of another form is forwarded all the same. */
function shownOf(body: string): { timestamp: string; object: string } {
  const message: unknown = parsed(body)
  const data = isObject(message) && isObject(message['data']) ? message['data'] : {}
  const timestamp = isObject(message) && typeof message['timestamp'] === 'string' ? message['timestamp'] : '?'
  return { timestamp, object: typeof data['id'] === 'string' ? data['id'] : '?' }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
