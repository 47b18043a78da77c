import { createHash, timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { text, type Language } from '../../base/text.ts'
import { fetchQuota } from '../../client/account.ts'
import { AnswerError } from '../../client/json-fields.ts'
import { errorList, RefusedError, type Refusal } from '../../errors.ts'
import { agentAtOnceMax, agentNoteMilliseconds, agentRequestMilliseconds, agentSendsMax } from '../../limits/traffic.ts'
import { pdfBytesMax } from '../../limits/stamping.ts'
import { checkBytes } from '../../stamp/check/check-bytes.ts'
import { openBegunStamps } from '../begun-stamps.ts'
import type { CommandContext } from '../command.ts'
import type { Server } from '../connection.ts'
import { localExits, Stopped } from '../outcome.ts'
import { judge } from '../verify-file.ts'
import { onlineTrust } from '../verify-trust.ts'
import { readQuery } from './agent-query.ts'
import { stampForCaller } from './agent-stamp.ts'

/** What the agent stands on. `token`: 64 hex digits that callers send; `notes`: the folder of stamps on their way. */
export type AgentParts = { context: CommandContext; server: Server & { key: string }; token: string; notes: string }

/** An agent that listens. */
export type Agent = { url: string; close(): Promise<void> }

/**
 * The sidecar on this computer alone: whoever has the token gets PDFs stamped and checked, web pages get nothing. A page of any
 * site can make a browser call 127.0.0.1, and by a name of its own that leads there (DNS rebinding) read the answer: so calls
 * with an Origin, from another site, or under another name are refused before anything is read. Rejects EADDRINUSE.
 */
export async function openAgent(parts: AgentParts, port: number): Promise<Agent> {
  const app = Fastify({
    bodyLimit: pdfBytesMax,
    requestTimeout: agentRequestMilliseconds,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
  })
  const names = new Set<string>()
  const working = openSlots()
  guard(app, { ...parts, names, working })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/pdf', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) =>
    sendRefusal(parts, request, reply, refusalOf(error, languageOf(parts, request))),
  )
  app.setNotFoundHandler((request, reply) =>
    sendRefusal(parts, request, reply, { code: 'not_found', values: { id: pathOf(request) } }),
  )
  agentRoutes(app, parts, working)
  await app.listen({ port, host: '127.0.0.1' })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the agent has no port')
  for (const name of ['127.0.0.1', 'localhost']) names.add(`${name}:${address.port}`)
  return { url: `http://127.0.0.1:${address.port}`, close: () => app.close() }
}

function agentRoutes(app: FastifyInstance, { context, server, notes }: AgentParts, working: Slots): void {
  const begun = openBegunStamps(notes)
  const on = { server: { ...server, sends: agentSendsMax }, notes: begun }

  app.get('/health', () => ({ ok: true, service: server.url }))

  app.get('/quota', async () => {
    const fetched = await fetchQuota(on.server)
    if (!fetched.ok) throw new RefusedError(fetched.refusal)
    return fetched.quota
  })

  app.post('/stamp', async (request, reply) => {
    const { order, additional } = readQuery(queryOf(request))
    const idempotencyKey = headerOf(request, 'idempotency-key')
    // a call that is made again after a lost answer could be another copy as well: only its caller knows
    if (additional && idempotencyKey === undefined)
      throw new RefusedError({
        code: 'request_malformed',
        values: { field: 'Idempotency-Key', detail: 'additional=true needs an Idempotency-Key' },
      })
    const wanted = { original: bytesOf(request), order, additional, password: passwordOf(request), idempotencyKey }
    const stamped = await working.until(request, stampForCaller(on, wanted))
    const { outcome } = stamped
    if (!outcome.ok) throw new RefusedError(outcome.refusal)
    const { id, serial, digest = '', recipe } = outcome.affixing
    // an answer that was sent may never come: the same call gets it again for a while; a note that stays longer does no harm
    reply.raw.once('finish', () => {
      setTimeout(() => void stamped.forget().catch(() => undefined), agentNoteMilliseconds).unref()
    })
    return reply
      .headers({
        'affixing-id': id,
        'serial-number': serial,
        'signed-digest': digest,
        specimen: String(recipe.specimen),
      })
      .type('application/pdf')
      .send(Buffer.concat([bytesOf(request), outcome.tail]))
  })

  app.post('/verify', async (request) => {
    const trust = await onlineTrust(context)
    const checked = checkBytes(bytesOf(request), trust.bundle?.trust ?? { roots: [] }, nodePrimitives)
    if (checked.kind === 'refused') throw new RefusedError(checked.refusal)
    const verdict = await judge(checked.report, trust)
    return { ok: verdict.exitCode === 0, ...verdict, report: checked.report }
  })
}

