import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { keptSecret } from '../../base/kept-secret.ts'
import type { Arguments } from '../arguments.ts'
import { stateFolder } from '../begun-stamps.ts'
import type { Command, CommandContext } from '../command.ts'
import { openServer } from '../connection.ts'
import { badUsage, localExits, Stopped, type Outcome } from '../outcome.ts'
import { systemCode } from '../pdf-file.ts'
import { nextStopSignal } from '../stop-signal.ts'

/** No well-known service's port. */
const usualPort = '8735'

/** `meterai agent`: for programs in any language on this computer; their PDFs stay here, the service gets digests. */
export const agentCommand: Command = {
  name: 'agent',
  usage: 'meterai agent [--port N]',
  says: 'cli.help.agent',
  options: {
    port: { type: 'string', value: 'N', says: 'cli.option.agentPort' },
    'token-file': { type: 'string', value: 'FILE', says: 'cli.option.tokenFile' },
    test: { type: 'boolean', says: 'cli.option.test' },
  },
  run: runAgent,
}

async function runAgent(given: Arguments, context: CommandContext): Promise<Outcome> {
  if (given.words.length > 0) throw badUsage('cli.usage.words', { command: 'agent', usage: agentCommand.usage })
  const port = readPort(given.text('port') ?? usualPort)
  const { key, ...server } = await openServer(context, { key: 'needed', test: given.flag('test') })
  if (key === undefined) throw new Error('a server for a key has none')
  const state = stateFolder(context.environment, context.workingFolder)
  const named = given.text('token-file')
  const tokenFile = named === undefined ? join(state, 'agent-token') : resolve(context.workingFolder, named)
  const token = await readToken(tokenFile)
  // Only this command needs the HTTP server: every other one starts without it.
  const { openAgent } = await import('./agent-server.ts')
  const parts = { context, server: { ...server, key }, token, notes: join(state, 'agent') }
  const agent = await openAgent(parts, port).catch((error: unknown) => {
    throw systemCode(error) === 'EADDRINUSE'
      ? new Stopped('cli.agent.portTaken', { port: String(port) }, localExits.unreachable)
      : error
  })
  context.screen.say('cli.agent.ready', { url: agent.url, service: server.url })
  context.screen.say('cli.agent.token', { path: tokenFile })
  await nextStopSignal()
  context.screen.tell('cli.serve.stopping')
  await agent.close()
  return { exitCode: 0, json: { ok: true, url: agent.url } }
}

function readPort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : -1
  if (port < 0 || port > 65_535) throw badUsage('cli.usage.agentPort', { value })
  return port
}

/** Made at the first start and the same at each next one, so that callers can be told once. */
async function readToken(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return (await keptSecret(path)).toString('hex')
  } catch (error) {
    throw new Stopped('cli.agent.tokenFile', { path, reason: systemCode(error) }, localExits.outputFailed)
  }
}
