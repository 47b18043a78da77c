import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { AffixingParts } from '../../affixing/affixing-parts.ts'
import { waitingJson } from '../../affixing/affixing-json.ts'
import { deleteDocument } from '../../affixing/kept-documents.ts'
import type { Stamped, Stampings } from '../../affixing/stampings.ts'
import { publicId } from '../../base/ids.ts'
import { RefusedError } from '../../errors.ts'
import type { Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import { factsBytesMax, uploadBytesMax } from '../../limits/stamping.ts'
import { refusalByField, refusalOfIssues, refusalParam } from '../problems.ts'
import { storeUpload, type Upload } from '../store-upload.ts'
import { affixingIdOf, callerOf, callerSecurity, checkedKey, idempotencyKeyOf, orderIdOf, permit } from './caller.ts'
import { loseAnswer } from './lost-answer.ts'
import { problemSchema, stampingFacts, waitingAnswer, type StampingFacts } from './schemas.ts'

const tags = ['Stamping (the server way)']
const security = callerSecurity
const pdfAnswer = z.any().describe('application/pdf; headers Affixing-Id and Serial-Number')

/** Uploads that the service stamps itself, and the stamped files again. */
export function stampingRoutes(
  app: FastifyInstance,
  parts: { affixing: AffixingParts; stampings: Stampings; callers: Callers },
): void {
  const api = app.withTypeProvider<ZodTypeProvider>()
  const { stampings, callers } = parts

  // The raw body of PUT is streamed by its route, never collected.
  app.addContentTypeParser('application/pdf', (_, __, done) => done(null))

  async function stamp(call: {
    caller: Caller
    key: string
    sent: StampingFacts
    upload: Upload
    request: FastifyRequest
    reply: FastifyReply
  }) {
    const { caller, key, sent, upload, request, reply } = call
    const { intent, ...wish } = sent
    const stamped = await stampings.stamp({ caller, key, ...wish, intentOrderId: orderIdOf(intent), upload })
    if (stamped.ok)
      request.log.info({ affixingId: publicId('affixing', stamped.affixing.id), state: stamped.state }, 'stamped')
    if (stamped.ok && stamped.state === 'affixed' && stamped.lost === true) return loseAnswer(reply)
    return sendStamped(reply, stamped)
  }

  api.post(
    '/v1/stampings',
    {
      bodyLimit: uploadBytesMax,
      schema: {
        tags,
        security,
        summary: 'Stamp an uploaded PDF: multipart, part `facts` (JSON {facts, placement, additional}) before `file`',
        consumes: ['multipart/form-data'],
        headers: z.object({ 'idempotency-key': z.string().optional() }),
        response: { 200: pdfAnswer, 202: waitingAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      const key = idempotencyKeyOf(request)
      if (!request.isMultipart())
        throw new RefusedError({ code: 'media_type_unsupported', values: { detail: 'multipart/form-data' } })
      const { sent, upload } = await readParts(request, stampings.blobs.temporaryPath())
      return stamp({ caller, key, sent, upload, request, reply })
    },
  )

  api.put(
    '/v1/stampings/:key',
    {
      bodyLimit: uploadBytesMax,
      schema: {
        tags,
        security,
        summary: 'Stamp an uploaded PDF: the body is the file, the key stands in the path',
        consumes: ['application/pdf'],
        params: z.object({ key: z.string() }),
        querystring: z.object({
          facts: z
            .string()
            .max(factsBytesMax * 2)
            .optional()
            .describe('base64url of the JSON {facts, placement, additional}'),
        }),
        response: { 200: pdfAnswer, 202: waitingAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      const key = checkedKey(request.params.key)
      const sent = parseFacts(Buffer.from(request.query.facts ?? '', 'base64url').toString('utf8'))
      if (!request.headers['content-type']?.startsWith('application/pdf')) {
        throw new RefusedError({ code: 'media_type_unsupported', values: { detail: 'application/pdf' } })
      }
      const upload = await storeUpload(request.raw, stampings.blobs.temporaryPath())
      return stamp({ caller, key, sent, upload, request, reply })
    },
  )

  const document = { tags, security, params: z.object({ id: z.string() }) }
  api.get(
    '/v1/affixings/:id/document',
    {
      schema: {
        ...document,
        summary: 'The stamped file, while it is kept (30 days)',
        response: { 200: pdfAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'read')
      const outcome = await stampings.document({ accountId: caller.accountId, id: affixingIdOf(request.params.id) })
      return sendStamped(reply, outcome.ok ? { ...outcome, state: 'affixed' } : outcome)
    },
  )

  api.delete(
    '/v1/affixings/:id/document',
    {
      schema: {
        ...document,
        summary: 'Delete the kept file now; the affixing and its signature stay',
        response: { 204: z.void(), default: problemSchema },
      },
    },
    async (request, reply) => {
      const caller = permit(await callerOf(callers, request), 'affix')
      const wanted = { accountId: caller.accountId, id: affixingIdOf(request.params.id) }
      const deleted = await deleteDocument({ database: parts.affixing.database, blobs: stampings.blobs }, wanted)
      if (!deleted) throw new RefusedError({ code: 'not_found', values: { id: request.params.id } })
      return reply.code(204).send()
    },
  )
}

function sendStamped(reply: FastifyReply, stamped: Stamped): FastifyReply {
  if (!stamped.ok) throw new RefusedError(stamped.refusal)
  const id = publicId('affixing', stamped.affixing.id)
  void reply.header('affixing-id', id).header('serial-number', stamped.affixing.serial)
  if (stamped.state === 'waiting') {
    return reply
      .code(202)
      .header('location', `/v1/affixings/${id}`)
      .header('retry-after', 5)
      .send(waitingJson(stamped.affixing))
  }
  return reply.code(200).type('application/pdf').send(Buffer.from(stamped.document))
}

/** Reads `facts` and then `file`; the file streams to disk as it comes. */
async function readParts(request: FastifyRequest, path: string): Promise<{ sent: StampingFacts; upload: Upload }> {
  let sent: StampingFacts | undefined
  // One byte more than we take, so that our own count refuses instead of a silent cut.
  const limits = { fileSize: uploadBytesMax + 1, fieldSize: factsBytesMax, fields: 1, files: 1, parts: 2 }
  for await (const part of request.parts({ limits })) {
    // A part of type application/json comes parsed.
    if (part.type === 'field' && part.fieldname === 'facts')
      sent = typeof part.value === 'string' ? parseFacts(part.value) : checkFacts(part.value)
    if (part.type !== 'file') continue
    if (sent === undefined)
      throw new RefusedError({
        code: 'request_malformed',
        values: { detail: 'the part "facts" must come before "file"' },
      })
    return { sent, upload: await storeUpload(part.file, path) }
  }
  throw new RefusedError({ code: 'request_malformed', values: { detail: 'the part "file" is missing' } })
}

/** The facts as JSON text. */
function parseFacts(json: string): StampingFacts {
  try {
    return checkFacts(JSON.parse(json))
  } catch (error) {
    if (error instanceof RefusedError) throw error
    throw new RefusedError({ code: 'request_malformed', values: { detail: '"facts" is not JSON' } })
  }
}

/** The facts by their schema; every broken rule answers with its own code. */
function checkFacts(value: unknown): StampingFacts {
  const parsed = stampingFacts.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => {
    const path = issue.path.join('.')
    return { path, message: issue.message, refusal: refusalParam(issue) ?? refusalByField(path) }
  })
  throw new RefusedError(refusalOfIssues(issues))
}