/** How many calls are worked on: a caller that goes away frees its place only when the work for it has ended. */
type Slots = {
  take(request: FastifyRequest): boolean
  /** The work of a call: its place is held until then. */
  until<T>(request: FastifyRequest, work: Promise<T>): Promise<T>
  leave(request: FastifyRequest): void
}

function openSlots(): Slots {
  const taken = new Map<string, Promise<unknown>>()
  return {
    take({ id }) {
      if (taken.size >= agentAtOnceMax) return false
      taken.set(id, Promise.resolve())
      return true
    },
    until({ id }, work) {
      taken.set(id, work)
      return work
    },
    leave({ id }) {
      const free = () => void taken.delete(id)
      taken.get(id)?.then(free, free)
    },
  }
}

/** Who may call, and how many at once, decided before a body is read. */
function guard(app: FastifyInstance, parts: AgentParts & { names: ReadonlySet<string>; working: Slots }): void {
  const expected = hashOf(`Bearer ${parts.token}`)
  app.addHook('onRequest', async (request) => {
    const { host = '', origin, authorization = '' } = request.headers
    const site = headerOf(request, 'sec-fetch-site')
    if (!parts.names.has(host)) throw new RefusedError({ code: 'agent_caller_refused', values: { detail: 'Host' } })
    if (origin !== undefined) throw new RefusedError({ code: 'agent_caller_refused', values: { detail: 'Origin' } })
    if (site !== undefined && site !== 'none')
      throw new RefusedError({ code: 'agent_caller_refused', values: { detail: 'Sec-Fetch-Site' } })
    if (pathOf(request) === '/health') return
    if (!timingSafeEqual(hashOf(authorization), expected)) throw new RefusedError({ code: 'agent_token_wrong' })
    if (request.method === 'GET') return
    if (!parts.working.take(request)) throw new RefusedError({ code: 'overloaded', values: { seconds: 1 } })
  })
  const done = async (request: FastifyRequest) => parts.working.leave(request)
  app.addHook('onResponse', done)
  app.addHook('onRequestAbort', done)
}

const hashOf = (said: string) => createHash('sha256').update(said).digest()
const pathOf = (request: FastifyRequest) => (request.url.split('?', 1)[0] ?? '').slice(0, 200)
const queryOf = (request: FastifyRequest) => new URL(request.url, 'http://agent').searchParams

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The password of a locked PDF, percent-encoded UTF-8: header fields hold ASCII. */
function passwordOf(request: FastifyRequest): string | undefined {
  const written = headerOf(request, 'pdf-password')
  try {
    return written === undefined ? undefined : decodeURIComponent(written)
  } catch {
    throw new RefusedError({ code: 'request_malformed', values: { detail: 'Pdf-Password: percent-encoded UTF-8' } })
  }
}

function bytesOf({ body }: FastifyRequest): Uint8Array {
  if (!(body instanceof Uint8Array) || body.length === 0) throw new RefusedError({ code: 'file_empty' })
  return body
}

function refusalOf(error: unknown, language: Language): Refusal {
  if (error instanceof RefusedError) return error.refusal
  if (error instanceof AnswerError) return { code: 'internal', values: { sentence: error.message } }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { code: 'file_too_large', values: { bytesMax: pdfBytesMax } }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return { code: 'media_type_unsupported', values: { mediaType: 'application/pdf' } }
  if (!(error instanceof Stopped)) return { code: 'internal' }
  return { code: codeOf(error), values: { sentence: text(language, error.key, error.values) } }
}

/** What ends a command, as an answer has it. */
function codeOf({ exitCode }: Stopped): 'request_malformed' | 'service_unreachable' | 'internal' {
  if (exitCode === localExits.usage) return 'request_malformed'
  return exitCode === localExits.unreachable ? 'service_unreachable' : 'internal'
}

function languageOf({ context }: AgentParts, request: FastifyRequest): Language {
  const asked = request.headers['accept-language']?.slice(0, 2).toLowerCase()
  return asked === 'en' || asked === 'id' ? asked : context.screen.language
}

/** application/problem+json, as the service itself answers. */
function sendRefusal(parts: AgentParts, request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, mayRetry } = errorList[refusal.code]
  const { sentence, ...values } = refusal.values ?? {}
  const language = languageOf(parts, request)
  if (mayRetry && status !== 402)
    void reply.header('retry-after', typeof values['seconds'] === 'number' ? values['seconds'] : 1)
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="meterai agent"')
  const type = `urn:openmeterai:error:${refusal.code}`
  const detail = typeof sentence === 'string' ? sentence : text(language, `errors.${refusal.code}`, values)
  return reply
    .code(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({ ...values, type, title: refusal.code.replaceAll('_', ' '), status, code: refusal.code, detail }),
    )
}
