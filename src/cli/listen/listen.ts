import { triggerEvent } from '../../client/listening.ts'
import type { Arguments } from '../arguments.ts'
import type { Command, CommandContext } from '../command.ts'
import { openServer, type Server } from '../connection.ts'
import { badUsage, localExits, refusedOutcome, Stopped, type Outcome } from '../outcome.ts'
import { nextStopSignal } from '../stop-signal.ts'
import { listenUntil } from './listen-until.ts'

/** `meterai listen`: an account's events on a developer's machine, where no service could send them. */
export const listenCommand: Command = {
  name: 'listen',
  usage: 'meterai listen [--forward URL] [--events NAME,NAME] [--live]',
  says: 'cli.help.listen',
  options: {
    forward: { type: 'string', value: 'URL', says: 'cli.option.forward' },
    events: { type: 'string', value: 'NAME,NAME', says: 'cli.option.events' },
    live: { type: 'boolean', says: 'cli.option.live' },
  },
  run: listen,
}

/** `meterai trigger`: an event that did not happen, to see what a receiver makes of it. */
export const triggerCommand: Command = {
  name: 'trigger',
  usage: 'meterai trigger EVENT',
  says: 'cli.help.trigger',
  options: {},
  run: trigger,
}

async function listen(given: Arguments, context: CommandContext): Promise<Outcome> {
  if (given.words.length > 0) throw badUsage('cli.usage.words', { command: 'listen', usage: listenCommand.usage })
  const forward = readForward(given.text('forward'))
  const events = given
    .text('events')
    ?.split(',')
    .map((name) => name.trim())
  const server = given.flag('live')
    ? await openServer(context, { key: 'needed' })
    : await testServer(context, 'cli.listen.testKey')
  const ended = await listenUntil({ context, server, forward, events }, nextStopSignal())
  if (!ended.ok) return refusedOutcome(context.screen, ended.refusal)
  return { exitCode: 0, json: { ok: true, heard: ended.heard } }
}

async function trigger(given: Arguments, context: CommandContext): Promise<Outcome> {
  const [event, ...more] = given.words
  if (event === undefined || more.length > 0)
    throw badUsage('cli.usage.words', { command: 'trigger', usage: triggerCommand.usage })
  const server = await testServer(context, 'cli.trigger.testKey')
  const made = await triggerEvent(server, event)
  if (!made.ok) return refusedOutcome(context.screen, made.refusal)
  const { id, objectId, heard } = made
  context.screen.say('cli.triggered', { event, object: objectId, id })
  if (!heard) context.screen.tell('cli.triggered.nobody')
  return { exitCode: 0, json: { ok: true, event, id, objectId, heard } }
}

/** The service with a test key: the demo's own, or the one given. */
async function testServer(
  context: CommandContext,
  sentence: 'cli.listen.testKey' | 'cli.trigger.testKey',
): Promise<Server> {
  try {
    return await openServer(context, { key: 'needed', test: true })
  } catch (error) {
    if (!(error instanceof Stopped) || error.key !== 'cli.server.testKey') throw error
    throw new Stopped(sentence, {}, localExits.notAllowed)
  }
}

function readForward(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw badUsage('cli.usage.forward', { value })
  return value
}
